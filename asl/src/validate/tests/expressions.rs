//! JSONata in definitions.

use super::*;

#[track_caller]
fn check_output(output: Value, expected: &[&str]) {
    check_state(
        json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": output, "End": true}),
        expected,
    );
}

#[test]
fn expressions() {
    check_output(
        json!({"a": ["{% $states.input.b %}", "text", 1], "c": "{%1%}"}),
        &[],
    );
    check_output(
        json!("{% 1 + %}"),
        &["INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/S/Output"],
    );
    check_output(
        json!({"v": ["{% aaa + bbb %}"]}),
        &[
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'aaa' at the top level is not supported. at /States/S/Output/v[0]",
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'bbb' at the top level is not supported. at /States/S/Output/v[0]",
        ],
    );
    check_output(
        json!("{% $$ %}"),
        &[
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/S/Output",
        ],
    );
    check_output(
        json!("{% $states.errorOutput.Cause %}"),
        &[
            "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/S/Output",
        ],
    );
    for text in ["{% 1", "1 %}", "{%}"] {
        check_output(
            json!(text),
            &[
                "SCHEMA_VALIDATION_FAILED: JSONata string must start with {% and end with %} at /States/S/Output",
            ],
        );
    }
}

#[test]
fn conditions_and_catchers() {
    check_state(
        json!({"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [
            {"Condition": "{% true %}", "Next": "E"}, {"Condition": true, "Next": "E"},
            {"Condition": "yes", "Next": "E"}, {"Condition": 1, "Next": "E"}, {"Next": "E"},
            {"Condition": "{% phone = 1 %}", "Output": "{% $x %}", "Next": "E"},
        ]}),
        &[
            "SCHEMA_VALIDATION_FAILED: Expected value of type [BOOLEAN] at /States/S/Choices[3]/Condition",
            "SCHEMA_VALIDATION_FAILED: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/S/Choices[4]",
            "SCHEMA_VALIDATION_FAILED: Expected value of type [BOOLEAN] at /States/S/Choices[2]/Condition",
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/S/Choices[5]/Condition",
        ],
    );
    check_state(
        json!({
            "Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "End": true,
            "Comment": "{% phone %}",
            "Catch": [{"ErrorEquals": ["{% phone %}"], "Output": "{% $states.errorOutput %}", "Next": "E"}],
        }),
        &[],
    );
}

#[test]
fn variables() {
    check_state(
        json!({"Type": "Pass", "Assign": {"states": 1, "1a": 2, "a.$": "$.a", "ação_2": 3}, "End": true}),
        &[
            "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/S/Assign/states",
            "INVALID_VARIABLE_NAME: Invalid variable name '1a': the variable name contains invalid characters. at /States/S/Assign/1a",
        ],
    );
}
