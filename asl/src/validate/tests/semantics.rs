//! What no table can say: names, ways, languages, resources.

use super::*;

#[test]
fn transitions() {
    check_errors(
        &json!({"StartAt": "Nope", "States": {"A": {"Type": "Pass", "End": true}}}),
        &[
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nope at /StartAt",
            "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A",
        ],
    );
    // Without an end AWS does not look for what is not reached.
    check_errors(
        &json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}, "B": {"Type": "Pass", "Next": "A"}}}),
        &["MISSING_END_STATE: Workflow has no terminal state"],
    );
    check_state(
        json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "X"}], "Default": "Y"}),
        &[
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/S/Choices[0]/Next",
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: Y at /States/S/Default",
        ],
    );
    // A branch cannot leave itself.
    check_state(
        json!({"Type": "Parallel", "Next": "E", "Branches": [
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "E"}, "B": {"Type": "Succeed"}}}
        ]}),
        &[
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: E at /States/S/Branches[0]/States/A/Next",
            "MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at /States/S/Branches[0]/States/B",
        ],
    );
}

#[test]
fn names() {
    let long = "x".repeat(81);
    check_errors(
        &json!({"StartAt": &long, "States": {&long: {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": &long, "States": {&long: {"Type": "Succeed"}}}
        ]}}}),
        &[
            &format!(
                "INVALID_STATE_NAME: Invalid State name: State exceeds the 80-character limit allowed by the service at /States/{long}"
            ),
            &format!(
                "INVALID_STATE_NAME: Invalid State name: State exceeds the 80-character limit allowed by the service at /States/{long}/Branches[0]/States/{long}"
            ),
            &format!(
                "DUPLICATE_STATE_NAME: Duplicate State name: {long} at /States/{long}/Branches[0]/States/{long}"
            ),
        ],
    );
    let map = |label: &str, next: &str, inner: &str| {
        json!({"Type": "Map", "Label": label, "Next": next, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": inner, "States": {inner: {"Type": "Succeed"}}
        }})
    };
    check_errors(
        &json!({"StartAt": "A", "States": {
            "A": map("same", "B", "a"), "B": map("same", "C", "b"), "C": map("a b", "E", "c"), "E": {"Type": "Succeed"}
        }}),
        &[
            "DUPLICATE_LABEL_NAME: Duplicate Label name: same at /States/B/Label",
            "INVALID_LABEL_NAME: Label contains invalid character: ' ' at /States/C/Label",
        ],
    );
}

#[test]
fn languages() {
    check_state(
        json!({"Type": "Pass", "Output": 1, "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Pass", "QueryLanguage": "jsonata", "InputPath": "$", "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/S",
            "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at /States/S/QueryLanguage",
        ],
    );
    // The language of a Map is not that of the states in it, and a processor has none.
    check_state(
        json!({"Type": "Map", "QueryLanguage": "JSONata", "Items": [1], "End": true, "ItemProcessor": {
            "QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": {"Type": "Pass", "Output": 1, "End": true}}
        }}),
        &[
            "SCHEMA_VALIDATION_FAILED: Field 'QueryLanguage' is not supported at /States/S/ItemProcessor",
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S/ItemProcessor/States/P",
        ],
    );
}

#[test]
fn paths_and_templates() {
    check_state(
        json!({
            "Type": "Map", "End": true, "InputPath": "a", "ItemsPath": "$.a[*]", "ResultPath": "$$.a",
            "MaxConcurrencyPath": "States.UUID()",
            "ItemSelector": {"a.$": "b", "c": [{"d.$": 1}], "e": 1, "e.$": "$.e"},
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Fail", "ErrorPath": "States.MathAdd(1, 2)"}}},
        }),
        &[
            "SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. at /States/S/InputPath",
            "SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/S/ItemsPath",
            "SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. at /States/S/MaxConcurrencyPath",
            "SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/S/ResultPath",
            "SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/ItemSelector",
            "SCHEMA_VALIDATION_FAILED: The value for the field 'd.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/ItemSelector/c[0]",
            "SCHEMA_VALIDATION_FAILED: The field 'e' is given twice, as 'e' and as 'e.$' at /States/S/ItemSelector",
            "SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath or a valid intrinsic function call that returns a string at /States/S/ItemProcessor/States/I/ErrorPath",
        ],
    );
}

#[test]
fn resources() {
    let refused = |resource: &str, sentence: &str| {
        check_state(
            json!({"Type": "Task", "Resource": resource, "End": true}),
            &[&format!(
                "SCHEMA_VALIDATION_FAILED: {sentence} at /States/S/Resource"
            )],
        );
    };
    refused("invoke", "Value is not a valid resource ARN");
    for resource in [
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::glue:startJobRun.sync:2",
        "arn:aws:states:::glue:startJobRun.waitForTaskToken",
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::foo:bar",
        "arn:aws:states:::aws-sdk:s3:getObject.sync",
    ] {
        refused(
            resource,
            &format!("The resource provided {resource} is not recognized"),
        );
    }
    let text = machine_of(
        json!({"Type": "Task", "Next": "E", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {"StateMachineArn.$": "$.a"}}),
    );
    let express = check(&text.to_string(), WorkflowKind::Express);
    assert_eq!(
        lines(&express.diagnostics, Severity::Error),
        [
            "SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service integration at /States/S/Resource"
        ]
    );
}

#[test]
fn requests() {
    let call = "arn:aws:states:::sqs:sendMessage";
    check_state(
        json!({"Type": "Task", "Resource": call, "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: Parameters field is required for resource ARN: arn:aws:states:::sqs:sendMessage at /States/S",
        ],
    );
    check_state(
        json!({"Type": "Task", "Resource": call, "Parameters": {"QueueUrl.$": "$.u"}, "End": true}),
        &[
            "SCHEMA_VALIDATION_FAILED: The field 'MessageBody' is required but was missing at /States/S/Parameters",
        ],
    );
    check_state(
        json!({"Type": "Task", "QueryLanguage": "JSONata", "Resource": call, "Arguments": "{% $x %}", "End": true}),
        &[],
    );
}

#[test]
fn distributed_maps() {
    check_state(
        json!({
            "Type": "Map", "End": true,
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:putObject",
                "ReaderConfig": {"InputType": "CSV", "MaxItems": 1, "MaxItemsPath": "$.m"}
            },
            "ResultWriter": {},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}
            },
        }),
        &[
            "SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [MaxItems, MaxItemsPath] at /States/S/ItemReader/ReaderConfig",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [ExecutionType] at /States/S/ItemProcessor/ProcessorConfig",
            "SCHEMA_VALIDATION_FAILED: The field 'Resource' does not match any of the allowed values at /States/S/ItemReader/Resource",
            "SCHEMA_VALIDATION_FAILED: The field 'CSVHeaderLocation' is required at /States/S/ItemReader/ReaderConfig",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [Resource] at /States/S/ResultWriter",
        ],
    );
}

#[test]
fn the_numbers_of_a_retrier_are_not_computed() {
    check_state(
        json!({
            "Type": "Task", "QueryLanguage": "JSONata", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f",
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": "{% 1 %}"}],
        }),
        &[
            "SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/S/Retry[0]/MaxAttempts",
        ],
    );
}

#[test]
fn readers_of_items() {
    let reader = |resource: &str, config: Value, sentences: &[&str]| {
        let lines: Vec<String> = sentences
            .iter()
            .map(|sentence| format!("SCHEMA_VALIDATION_FAILED: {sentence}"))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check_state(
            json!({
                "Type": "Map", "End": true,
                "ItemReader": {"Resource": format!("arn:aws:states:::s3:{resource}"), "ReaderConfig": config, "Parameters": {"Bucket": "b"}},
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "I", "States": {"I": {"Type": "Succeed"}},
                },
            }),
            &lines,
        );
    };
    let place = "at /States/S/ItemReader/ReaderConfig";
    reader(
        "getObject",
        json!({"InputType": "JSON", "ItemsPointer": "data/items"}),
        &[&format!(
            "Invalid input: JSON Pointer expression must start with '/': \"data/items\" {place}/ItemsPointer"
        )],
    );
    reader(
        "getObject",
        json!({"InputType": "JSONL", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["id"]}),
        &[
            &format!("Field 'CSVHeaderLocation' is not supported {place}"),
            &format!("Field 'CSVHeaders' is not supported {place}"),
        ],
    );
    reader(
        "getObject",
        json!({"InputType": "JSON", "ManifestType": "ATHENA_DATA"}),
        &[&format!("Field 'ManifestType' is not supported {place}")],
    );
    reader(
        "listObjectsV2",
        json!({"Transformation": "LOAD_AND_FLATTEN"}),
        &[&format!("The field 'InputType' is required {place}")],
    );
}
