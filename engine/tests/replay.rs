//! The same definition, start and events give the same effects, byte for byte; and they survive being kept as JSON.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests may fail a test"
)]

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::{
    Definition, Effect, Event, Execution, Json, Start, Status, TaskId, TimerId, step,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn definition(document: Value) -> Arc<Definition> {
    let machine = comanda_asl::from_value(&document).expect("the document is a machine");
    Arc::new(Definition::compile(&machine).expect("the machine compiles"))
}

fn start(input: &str) -> Start {
    Start {
        execution_arn: "arn:aws:states:sa-east-1:000000000000:execution:machine:one".into(),
        execution_name: "one".into(),
        state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:aws:iam::000000000000:role/comanda".into(),
        kind: WorkflowKind::Standard,
        input: Json::from_text(input).expect("the input is JSON"),
        seed: 7,
    }
}

/// A machine that takes everything from chance and time that there is to take.
fn restless() -> Value {
    json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Draw",
        "States": {
            "Draw": {
                "Type": "Pass",
                "Assign": { "id": "{% $uuid() %}", "at": "{% $now() %}" },
                "Output": { "roll": "{% $random() %}", "order": "{% $shuffle([1..9]) %}" },
                "Next": "Ask"
            },
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": { "FunctionName": "f", "Payload": { "token": "{% $states.context.Task.Token %}" } },
                "TimeoutSeconds": 30,
                "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 4, "JitterStrategy": "FULL" }],
                "Next": "Both"
            },
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    { "StartAt": "A", "States": { "A": { "Type": "Wait", "Seconds": 5, "End": true } } },
                    { "StartAt": "B", "States": { "B": { "Type": "Pass", "Output": "{% $id %}", "End": true } } }
                ],
                "End": true
            }
        }
    })
}

fn run() -> (Vec<Effect>, Status) {
    let mut execution = Execution::new(definition(restless()), start("{}"));
    let events = [
        (0, Event::Begin),
        (
            2,
            Event::TaskFailed {
                task: TaskId(1),
                error: Some("Busy".to_owned()),
                cause: None,
            },
        ),
        (9, Event::TimerFired { timer: TimerId(3) }),
        (
            10,
            Event::TaskSucceeded {
                task: TaskId(4),
                output: Json::new(json!({ "paid": true })),
            },
        ),
        (20, Event::TimerFired { timer: TimerId(6) }),
    ];
    let mut effects = Vec::new();
    for (second, event) in events {
        // What a journal keeps is what comes back.
        let kept = serde_json::to_string(&event).expect("an event can be kept");
        let event = serde_json::from_str(&kept).expect("an event can be read again");
        step(
            &mut execution,
            event,
            Timestamp::from_second(1_700_000_000 + second).expect("a time"),
            &mut effects,
        );
    }
    (effects, execution.status())
}

#[test]
fn same_events_same_effects() {
    let (first, status) = run();
    let (second, _) = run();
    assert_eq!(status, Status::Succeeded);
    let hash = |effects: &[Effect]| {
        Sha256::digest(serde_json::to_string(effects).expect("effects can be kept"))
    };
    assert_eq!(hash(&first), hash(&second));
}

#[test]
fn effects_survive_the_journal() {
    let (effects, _) = run();
    let kept = serde_json::to_string(&effects).expect("effects can be kept");
    let again: Vec<Effect> = serde_json::from_str(&kept).expect("effects can be read again");
    assert_eq!(
        serde_json::to_string(&again).expect("effects can be kept"),
        kept
    );
}

#[test]
fn answers_that_come_too_late_change_nothing() {
    let mut execution = Execution::new(definition(restless()), start("{}"));
    let now = Timestamp::from_second(1_700_000_000).expect("a time");
    let mut effects = Vec::new();
    step(&mut execution, Event::Begin, now, &mut effects);
    let before = effects.len();
    for event in [
        Event::Begin,
        Event::TimerFired { timer: TimerId(99) },
        Event::TaskSucceeded {
            task: TaskId(99),
            output: Json::new(Value::Null),
        },
    ] {
        step(&mut execution, event, now, &mut effects);
    }
    assert_eq!(effects.len(), before);
    assert!(execution.is_waiting_for(TaskId(1)));
}

#[test]
fn tokens_and_data_stay_out_of_debug_output() {
    let (effects, _) = run();
    let token = effects.iter().find_map(|effect| match effect {
        Effect::RunTask(request) => request.token.clone(),
        _ => None,
    });
    let token = token.expect("the task has a token");
    assert!(token.as_str().len() > 100 && token.as_str().len() <= 2048);
    assert!(!format!("{effects:?}").contains(token.as_str()));
}
