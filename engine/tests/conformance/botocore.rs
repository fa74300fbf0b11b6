//! Where the recorder wrote down what its client said, this finds what the service said.

use serde_json::Value;

/// An expectation without the client's own words.
pub fn as_the_service_says(expected: &Value) -> Value {
    let mut expected = expected.clone();
    let exception = &mut expected["exception"];
    let message = exception["message"].as_str().unwrap_or_default().to_owned();
    if exception["code"] == "ParamValidationError" {
        // The client knows the API's constraints and does not even ask.
        if let Some(words) = length_constraint(&message) {
            exception["code"] = "ValidationException".into();
            exception["message"] = words.into();
        }
    } else if let Some(words) = around(&message) {
        exception["message"] = words.into();
    }
    if expected["exception"].is_null()
        && let Some(fields) = expected.as_object_mut()
    {
        fields.shift_remove("exception");
    }
    expected
}

/// `An error occurred (Code) when calling the Action operation: words`, as a client's exception prints itself.
fn around(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("An error occurred (")?;
    rest.split_once(" operation: ").map(|(_, words)| words)
}

fn length_constraint(message: &str) -> Option<String> {
    let rest = message.split_once("Invalid length for parameter ")?.1;
    let (member, rest) = rest.split_once(", value: 0, valid min length: ")?;
    Some(format!(
        "1 validation error detected: Value '' at '{member}' failed to satisfy constraint: Member must have length greater \
         than or equal to {rest}"
    ))
}
