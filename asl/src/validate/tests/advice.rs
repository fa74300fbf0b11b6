//! What AWS takes and we warn about.

use super::*;

#[track_caller]
fn check_warnings(definition: &Value, expected: &[&str]) {
    let checked = check(&definition.to_string(), WorkflowKind::Standard);
    assert_eq!(lines(&checked.diagnostics, Severity::Error), [""; 0]);
    let codes: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|diagnostic| {
            format!(
                "{} {}",
                diagnostic.code,
                diagnostic.location_text().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(codes, expected, "{definition:#}");
}

#[test]
fn advice() {
    let wait = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    let retry = json!([{"ErrorEquals": ["A"]}]);
    check_warnings(
        &machine_of(
            json!({"Type": "Task", "Resource": wait, "Parameters": {"QueueUrl": "u", "MessageBody": "m"}, "Retry": retry, "Next": "E"}),
        ),
        &["CALLBACK_WITHOUT_TIMEOUT /States/S"],
    );
    check_warnings(
        &machine_of(
            json!({"Type": "Task", "Resource": wait, "Parameters": {"QueueUrl": "u", "MessageBody": "m"}, "Retry": retry, "HeartbeatSeconds": 5, "Next": "E"}),
        ),
        &[],
    );
    check_warnings(
        &machine_of(
            json!({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Next": "E"}),
        ),
        &[
            "TASK_WITHOUT_TIMEOUT /States/S",
            "TASK_WITHOUT_RETRY /States/S",
        ],
    );
    check_warnings(
        &machine_of(json!({
            "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f",
            "TimeoutSeconds": 5, "HeartbeatSeconds": 5, "Retry": retry, "Next": "E"
        })),
        &["HEARTBEAT_AFTER_TIMEOUT /States/S"],
    );
    check_warnings(
        &machine_of(
            json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "E"}]}),
        ),
        &["MISSING_DEFAULT /States/S"],
    );
    check_warnings(
        &json!({"StartAt": "A", "States": {
            "A": {"Type": "Choice", "Choices": [{"Variable": "$x", "IsNull": true, "Next": "B"}], "Default": "E"},
            "B": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "C"},
            "C": {"Type": "Pass", "Next": "B"},
            "E": {"Type": "Succeed"}
        }}),
        &["UNBOUNDED_LOOP /States/B", "UNUSED_VARIABLE /States/B"],
    );
    check_warnings(
        &machine_of(json!({"Type": "Pass", "Parameters": {"a": "$.b"}, "Next": "E"})),
        &["NO_DOLLAR /States/S/Parameters/a"],
    );
    check_warnings(
        &machine_of(json!({"Type": "Pass", "Result": {"a.$": "$.b"}, "Next": "E"})),
        &["PASS_RESULT_IS_STATIC /States/S/Result/a.$"],
    );
}

#[test]
fn variables_in_sight() {
    let map = |mode: &str| {
        let config = match mode {
            "INLINE" => json!({"Mode": mode}),
            _ => json!({"Mode": mode, "ExecutionType": "STANDARD"}),
        };
        json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Assign": {"rate": 1}, "Next": "M"},
            "M": {"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": config, "StartAt": "I", "States": {
                "I": {"Type": "Pass", "Parameters": {"r.$": "$rate"}, "End": true}
            }}}
        }})
    };
    check_warnings(&map("INLINE"), &[]);
    check_warnings(
        &map("DISTRIBUTED"),
        &["UNKNOWN_VARIABLE /States/M/ItemProcessor/States/I"],
    );
    check_warnings(
        &machine_of(
            json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $rat %}", "Next": "E"}),
        ),
        &["UNKNOWN_VARIABLE /States/S/Output"],
    );
}

#[test]
fn a_field_given_twice() {
    let text = r#"{"StartAt": "A", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#;
    assert_eq!(
        lines(
            &check(text, WorkflowKind::Standard).diagnostics,
            Severity::Warning
        ),
        ["DUPLICATE_FIELD: \"StartAt\" is given twice: only the last counts at /StartAt"]
    );
}

/// A loop of a Wait, a task and a Choice with the given rule, left for an end.
fn polling(rule: Value) -> Value {
    json!({"StartAt": "Wait", "States": {
        "Wait": {"Type": "Wait", "Seconds": 30, "Next": "Ask"},
        "Ask": {
            "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getJobRun", "Parameters": {"JobName": "j"},
            "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "Ready?"
        },
        "Ready?": {"Type": "Choice", "Choices": [rule], "Default": "Wait"},
        "Done": {"Type": "Succeed"}
    }})
}

#[test]
fn a_loop_that_nobody_counts() {
    let ready = json!({"Variable": "$.ready", "BooleanEquals": true, "Next": "Done"});
    let definition = polling(ready);
    check_warnings(&definition, &["HISTORY_AT_RISK /States/Wait"]);
    let checked = check(&definition.to_string(), WorkflowKind::Standard);
    assert_eq!(
        checked
            .diagnostics
            .first()
            .map(|diagnostic| diagnostic.message.as_str()),
        Some(
            "no Choice counts the rounds of the loop through \"Wait\": a round writes at least 9 events, and after 2777 rounds, \
             23 hours at 30 s a round, the execution fails at the limit of 25000 events"
        )
    );
    // An Express execution ends long before.
    assert_eq!(
        check(&definition.to_string(), WorkflowKind::Express).diagnostics,
        []
    );
    let mut in_time = definition;
    in_time["TimeoutSeconds"] = json!(3600);
    check_warnings(&in_time, &[]);
    check_warnings(
        &polling(json!({"Variable": "$.round", "NumericGreaterThan": 10, "Next": "Done"})),
        &[],
    );
}

#[test]
fn rounds_are_counted_in_jsonata_too() {
    let machine = |condition: &str| {
        json!({"QueryLanguage": "JSONata", "StartAt": "Look", "States": {
            "Look": {"Type": "Pass", "Assign": {"tries": "{% $states.input.tries + 1 %}"}, "Next": "Enough?"},
            "Enough?": {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "Done"}], "Default": "Look"},
            "Done": {"Type": "Succeed"}
        }})
    };
    check_warnings(&machine("{% $tries >= 10 %}"), &[]);
    check_warnings(&machine("{% $tries = 10 %}"), &[]);
    check_warnings(
        &machine("{% $tries.ready %}"),
        &["HISTORY_AT_RISK /States/Look"],
    );
}

#[test]
fn a_map_that_breaks_with_few_items() {
    let map = |branches: usize, mode: &str| {
        let branch = |index: usize| {
            let name = format!("B{index}");
            json!({"StartAt": name, "States": {name.clone(): {"Type": "Pass", "End": true}}})
        };
        let config = match mode {
            "DISTRIBUTED" => json!({"Mode": mode, "ExecutionType": "STANDARD"}),
            _ => json!({"Mode": mode}),
        };
        machine_of(json!({"Type": "Map", "Next": "E", "ItemProcessor": {
            "ProcessorConfig": config, "StartAt": "P",
            "States": {"P": {"Type": "Parallel", "Branches": (0..branches).map(branch).collect::<Vec<_>>(), "End": true}}
        }}))
    };
    // 2 for the iteration, 4 for the Parallel, 2 for each branch: 26 events an item, 961 items.
    check_warnings(&map(10, "INLINE"), &["HISTORY_AT_RISK /States/S"]);
    check_warnings(&map(9, "INLINE"), &[]);
    check_warnings(&map(10, "DISTRIBUTED"), &[]);
}

#[test]
fn too_many_tries() {
    let task = |attempts: u64| {
        machine_of(json!({
            "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets", "Parameters": {}, "Next": "E",
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts}]
        }))
    };
    check_warnings(&task(10_000), &["HISTORY_AT_RISK /States/S/Retry"]);
    check_warnings(&task(8_000), &[]);
}

#[test]
fn express_has_five_minutes() {
    let definition = machine_of(json!({"Type": "Wait", "Seconds": 300, "Next": "E"})).to_string();
    let codes = |kind| {
        let checked = check(&definition, kind);
        let codes = checked.diagnostics.iter().map(|diagnostic| diagnostic.code);
        codes.collect::<Vec<_>>()
    };
    assert_eq!(codes(WorkflowKind::Express), ["EXPRESS_WAIT_TOO_LONG"]);
    assert_eq!(codes(WorkflowKind::Standard), [""; 0]);
}

#[test]
fn deep_nesting_is_walked_once() {
    let mut machine = json!({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true}}});
    for depth in 0..25 {
        let name = format!("S{depth}");
        let copies = [machine];
        machine = json!({"StartAt": name, "States": {name.clone(): {"Type": "Parallel", "Branches": copies, "End": true}}});
    }
    check_warnings(&machine, &[]);
}
