//! Round trips: nothing of a document is lost, and the order of its members is ours.

use serde_json::json;

use super::*;
use crate::model::{
    Choice, ChoiceRule, Condition, Operator, Pass, Source, State, Task, Transition,
};

/// Reads and prints a machine with the one given state.
#[track_caller]
fn check_state(state: Value) {
    let document = json!({"StartAt": "S", "States": {"S": state}});
    let machine = from_value(&document).unwrap_or_else(|| panic!("not read: {document:#}"));
    assert_eq!(to_value(&machine), document);
    assert!(
        machine.states["S"].unknown.is_empty(),
        "not understood: {:?}",
        machine.states["S"].unknown
    );
}

#[test]
fn every_kind() {
    check_state(json!({"Type": "Succeed", "InputPath": "$.a", "OutputPath": null, "Comment": "c"}));
    check_state(json!({"Type": "Fail", "ErrorPath": "$.e", "Cause": "{% $c %}"}));
    check_state(json!({"Type": "Wait", "Seconds": 1, "End": true}));
    check_state(json!({"Type": "Wait", "Seconds": "${Seconds}", "Next": "X"}));
    check_state(json!({"Type": "Wait", "SecondsPath": "$.s", "End": true}));
    check_state(json!({"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z", "End": true}));
    check_state(json!({"Type": "Wait", "TimestampPath": "$.t", "End": true}));
    check_state(
        json!({"Type": "Pass", "Result": null, "Parameters": {"a.$": "$.b"}, "ResultPath": null, "End": true}),
    );
    check_state(
        json!({"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"x": 1}, "Output": null, "End": true}),
    );
    check_state(json!({
        "Type": "Parallel", "Arguments": [1],
        "Branches": [{"Comment": "c", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}],
        "End": true
    }));
    check_state(json!({
        "Type": "Choice", "Default": "D",
        "Choices": [
            {"Condition": "{% true %}", "Assign": {"a": 1}, "Output": "x", "Next": "A"},
            {"Condition": true, "Next": "A"},
            {"Variable": "$.a", "StringEqualsPath": "$.b", "Next": "A"},
            {"Comment": "c", "Not": {"And": [{"Variable": "$.a", "IsNull": true}, {"Or": [{"Comment": "c", "Variable": "$.b", "NumericEquals": 1.5}]}]}, "Next": "A"},
        ],
    }));
}

#[test]
fn tasks() {
    check_state(json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "TimeoutSeconds": "{% $t %}", "HeartbeatSecondsPath": "$.h", "Credentials": {"RoleArn.$": "$.role", "x": 1},
        "ResultSelector": {"a.$": "$"},
        "Retry": [{
            "Comment": "c", "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 0, "BackoffRate": 2.0,
            "MaxDelaySeconds": 9, "JitterStrategy": "FULL"
        }],
        "Catch": [{"Comment": "c", "ErrorEquals": ["A"], "ResultPath": null, "Assign": {}, "Output": {}, "Next": "X"}],
        "End": true
    }));
}

#[test]
fn maps() {
    let processor = json!({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}});
    check_state(
        json!({"Type": "Map", "ItemsPath": "$.items", "Iterator": processor, "Parameters": {}, "End": true}),
    );
    check_state(json!({
        "Type": "Map", "Items": "{% $x %}", "ItemSelector": {"a": 1}, "MaxConcurrency": "{% 1 %}",
        "ToleratedFailureCountPath": "$.c", "ToleratedFailurePercentage": 1.5, "Label": "L",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "Arguments": {}, "Parameters": {},
            "ReaderConfig": {
                "InputType": "CSV", "ManifestType": "S3_INVENTORY", "Transformation": "NONE", "CSVDelimiter": "TAB",
                "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "ItemsPointer": "/a", "MaxItemsPath": "$.m"
            }
        },
        "ItemBatcher": {"MaxItemsPerBatch": 3, "MaxInputBytesPerBatchPath": "$.b", "BatchInput": {"x": 1}},
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject", "Parameters": {}, "Arguments": {},
            "WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "A", "States": {"A": {"Type": "Succeed"}}
        },
        "End": true
    }));
}

#[test]
fn what_is_not_understood_is_kept() {
    let document = json!({
        "StartAt": "A", "TimeoutSeconds": "soon", "x": 1,
        "States": {"A": {
            "Type": "Task", "Resource": "r", "TimeoutSeconds": 1, "TimeoutSecondsPath": "$.t", "Retry": [],
            "Catch": [{"ErrorEquals": [1]}], "Next": "B", "End": false, "QueryLanguage": "SQL"
        }}
    });
    assert_eq!(
        from_value(&document).map(|machine| to_value(&machine)),
        Some(document)
    );
}

#[test]
fn without_a_kind_there_is_no_machine() {
    assert_eq!(
        from_value(&json!({"StartAt": "A", "States": {"A": {"Type": "Nap"}}})),
        None
    );
    assert_eq!(from_value(&json!({"States": {}})), None);
    assert_eq!(from_value(&json!(1)), None);
}

#[test]
fn prints_in_a_fixed_order() {
    let mut machine = StateMachine::starting_at("Ask");
    machine.comment = Some("an example".to_owned());
    let mut ask = State::new(Task {
        timeout_seconds: Some(Source::Literal(5)),
        ..Task::new("arn:aws:states:::lambda:invoke")
    });
    ask.parameters = Some(json!({"b": 1, "a": 2}));
    machine.states.insert("Ask".to_owned(), ask.then("Choose"));
    let rule = ChoiceRule::when(
        Condition::compare("$.ok", Operator::BooleanEquals, true),
        "Done",
    );
    machine.states.insert(
        "Choose".to_owned(),
        State::new(Choice {
            choices: vec![rule],
            default: Some("Ask".to_owned()),
        }),
    );
    machine
        .states
        .insert("Done".to_owned(), State::new(Pass::default()).ending());
    assert_eq!(machine.states["Done"].next, Some(Transition::End));
    let expected = r#"{
  "Comment": "an example",
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "b": 1,
        "a": 2
      },
      "TimeoutSeconds": 5,
      "Next": "Choose"
    },
    "Choose": {
      "Type": "Choice",
      "Choices": [
        {
          "Variable": "$.ok",
          "BooleanEquals": true,
          "Next": "Done"
        }
      ],
      "Default": "Ask"
    },
    "Done": {
      "Type": "Pass",
      "End": true
    }
  }
}
"#;
    assert_eq!(print(&machine), expected);
}

#[test]
fn comments_inside_conditions_are_kept() {
    let document = json!({
        "StartAt": "C",
        "States": {
            "C": {
                "Type": "Choice",
                "Choices": [{
                    "And": [
                        { "Comment": "either", "Or": [{ "Variable": "$.a", "IsNull": true }] },
                        { "Not": { "Comment": "inside", "Variable": "$.b", "IsNull": true }, "Comment": "not" }
                    ],
                    "Next": "E"
                }]
            },
            "E": { "Type": "Succeed" }
        }
    });
    let machine = from_value(&document).expect("it is read");
    assert_eq!(to_value(&machine), document);
}
