//! What the optimised integrations ask of a request before they send it. What services ask is the services' business.

use comanda_asl::Integration;
use serde_json::Value;

/// What is wrong with a request, in AWS's words.
pub(crate) fn problems(call: &Integration, request: &Value) -> Vec<String> {
    match (call.service.as_str(), call.action.as_str()) {
        ("apigateway", "invoke") => ["Headers", "QueryParameters"]
            .into_iter()
            .filter(|field| !are_lists(&request[*field]))
            .map(|field| format!("The value of the field '{field}' has an invalid format"))
            .collect(),
        _ => Vec::new(),
    }
}

/// Headers and the like may come several times: each has a list of values, or none.
fn are_lists(values: &Value) -> bool {
    match values {
        Value::Null => true,
        Value::Object(values) => values
            .values()
            .all(|value| value.is_array() || value.is_null()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(request: &Value, expected: &[&str]) {
        let call = Integration::new("apigateway", "invoke");
        assert_eq!(problems(&call, request), expected);
    }

    #[test]
    fn headers_and_query_parameters_are_lists() {
        check(&json!({ "Headers": { "a": ["1", "2"], "b": null } }), &[]);
        check(
            &json!({ "Headers": { "a": "1" }, "QueryParameters": "?a=1" }),
            &[
                "The value of the field 'Headers' has an invalid format",
                "The value of the field 'QueryParameters' has an invalid format",
            ],
        );
    }
}
