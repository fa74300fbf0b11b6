//! Executions in virtual time: waits, timeouts, tokens and nested executions, without a second passing.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests may fail a test"
)]

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::virtual_time::{Answer, TaskCall, TaskError, TokenError, VirtualTime};
use comanda_engine::{Definition, EventType, Json, Outcome, Status};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn begin() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn world(machines: &[(&str, Value)]) -> VirtualTime {
    let mut world = VirtualTime::new(begin(), 1);
    for (name, document) in machines {
        let machine = comanda_asl::from_value(document).expect("the document is a machine");
        let definition = Definition::compile(&machine).expect("the machine compiles");
        world.register(name, WorkflowKind::Standard, Arc::new(definition));
    }
    world
}

fn outcome(world: &VirtualTime, arn: &str) -> Outcome {
    let execution = world.execution(arn).expect("the execution is known");
    execution.outcome().expect("the execution is over").clone()
}

fn nobody(call: &TaskCall, _: Timestamp) -> Answer {
    panic!("nobody was to be asked, but {} was", call.request.resource)
}

fn ask_with_token() -> Value {
    json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": { "FunctionName": "f", "Payload": { "token": "{% $states.context.Task.Token %}" } },
                "TimeoutSeconds": "{% $states.input.patience %}",
                "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Silence" }],
                "End": true
            },
            "Silence": { "Type": "Pass", "Output": "nobody answered", "End": true }
        }
    })
}

#[test]
fn an_hour_passes_in_no_time() {
    let mut world = world(&[(
        "sleeper",
        json!({ "StartAt": "Sleep", "States": { "Sleep": { "Type": "Wait", "Seconds": 3600, "End": true } } }),
    )]);
    let arn = world
        .start("sleeper", "one", Json::new(json!({})))
        .expect("it starts");
    world.run(&mut nobody, None);
    assert_eq!(outcome(&world, &arn).status, Status::Succeeded);
    assert_eq!(world.now(), begin() + SignedDuration::from_hours(1));
}

#[test]
fn a_token_is_answered_later_and_only_once() {
    let mut world = world(&[("ask", ask_with_token())]);
    let arn = world
        .start("ask", "one", Json::new(json!({ "patience": 60 })))
        .expect("it starts");
    let call = world.next_call().expect("the task is asked for");
    let token = call
        .request
        .arguments
        .pointer("/Payload/token")
        .and_then(Value::as_str)
        .expect("a token")
        .to_owned();
    world
        .submitted(&call.task, Json::new(json!({ "StatusCode": 200 })))
        .expect("the task waits");
    world.wait_until(begin() + SignedDuration::from_secs(40));
    world
        .complete_token(&token, Ok(Json::new(json!({ "paid": true }))))
        .expect("the token is good");
    assert_eq!(
        outcome(&world, &arn).output,
        Some(Json::new(json!({ "paid": true })))
    );
    assert_eq!(
        world.complete_token(&token, Ok(Json::new(json!(2)))),
        Err(TokenError::TooLate)
    );
    assert_eq!(
        world.complete_token("made up", Ok(Json::new(json!(2)))),
        Err(TokenError::Unknown)
    );
}

#[test]
fn a_silent_party_runs_into_the_timeout() {
    let mut world = world(&[("ask", ask_with_token())]);
    let arn = world
        .start("ask", "one", Json::new(json!({ "patience": 60 })))
        .expect("it starts");
    world.run(
        &mut |_: &TaskCall, _: Timestamp| Answer::Submitted(Json::new(json!({}))),
        None,
    );
    assert_eq!(
        outcome(&world, &arn).output,
        Some(Json::new(json!("nobody answered")))
    );
    assert_eq!(world.now(), begin() + SignedDuration::from_secs(60));
    assert!(
        world
            .history(&arn)
            .iter()
            .any(|event| event.event_type == EventType::TaskTimedOut)
    );
}

#[test]
fn a_deadline_stops_the_clock_and_not_the_execution() {
    let mut world = world(&[("ask", ask_with_token())]);
    let arn = world
        .start("ask", "one", Json::new(json!({ "patience": 60 })))
        .expect("it starts");
    let deadline = begin() + SignedDuration::from_secs(10);
    world.run(
        &mut |_: &TaskCall, _: Timestamp| Answer::Later,
        Some(deadline),
    );
    assert_eq!(world.now(), deadline);
    assert_eq!(
        world.execution(&arn).map(|execution| execution.status()),
        Some(Status::Running)
    );
}

fn parent_and_child(child: Value, pattern: &str) -> VirtualTime {
    let resource = format!("arn:aws:states:::states:startExecution{pattern}");
    world(&[
        (
            "parent",
            json!({
                "QueryLanguage": "JSONata",
                "StartAt": "Nest",
                "States": {
                    "Nest": {
                        "Type": "Task",
                        "Resource": resource,
                        "Arguments": {
                            "StateMachineArn": "arn:aws:states:sa-east-1:000000000000:stateMachine:child",
                            "Name": "{% $states.input.name %}",
                            "Input": { "n": 1 }
                        },
                        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }],
                        "End": true
                    },
                    "Caught": { "Type": "Pass", "End": true }
                }
            }),
        ),
        ("child", child),
    ])
}

#[test]
fn a_parent_waits_for_its_child() {
    let child = json!({
        "StartAt": "Rest",
        "States": { "Rest": { "Type": "Wait", "Seconds": 5, "End": true } }
    });
    let mut world = parent_and_child(child, ".sync:2");
    let arn = world
        .start("parent", "one", Json::new(json!({ "name": "kid" })))
        .expect("it starts");
    world.run(&mut nobody, None);
    let output = outcome(&world, &arn).output.expect("an output");
    assert_eq!(output.pointer("/Output"), Some(&json!({ "n": 1 })));
    assert_eq!(output.pointer("/Status"), Some(&json!("SUCCEEDED")));
}

#[test]
fn a_child_that_fails_at_once_fails_its_parents_task() {
    let child =
        json!({ "StartAt": "Fail", "States": { "Fail": { "Type": "Fail", "Error": "Broken" } } });
    let mut world = parent_and_child(child, ".sync");
    let arn = world
        .start("parent", "one", Json::new(json!({ "name": "kid" })))
        .expect("it starts");
    world.run(&mut nobody, None);
    let output = outcome(&world, &arn).output.expect("an output");
    assert_eq!(output.pointer("/Error"), Some(&json!("States.TaskFailed")));
    let types: Vec<EventType> = world
        .history(&arn)
        .iter()
        .map(|event| event.event_type)
        .collect();
    let submitted = types
        .iter()
        .position(|kind| *kind == EventType::TaskSubmitted);
    assert!(
        submitted.is_some()
            && submitted < types.iter().position(|kind| *kind == EventType::TaskFailed)
    );
}

#[test]
fn a_name_is_taken_once() {
    let child = json!({ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } });
    let mut world = parent_and_child(child, "");
    world
        .start("child", "kid", Json::new(json!({})))
        .expect("it starts");
    let arn = world
        .start("parent", "one", Json::new(json!({ "name": "kid" })))
        .expect("it starts");
    world.run(&mut nobody, None);
    let output = outcome(&world, &arn).output.expect("an output");
    assert_eq!(
        output.pointer("/Error"),
        Some(&json!("StepFunctions.ExecutionAlreadyExistsException"))
    );
}

#[test]
fn stopping_a_parent_stops_its_child() {
    let child = json!({ "StartAt": "Rest", "States": { "Rest": { "Type": "Wait", "Seconds": 5, "End": true } } });
    let mut world = parent_and_child(child, ".sync:2");
    let arn = world
        .start("parent", "one", Json::new(json!({ "name": "kid" })))
        .expect("it starts");
    world.stop(&arn, Some("Enough".to_owned()), None);
    let statuses: Vec<Status> = world
        .executions()
        .map(|execution| execution.status())
        .collect();
    assert_eq!(statuses, [Status::Aborted, Status::Aborted]);
    assert_eq!(world.next_timer(), None);
}

#[test]
fn a_refused_task_is_tried_again_after_its_wait() {
    let mut world = world(&[(
        "stubborn",
        json!({
            "StartAt": "Try",
            "States": {
                "Try": {
                    "Type": "Task",
                    "Resource": "arn:aws:lambda:sa-east-1:000000000000:function:f",
                    "Retry": [{ "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "BackoffRate": 3 }],
                    "End": true
                }
            }
        }),
    )]);
    let arn = world
        .start("stubborn", "one", Json::new(json!({})))
        .expect("it starts");
    let mut asked = Vec::new();
    let mut refusing = |_: &TaskCall, now: Timestamp| {
        asked.push(now.duration_since(begin()).as_secs());
        if asked.len() == 3 {
            Answer::Now(Ok(Json::new(json!("done"))))
        } else {
            Answer::Now(Err(TaskError::new("Busy", "try again")))
        }
    };
    world.run(&mut refusing, None);
    assert_eq!(outcome(&world, &arn).status, Status::Succeeded);
    assert_eq!(asked, [0, 2, 8]);
}
