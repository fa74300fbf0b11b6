//! `TestState`: what its request may say, and what is called.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test"
)]

use std::sync::Arc;

use comanda_engine::Json;
use comanda_engine::test_state::{
    StateAnswer, StateTest, TestStateError, TestWorld, pending_call, read_request, test_state,
    write_response,
};
use jiff::Timestamp;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<StateTest, TestStateError> {
    let world = TestWorld {
        region: Arc::from("sa-east-1"),
        account_id: Arc::from("000000000000"),
        now: Timestamp::UNIX_EPOCH,
        seed: 1,
    };
    read_request(body, &world)
}

fn refused(body: Value) -> (String, String) {
    let verdict = read(&body).and_then(|test| test_state(&test));
    let error = verdict.expect_err("a refusal");
    (error.exception().to_owned(), error.to_string())
}

fn task(resource: &str) -> String {
    // What the validator asks for, whichever service it is.
    let parameters = json!({
        "QueueUrl.$": "$.QueueUrl",
        "MessageBody.$": "$$.Task.Token",
        "StateMachineArn": "arn:aws:states:sa-east-1:000000000000:stateMachine:other",
        "ApiEndpoint": "https://example.com",
        "Method": "GET",
        "Authentication": { "ConnectionArn": "arn:aws:events:sa-east-1:000000000000:connection/one/1" },
    });
    json!({ "Type": "Task", "Resource": resource, "Parameters": parameters, "Next": "Elsewhere" })
        .to_string()
}

#[test]
fn all_violated_constraints_are_told_at_once() {
    let (exception, words) = refused(json!({
        "stateName": "",
        "inspectionLevel": "ALL",
        "stateConfiguration": { "retrierRetryCount": -1 },
    }));
    assert_eq!(exception, "ValidationException");
    assert_eq!(
        words,
        "4 validation errors detected: \
         Value null at 'definition' failed to satisfy constraint: Member must not be null; \
         Value '' at 'stateName' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value 'ALL' at 'inspectionLevel' failed to satisfy constraint: Member must satisfy enum value set: [INFO, DEBUG, TRACE]; \
         Value '-1' at 'stateConfiguration.retrierRetryCount' failed to satisfy constraint: Member must have value greater than or equal to 0"
    );
}

#[test]
fn input_that_is_not_json_is_told_as_for_an_execution() {
    let definition = json!({ "Type": "Pass", "End": true }).to_string();
    let (exception, words) = refused(json!({ "definition": definition, "input": "hello" }));
    assert_eq!(exception, "InvalidExecutionInput");
    assert!(words.contains("Unrecognized token 'hello'"), "{words}");
}

#[test]
fn a_task_without_a_mock_tells_whom_to_call_and_takes_the_answer() {
    let body = json!({
        "definition": task("arn:aws:states:::sqs:sendMessage"),
        "input": r#"{"QueueUrl":"queue"}"#,
        "context": r#"{"Task":{"Token":"token"}}"#,
        "roleArn": "arn:aws:iam::000000000000:role/tester",
        "inspectionLevel": "DEBUG",
    });
    let mut test = read(&body).expect("a test");
    let call = pending_call(&test).expect("no refusal").expect("a call");
    assert_eq!(
        call.resource.to_string(),
        "arn:aws:states:::sqs:sendMessage"
    );
    assert_eq!(call.arguments.value()["QueueUrl"], "queue");
    // A real answer is nobody's to judge.
    test.answer = Some(StateAnswer::Result(Json::new(json!({ "MessageId": 7 }))));
    assert!(pending_call(&test).expect("no refusal").is_none());
    let level = test.inspection_level;
    let response = write_response(test_state(&test).expect("an outcome"), level);
    assert_eq!(response["status"], "SUCCEEDED");
    assert_eq!(response["nextState"], "Elsewhere");
    assert_eq!(response["output"], r#"{"MessageId":7}"#);
    assert_eq!(response["inspectionData"]["result"], r#"{"MessageId":7}"#);
}

/// Services, answers, and what is said about them where everything is required.
#[test]
fn mocked_answers_are_held_against_the_services_own_description() {
    let cases = [
        (
            "sqs:sendMessage",
            json!({ "MessageId": 7 }),
            "Field 'MessageId' must be a string",
        ),
        ("aws-sdk:sqs:sendMessage", json!([]), ""),
        (
            "aws-sdk:dynamodb:getItem",
            json!({ "Item": { "id": { "L": [{ "S": 1 }] } } }),
            "Field 'S' must be a string",
        ),
        (
            "aws-sdk:dynamodb:getItem",
            json!({ "Item": { "id": "text" } }),
            "Field 'Item' must be an object",
        ),
        (
            "aws-sdk:s3:getObject",
            json!({ "DeleteMarker": "yes" }),
            "Field 'DeleteMarker' must be a boolean",
        ),
        (
            "states:startExecution.sync",
            json!({ "ExecutionArn": "arn", "StartDate": "2026-01-01T00:00:00Z", "StateMachineArn": "arn" }),
            "Required field 'Status' is missing",
        ),
    ];
    for (resource, answer, words) in cases {
        let (exception, said) = refused(json!({
            "definition": task(&format!("arn:aws:states:::{resource}")),
            "mock": { "result": answer.to_string() },
        }));
        assert_eq!(exception, "ValidationException");
        if words.is_empty() {
            assert_eq!(said, "Mocked result must be a JSON object.");
        } else {
            assert_eq!(
                said,
                format!("Mock result schema validation error: {words}")
            );
        }
    }
}

#[test]
fn what_anybody_may_answer_is_not_judged() {
    for resource in [
        "sqs:sendMessage.waitForTaskToken",
        "states:startExecution.sync:2",
        "aws-sdk:nobody:doThing",
        "http:invoke",
    ] {
        let body = json!({
            "definition": task(&format!("arn:aws:states:::{resource}")),
            "input": r#"{"QueueUrl":"queue"}"#,
            "context": r#"{"Task":{"Token":"token"}}"#,
            "mock": { "result": r#"{"MessageId":7,"Status":7}"# },
        });
        let tested = read(&body).and_then(|test| test_state(&test));
        assert!(tested.is_ok(), "{resource}: {tested:?}");
    }
}

#[test]
fn whoever_answers_later_needs_a_mock() {
    for (resource, what) in [
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "the '.waitForTaskToken' service integration pattern",
        ),
        (
            "arn:aws:states:::states:startExecution.sync:2",
            "the '.sync' service integration pattern",
        ),
    ] {
        let (exception, said) = refused(json!({
            "definition": task(resource),
            "roleArn": "arn:aws:iam::000000000000:role/tester",
        }));
        assert_eq!(exception, "InvalidDefinition");
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn what_is_said_about_iterations_fits_the_map() {
    let map = json!({
        "Type": "Map",
        "ItemReader": { "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "InputType": "JSON" } },
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Inner",
            "States": { "Inner": { "Type": "Pass", "End": true } },
        },
        "End": true,
    });
    let body = |configuration: Value| {
        json!({
            "definition": map.to_string(),
            "mock": { "result": "[1]" },
            "stateConfiguration": configuration,
        })
    };
    let many = json!({ "mapItemReaderData": "[1, 2]", "mapIterationFailureCount": 3 });
    let (_, said) = refused(body(many));
    assert!(said.starts_with("Map iteration failure count"), "{said}");
    let (_, said) = refused(body(json!({ "errorCausedByState": "Outer" })));
    assert_eq!(said, "State not found in definition");
    let fits = json!({
        "mapItemReaderData": "[1, 2]",
        "mapIterationFailureCount": 2,
        "errorCausedByState": "Inner",
    });
    let tested = read(&body(fits)).and_then(|test| test_state(&test));
    assert!(tested.is_ok(), "{tested:?}");
}

#[track_caller]
fn tested(body: Value) -> Value {
    let test = read(&body).expect("a request");
    let level = test.inspection_level;
    write_response(test_state(&test).expect("a test"), level)
}

fn map(fields: Value) -> String {
    let mut state = json!({
        "Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "I", "States": { "I": { "Type": "Succeed" } }
        }
    });
    for (name, value) in fields.as_object().cloned().unwrap_or_default() {
        state[name] = value;
    }
    state.to_string()
}

#[test]
fn what_a_state_assigns_is_shown() {
    let response = tested(json!({
        "definition": json!({ "Type": "Pass", "Assign": { "x": 1 }, "End": true }).to_string(),
        "variables": r#"{"y":2}"#,
        "inspectionLevel": "DEBUG",
    }));
    assert_eq!(response["inspectionData"]["variables"], r#"{"y":2,"x":1}"#);
}

#[test]
fn a_wait_and_a_task_look_at_their_times() {
    let response = tested(json!({
        "definition": json!({ "Type": "Wait", "SecondsPath": "$.s", "End": true }).to_string(),
        "input": r#"{"s":-1}"#,
    }));
    assert_eq!(response["error"], "States.Runtime");
    assert_eq!(
        response["cause"],
        "The SecondsPath parameter references a negative value: $.s == -1"
    );
    let task = json!({
        "Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
        "Arguments": {}, "TimeoutSeconds": "{% -1 %}", "End": true
    });
    let response = tested(json!({ "definition": task.to_string(), "mock": { "result": "{}" } }));
    assert_eq!(
        response["cause"],
        "TimeoutSeconds must be between 0 and 99999999 but was: -1"
    );
}

#[test]
fn too_many_iterations_fail_by_percentage_too() {
    let test = |failed: u64| {
        tested(json!({
            "definition": map(json!({ "ToleratedFailurePercentage": 50 })),
            "input": r#"{"items":[1,2,3,4]}"#,
            "mock": { "result": "[1,2,3,4]" },
            "stateConfiguration": { "mapIterationFailureCount": failed },
        }))
    };
    assert_eq!(test(2)["status"], "SUCCEEDED");
    assert_eq!(test(3)["error"], "States.ExceedToleratedFailureThreshold");
}

#[test]
fn what_becomes_of_the_items_is_shown() {
    let response = tested(json!({
        "definition": map(json!({
            "ItemSelector": { "it.$": "$$.Map.Item.Value", "all.$": "$.more" },
            "ItemBatcher": { "MaxItemsPerBatch": 2 },
        })),
        "input": r#"{"items":[1,2,3],"more":0}"#,
        "inspectionLevel": "DEBUG",
        "mock": { "result": "[1,2]" },
    }));
    let shown = &response["inspectionData"];
    assert_eq!(
        shown["afterItemSelector"],
        r#"[{"it":1,"all":0},{"it":2,"all":0},{"it":3,"all":0}]"#
    );
    assert_eq!(
        shown["afterItemBatcher"],
        r#"[{"Items":[{"it":1,"all":0},{"it":2,"all":0}]},{"Items":[{"it":3,"all":0}]}]"#
    );
}
