//! Nothing grows or goes round for ever.

#![allow(clippy::expect_used, reason = "the helpers of tests may fail a test")]

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::virtual_time::{Answer, TaskCall, VirtualTime};
use comanda_engine::{DATA_LIMIT_BYTES, Definition, EventType, HISTORY_LIMIT_EVENTS, Json, Status};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn run(document: &Value, kind: WorkflowKind, answer: &Value) -> (VirtualTime, Arc<str>) {
    let machine = comanda_asl::from_value(document).expect("the document is a machine");
    let definition = Definition::compile(&machine).expect("the machine compiles");
    let mut world = VirtualTime::new(Timestamp::UNIX_EPOCH, 42);
    world.register("machine", kind, Arc::new(definition));
    let arn = world
        .start("machine", "one", Json::new(json!({})))
        .expect("it starts");
    world.run(
        &mut |_: &TaskCall, _: Timestamp| Answer::Now(Ok(Json::new(answer.clone()))),
        None,
    );
    (world, arn)
}

fn round() -> Value {
    json!({ "StartAt": "Round", "States": { "Round": { "Type": "Pass", "Next": "Round" } } })
}

#[test]
fn a_history_that_is_full_ends_the_execution() {
    let (world, arn) = run(&round(), WorkflowKind::Standard, &Value::Null);
    let history = world.history(&arn);
    let last = history.last().expect("a history");
    assert_eq!(
        (last.id, last.event_type),
        (HISTORY_LIMIT_EVENTS, EventType::ExecutionFailed)
    );
    assert!(history.iter().zip(1..).all(|(event, id)| event.id == id));
}

#[test]
fn a_loop_without_history_ends_too() {
    let (world, arn) = run(&round(), WorkflowKind::Express, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    assert_eq!(outcome.error.as_deref(), Some("States.Runtime"));
}

#[test]
fn an_express_execution_takes_five_minutes_at_most() {
    let document = json!({ "StartAt": "Rest", "States": { "Rest": { "Type": "Wait", "Seconds": 3600, "End": true } } });
    let (world, arn) = run(&document, WorkflowKind::Express, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    assert_eq!(outcome.status, Status::TimedOut);
    assert_eq!(
        outcome.at,
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(5)
    );
}

#[track_caller]
fn check_result_size(bytes: usize, expected: Status) {
    let document = json!({
        "StartAt": "Ask",
        "States": { "Ask": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true } }
    });
    // The quotes of the text count too.
    let (world, arn) = run(
        &document,
        WorkflowKind::Standard,
        &Value::from("é".repeat((bytes - 2) / 2)),
    );
    assert_eq!(
        world.execution(&arn).map(|execution| execution.status()),
        Some(expected),
        "{bytes}"
    );
}

#[test]
fn results_are_bounded_in_bytes_not_in_characters() {
    check_result_size(DATA_LIMIT_BYTES, Status::Succeeded);
    check_result_size(DATA_LIMIT_BYTES + 2, Status::Failed);
}

#[track_caller]
fn check_depth(document: &Value) {
    let (world, arn) = run(document, WorkflowKind::Standard, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    assert_eq!(outcome.status, Status::Failed, "{document}");
    let words = format!("{:?}", outcome.cause);
    assert!(
        words.contains("exceeding the maximum") || words.contains("nested deeper"),
        "{words}"
    );
}

#[test]
fn data_does_not_nest_for_ever() {
    check_depth(&json!({
        "StartAt": "Wrap",
        "States": { "Wrap": { "Type": "Pass", "Parameters": { "a.$": "$" }, "Next": "Wrap" } }
    }));
    check_depth(&json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Wrap",
        "States": { "Wrap": {
            "Type": "Pass",
            "Output": "{% $reduce([1..50000], function($inner, $next) { {'in': $inner} }) %}",
            "End": true
        } }
    }));
}
