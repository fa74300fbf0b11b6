//! Whatever comes in, nothing panics, and a history's ids stay in order.

#![allow(clippy::expect_used, reason = "the helpers of tests may fail a test")]

// The fuzzer's cases (`cargo run --release -p comanda-engine --example fuzz`), a few of them at every test.
#[path = "../examples/fuzz/cases.rs"]
mod cases;
#[path = "../examples/fuzz/chance.rs"]
mod chance;
#[path = "../examples/fuzz/data.rs"]
mod data;
#[path = "../examples/fuzz/expressions.rs"]
mod expressions;
#[path = "../examples/fuzz/kinds.rs"]
mod kinds;
#[path = "../examples/fuzz/machines.rs"]
mod machines;
#[path = "../examples/fuzz/texts.rs"]
mod texts;

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::intrinsic::Call;
use comanda_engine::jsonata::Expression;
use comanda_engine::jsonpath::JsonPath;
use comanda_engine::{Definition, Effect, Event, Execution, Json, Start, TaskId, TimerId, step};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c$.*]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn machine() -> Arc<Definition> {
    let document = json!({
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    { "StartAt": "Ask", "States": { "Ask": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                        "HeartbeatSeconds": 5,
                        "TimeoutSeconds": 60,
                        "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 2 }],
                        "End": true
                    } } },
                    { "StartAt": "Each", "States": { "Each": {
                        "Type": "Map",
                        "ItemsPath": "$.a",
                        "ItemProcessor": { "StartAt": "Rest", "States": {
                            "Rest": { "Type": "Wait", "SecondsPath": "$", "End": true }
                        } },
                        "End": true
                    } } }
                ],
                "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.b.c", "Next": "Choose" }],
                "Next": "Choose"
            },
            "Choose": {
                "Type": "Choice",
                "Choices": [{ "Variable": "$.a[0]", "NumericGreaterThan": 1, "Next": "Both" }],
                "Default": "Done"
            },
            "Done": { "Type": "Succeed", "OutputPath": "$.c" }
        }
    });
    let machine = comanda_asl::from_value(&document).expect("the document is a machine");
    Arc::new(Definition::compile(&machine).expect("the machine compiles"))
}

fn event() -> impl Strategy<Value = Event> {
    let number = 0_u64..12;
    prop_oneof![
        number.clone().prop_map(|timer| Event::TimerFired {
            timer: TimerId(timer)
        }),
        (number.clone(), value()).prop_map(|(task, output)| Event::TaskSucceeded {
            task: TaskId(task),
            output: Json::new(output)
        }),
        (number.clone(), "[A-C]?").prop_map(|(task, error)| Event::TaskFailed {
            task: TaskId(task),
            error: Some(error),
            cause: None
        }),
        number
            .clone()
            .prop_map(|task| Event::Heartbeat { task: TaskId(task) }),
        number.prop_map(|task| Event::TaskSubmitted {
            task: TaskId(task),
            output: Json::new(Value::Null)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn steps_keep_history_in_order(input in value(), events in prop::collection::vec((0_i64..100, event()), 0..24)) {
        let start = Start {
            execution_arn: "arn:aws:states:sa-east-1:000000000000:execution:machine:one".into(),
            execution_name: "one".into(),
            state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:machine".into(),
            state_machine_name: "machine".into(),
            role_arn: "arn:aws:iam::000000000000:role/comanda".into(),
            kind: WorkflowKind::Standard,
            input: Json::new(input),
            seed: 1,
        };
        let mut execution = Execution::new(machine(), start);
        let mut effects = Vec::new();
        let mut second = 0;
        step(&mut execution, Event::Begin, Timestamp::UNIX_EPOCH, &mut effects);
        for (pause, event) in events {
            second += pause;
            step(&mut execution, event, Timestamp::from_second(second).expect("a time"), &mut effects);
        }
        let mut ids = 0;
        for effect in &effects {
            if let Effect::Record(event) = effect {
                ids += 1;
                prop_assert_eq!(event.id, ids);
                prop_assert!(event.previous_event_id < event.id);
            }
        }
    }

    #[test]
    fn paths_and_calls_of_any_text_are_read_or_refused(text in "[$@.\\[\\]'\"?()*:, a-c0-9=<&|!\\\\-]{0,24}", data in value()) {
        if let Ok(path) = JsonPath::parse(&format!("${text}")) {
            let _ = path.select(&data);
        }
        let _ = Call::parse(&format!("States.Format({text})"));
        let _ = Call::parse(&text);
    }

    #[test]
    fn expressions_of_any_text_are_read_or_refused(text in "[$.\\[\\]'\"?()*:, a-c0-9=<&|!{}+-]{0,24}") {
        let _ = Expression::parse(&text);
    }
}

#[test]
fn generated_and_damaged_definitions_run_in_any_order_of_events() {
    for index in 0..150 {
        let case = cases::make(12, index);
        assert_eq!(cases::run(&case), Ok(()), "case {index}: {case}");
    }
}
