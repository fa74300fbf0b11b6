//! The form of documents.

use super::super::choices::OPERATORS;
use super::*;

#[test]
fn machines() {
    check_errors(
        &json!({}),
        &["SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"],
    );
    check_errors(
        &json!({"StartAt": 1, "States": {}, "Version": "2", "TimeoutSeconds": "1", "x": 1}),
        &[
            "SCHEMA_VALIDATION_FAILED: Field 'x' is not supported at /",
            "SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /StartAt",
            "SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /TimeoutSeconds",
            "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [1.0] at /Version",
            "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States",
        ],
    );
}

#[test]
fn states() {
    check_state(
        json!({}),
        &["SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at /States/S"],
    );
    check_state(
        json!(1),
        &["SCHEMA_VALIDATION_FAILED: Expected value of type [OBJECT] at /States/S"],
    );
    check_state(
        json!({"Type": "Nap"}),
        &[
            "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map] at /States/S/Type",
        ],
    );
    check_state(
        json!({"Type": "Pass", "TimeoutSeconds": 5, "Catch": [], "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/S",
            "SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Pass", "Next": "E", "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [Next, End] at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Map", "End": true, "MaxConcurrency": 1.5}),
        &[
            "SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [ItemProcessor, Iterator] at /States/S",
            "SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/S/MaxConcurrency",
        ],
    );
    check_state(
        json!({"Type": "Parallel", "Branches": [], "End": true}),
        &["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/S/Branches"],
    );
}

#[test]
fn numbers_and_times() {
    let resource = "arn:aws:lambda:us-east-1:111111111111:function:f";
    check_state(
        json!({"Type": "Task", "Resource": resource, "TimeoutSeconds": 0, "HeartbeatSeconds": 100_000_000, "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/S/TimeoutSeconds",
            "SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /States/S/HeartbeatSeconds",
        ],
    );
    check_state(
        json!({"Type": "Wait", "Seconds": "{% 1 %}", "End": true}),
        &["SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/S/Seconds"],
    );
    check_state(
        json!({"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% 1 %}", "End": true}),
        &[],
    );
    check_state(
        json!({"Type": "Wait", "Seconds": "${Seconds}", "End": true}),
        &[],
    );
    check_state(
        json!({"Type": "Wait", "Timestamp": "tomorrow", "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/S/Timestamp",
        ],
    );
}

#[test]
fn retry_and_catch() {
    check_state(
        json!({
            "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "End": true,
            "Retry": [
                {"ErrorEquals": [], "MaxAttempts": -1, "BackoffRate": 0.5, "JitterStrategy": "SOME", "x": 1},
                {"ErrorEquals": ["A", "States.ALL"], "MaxDelaySeconds": 0},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}, {"ErrorEquals": [1]}],
        }),
        &[
            "SCHEMA_VALIDATION_FAILED: Field 'x' is not supported at /States/S/Retry[0]",
            "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/S/Retry[0]/ErrorEquals",
            "SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/S/Retry[0]/MaxAttempts",
            "SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/S/Retry[0]/BackoffRate",
            "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [NONE, FULL] at /States/S/Retry[0]/JitterStrategy",
            "SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/S/Retry[1]/MaxDelaySeconds",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/S/Catch[1]",
            "SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /States/S/Catch[1]/ErrorEquals[0]",
            "SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at /States/S/Retry[1]/ErrorEquals",
            "SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at /States/S/Catch[0]/ErrorEquals",
        ],
    );
}

#[test]
fn choices() {
    let wrong = "SCHEMA_VALIDATION_FAILED";
    check_state(
        json!({"Type": "Choice", "Choices": [
            {"Variable": "$.a", "StringEquals": 1, "Next": "E"},
            {"Variable": "a", "IsNull": true, "Next": "E"},
            {"Variable": "$.a", "NumericEquals": 1, "IsNull": true, "Next": "E"},
            {"Next": "E"},
            {"Not": {"Variable": "$.a", "IsNull": true, "Next": "E"}, "Next": "E"},
            {"And": [], "Next": "E"},
            {"Variable": "$.a", "TimestampEquals": "now"},
            {"Variable": "$.a[*]", "IsNull": true, "Next": "E"},
            {"Variable": "$.a", "Resembles": 1, "IsNull": true, "Next": "E"},
        ]}),
        &[
            &format!("{wrong}: These fields are required: [Next] at /States/S/Choices[6]"),
            &format!(
                "{wrong}: Expected value of type [STRING] at /States/S/Choices[0]/StringEquals"
            ),
            &format!(
                "{wrong}: Value is not a Reference Path: Reference path didn't start with '$' at /States/S/Choices[1]/Variable"
            ),
            &format!(
                "{wrong}: There should only be one of the following fields: [{OPERATORS}] at /States/S/Choices[2]"
            ),
            &format!(
                "{wrong}: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/S/Choices[3]"
            ),
            &format!("{wrong}: Field 'Next' is not supported at /States/S/Choices[4]/Not"),
            &format!("{wrong}: Value cannot be empty at /States/S/Choices[5]/And"),
            &format!(
                "{wrong}: String does not match RFC3339 timestamp at /States/S/Choices[6]/TimestampEquals"
            ),
            &format!("{wrong}: Value is not a Reference Path at /States/S/Choices[7]/Variable"),
            &format!("{wrong}: Field 'Resembles' is not supported at /States/S/Choices[8]"),
        ],
    );
    check_state(
        json!({"Type": "Choice", "Choices": []}),
        &["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/S/Choices"],
    );
}
