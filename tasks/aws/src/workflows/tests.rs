//! The translation against a tiny server that answers as the Step Functions API does.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::*;
use crate::aws;

/// Answers one operation with one body; anything else is an `UnknownOperation`.
async fn step_functions(operation: &'static str, status: u16, body: &'static str) -> StepFunctions {
    let answer = async move |State(()): State<()>, headers: HeaderMap| {
        let asked = headers["x-amz-target"].to_str().unwrap();
        if asked == format!("AWSStepFunctions.{operation}") {
            (StatusCode::from_u16(status).unwrap(), body)
        } else {
            (
                StatusCode::BAD_REQUEST,
                r#"{"__type":"UnknownOperationException"}"#,
            )
        }
    };
    at(Router::new().fallback(answer).with_state(())).await
}

async fn at(router: Router) -> StepFunctions {
    let endpoint = served(router).await;
    StepFunctions::new(&aws::shared_config(&endpoint), &endpoint)
}

async fn served(router: Router) -> AwsEndpoint {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = AwsEndpoint::local(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    endpoint
}

fn not_done(detail: &str) -> OutageError {
    outage::not_done(PARTY, detail)
}

#[tokio::test]
async fn starts() {
    let check = async |status, body, expected: Result<Started, OutageError>| {
        let api = step_functions("StartExecution", status, body).await;
        let started = api.start("order-lifecycle", "order_1", json!({})).await;
        assert_eq!(started, expected);
    };
    let running = r#"{"executionArn":"arn:aws:states:sa-east-1:000000000000:execution:order-lifecycle:order_1","startDate":1.7e9}"#;
    check(200, running, Ok(Started::Running)).await;
    let exists = r#"{"__type":"ExecutionAlreadyExists","message":"x"}"#;
    check(400, exists, Ok(Started::AlreadyExists)).await;
    let missing = r#"{"__type":"StateMachineDoesNotExist","message":"x"}"#;
    check(400, missing, Err(not_done("StateMachineDoesNotExist"))).await;
    // We may not, or the request is wrong: the same later is refused again.
    for code in ["AccessDeniedException", "ValidationException"] {
        let body = format!(r#"{{"__type":"{code}","message":"x"}}"#).leak();
        let refused = OutageError::Refused {
            party: PARTY,
            detail: code.to_owned(),
        };
        check(400, body, Err(refused)).await;
    }
    let broken = r#"{"__type":"InternalFailure","message":"x"}"#;
    let unknown = outage::unknown(PARTY, "InternalFailure");
    check(500, broken, Err(unknown)).await;
}

#[tokio::test]
async fn runs_express_workflows_at_an_overridden_endpoint() {
    let check = async |body, expected: SyncEnd| {
        let api = step_functions("StartSyncExecution", 200, body).await;
        let end = api.start_sync("order-status", "event_1", json!({})).await;
        assert_eq!(end, Ok(expected));
    };
    let head = r#"{"executionArn":"arn:x","startDate":1.7e9,"stopDate":1.7e9,"#;
    let body = |rest: &str| -> &'static str { format!("{head}{rest}}}").leak() };
    let succeeded = body(r#""status":"SUCCEEDED","output":"{\"applied\":true}""#);
    check(succeeded, SyncEnd::Succeeded(json!({"applied": true}))).await;
    let failed = |error: &str, cause: &str| SyncEnd::Failed {
        error: error.to_owned(),
        cause: cause.to_owned(),
    };
    let refused = body(r#""status":"FAILED","error":"Refused","cause":"because""#);
    check(refused, failed("Refused", "because")).await;
    check(
        body(r#""status":"TIMED_OUT""#),
        failed("States.Timeout", ""),
    )
    .await;
}

#[tokio::test]
async fn executions_start_by_the_alias_of_their_state_machine_where_there_is_one() {
    let echo = async |body: String| {
        let asked: Value = serde_json::from_str(&body).unwrap();
        let output = asked["stateMachineArn"].to_string();
        json!({"executionArn": "arn:x", "startDate": 1.7e9, "stopDate": 1.7e9, "status": "SUCCEEDED", "output": output})
            .to_string()
    };
    let endpoint = served(Router::new().fallback(echo)).await;
    let machine = "arn:aws:states:sa-east-1:000000000000:stateMachine:order-status";
    for (alias, expected) in [
        (None, machine.to_owned()),
        (Some("live".to_owned()), format!("{machine}:live")),
    ] {
        let endpoint = AwsEndpoint {
            alias,
            ..endpoint.clone()
        };
        let api = StepFunctions::new(&aws::shared_config(&endpoint), &endpoint);
        let end = api.start_sync("order-status", "event_1", json!({})).await;
        assert_eq!(end, Ok(SyncEnd::Succeeded(json!(expected))));
    }
}

/// The steps of `order-status` may take longer than a call of any other kind, and an execution that was given up runs on: a
/// second attempt would be a second execution beside it.
#[tokio::test]
async fn a_slow_execution_is_started_once_and_waited_for() {
    let asked = Arc::new(AtomicU32::new(0));
    let answer = async |State(asked): State<Arc<AtomicU32>>| {
        asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        r#"{"executionArn":"arn:x","startDate":1.7e9,"stopDate":1.7e9,"status":"SUCCEEDED","output":"{}"}"#
    };
    let api = at(Router::new()
        .fallback(answer)
        .with_state(Arc::clone(&asked)))
    .await;
    let end = api.start_sync("order-status", "event_1", json!({})).await;
    assert_eq!(end, Ok(SyncEnd::Succeeded(json!({}))));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_late_token_is_an_answer_and_not_an_error() {
    let check = async |status, body, expected: Result<Completion, OutageError>| {
        let api = step_functions("SendTaskSuccess", status, body).await;
        assert_eq!(api.succeed("token", json!({})).await, expected);
        let api = step_functions("SendTaskFailure", status, body).await;
        assert_eq!(api.fail("token", "Error", "cause").await, expected);
    };
    check(200, "{}", Ok(Completion::Accepted)).await;
    check(400, r#"{"__type":"TaskTimedOut"}"#, Ok(Completion::TooLate)).await;
    check(
        400,
        r#"{"__type":"TaskDoesNotExist"}"#,
        Ok(Completion::Invalid),
    )
    .await;
    check(400, r#"{"__type":"InvalidToken"}"#, Ok(Completion::Invalid)).await;
    check(
        400,
        r#"{"__type":"InvalidOutput"}"#,
        Err(not_done("InvalidOutput")),
    )
    .await;
}
