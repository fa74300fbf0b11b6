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
        &["TASK_WITHOUT_RETRY /States/S"],
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
        &[
            "UNBOUNDED_LOOP /States/B",
            "UNBOUNDED_LOOP /States/C",
            "UNUSED_VARIABLE /States/B",
        ],
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
        &["UNKNOWN_VARIABLE /States/S"],
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
