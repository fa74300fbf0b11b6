//! What the optimised integrations ask of a request before they send it. What services ask is the services' business.

use comanda_asl::Integration;
use serde_json::Value;

/// What a request does not say and must, in AWS's words.
pub(crate) fn missing(call: &Integration, request: &Value) -> Vec<String> {
    let required = call.optimised().map_or(&[][..], |action| action.required);
    let missing = required.iter().filter(|field| request.get(field).is_none());
    missing
        .map(|field| format!("The field '{field}' is required but was missing"))
        .collect()
}

/// What is wrong with what a request says.
pub(crate) fn problems(call: &Integration, request: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    match (call.service.as_str(), call.action.as_str()) {
        ("apigateway", "invoke") => problems.extend(
            ["Headers", "QueryParameters"]
                .into_iter()
                .filter(|field| !are_lists(&request[*field]))
                .map(|field| format!("The value of the field '{field}' has an invalid format")),
        ),
        ("lambda", "invoke") if request["Payload"].is_number() => {
            problems.push("The value for the field 'Payload' must be a STRING".to_owned());
        }
        _ => {}
    }
    problems
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
    fn check_call(call: &str, request: &Value, expected: &[&str]) {
        let (service, action) = call.split_once(':').unwrap_or_default();
        let call = Integration::new(service, action);
        let mut problems = missing(&call, request);
        problems.extend(super::problems(&call, request));
        assert_eq!(problems, expected);
    }

    #[track_caller]
    fn check(request: &Value, expected: &[&str]) {
        let mut request = request.clone();
        request["ApiEndpoint"] = json!("x");
        request["Method"] = json!("GET");
        check_call("apigateway:invoke", &request, expected);
    }

    #[test]
    fn what_is_required_must_be_there() {
        check_call(
            "sqs:sendMessage",
            &json!({ "QueueUrl": "q" }),
            &["The field 'MessageBody' is required but was missing"],
        );
        check_call("dynamodb:query", &json!({}), &[]);
        check_call(
            "lambda:invoke",
            &json!({ "FunctionName": "f", "Payload": 1 }),
            &["The value for the field 'Payload' must be a STRING"],
        );
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
