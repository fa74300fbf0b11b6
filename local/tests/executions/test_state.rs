//! `TestState` through the real SDK: a function that is really called, a mock, and refusals with their own names.

use aws_sdk_sfn::{
    error::ProvideErrorMetadata,
    types::{InspectionLevel, MockInput, TestExecutionStatus},
};
use serde_json::json;

use crate::common::{Running, executions::ROLE, without_host_prefix};

#[tokio::test]
async fn a_state_is_tried_out_alone() {
    let running = Running::ephemeral().await;
    let client = without_host_prefix(&running.sdk().await);
    let call = json!({
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "echo", "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        "Next": "Later",
    });
    let test = || {
        client
            .test_state()
            .definition(call.to_string())
            .role_arn(ROLE)
    };
    let told = test()
        .input(r#"{"a": 1}"#)
        .inspection_level(InspectionLevel::Debug)
        .send();
    let told = told.await.expect("it is tried");
    assert_eq!(told.status, Some(TestExecutionStatus::Succeeded));
    assert_eq!(told.output.as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(told.next_state.as_deref(), Some("Later"));
    assert!(
        told.inspection_data
            .is_some_and(|data| data.result.is_some())
    );

    let answer = json!({"StatusCode": 200, "Payload": "mocked"}).to_string();
    let mock = MockInput::builder().result(answer).build();
    let told = test().mock(mock).send().await.expect("it is mocked");
    assert_eq!(
        (told.output.as_deref(), told.inspection_data),
        (Some(r#""mocked""#), None)
    );

    let mut refuse = call.clone();
    refuse["Arguments"]["FunctionName"] = "refuse".into();
    refuse["Catch"] = json!([{"ErrorEquals": ["Refusal.TooSmall"], "Next": "Small"}]);
    let told = client
        .test_state()
        .definition(refuse.to_string())
        .role_arn(ROLE)
        .send();
    let told = told.await.expect("it is tried");
    assert_eq!(told.status, Some(TestExecutionStatus::CaughtError));
    assert_eq!(
        (told.error.as_deref(), told.next_state.as_deref()),
        (Some("Refusal.TooSmall"), Some("Small"))
    );

    let without_role = client
        .test_state()
        .definition(call.to_string())
        .send()
        .await;
    let refused = without_role.expect_err("no role");
    assert_eq!(
        refused.message(),
        Some("RoleArn must be specified when testing a Task state")
    );
    let mut later = call;
    later["Resource"] = "arn:aws:states:::lambda:invoke.waitForTaskToken".into();
    let later = client
        .test_state()
        .definition(later.to_string())
        .role_arn(ROLE)
        .send()
        .await;
    assert_eq!(
        later.expect_err("nobody would answer").code(),
        Some("InvalidDefinition")
    );
}
