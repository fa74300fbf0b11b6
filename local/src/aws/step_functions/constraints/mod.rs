//! What a request's members may be, checked before anything else: AWS names every member that is wrong in one
//! `ValidationException`. Which member of which operation may be what is the business of [`table`].

mod rules;
mod table;

use serde_json::Value;

use crate::aws::error::ApiError;

/// One member of a request.
struct Field {
    /// `a.b` inside an object, `a.member.b` inside every item of a list.
    path: &'static str,
    is_required: bool,
    rules: &'static [Rule],
}

/// What a member may be.
enum Rule {
    /// Text of so many characters.
    Text { least: usize, most: usize },
    /// The same for data, which no message repeats.
    Data { most: usize },
    /// A number in these bounds.
    Number { least: f64, most: f64 },
    /// One of these words, in the order in which AWS names them.
    OneOf(&'static [&'static str]),
    /// Text of a shape, said as a regular expression.
    Shape {
        pattern: &'static str,
        fits: fn(&str) -> bool,
    },
    /// A list of so many routes.
    Routes { most: usize },
}

/// Refuses a request whose members are not what they may be.
pub fn check(operation: &str, request: &Value) -> Result<(), ApiError> {
    let mut wrong = Vec::new();
    for field in table::of(operation) {
        let segments: Vec<&str> = field.path.split('.').collect();
        check_at(field, &segments, String::new(), request, &mut wrong);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let errors = if wrong.len() == 1 { "error" } else { "errors" };
    Err(ApiError::step_functions(
        "ValidationException",
        format!(
            "{} validation {errors} detected: {}",
            wrong.len(),
            wrong.join("; ")
        ),
    ))
}

fn check_at(
    field: &Field,
    segments: &[&str],
    place: String,
    value: &Value,
    wrong: &mut Vec<String>,
) {
    let Some((segment, rest)) = segments.split_first() else {
        wrong.extend(
            field
                .rules
                .iter()
                .filter_map(|rule| rule.refuse(value, &place)),
        );
        return;
    };
    if *segment == "member" {
        let items = value.as_array().into_iter().flatten();
        for (index, item) in items.enumerate() {
            check_at(
                field,
                rest,
                format!("{place}.{}.member", index + 1),
                item,
                wrong,
            );
        }
        return;
    }
    if !value.is_object() {
        return;
    }
    let place = match place.as_str() {
        "" => (*segment).to_owned(),
        outer => format!("{outer}.{segment}"),
    };
    match value.get(segment) {
        None | Some(Value::Null) if field.is_required && rest.is_empty() => wrong.push(format!(
            "Value null at '{place}' failed to satisfy constraint: Member must not be null"
        )),
        None | Some(Value::Null) => {}
        Some(inner) => check_at(field, rest, place, inner, wrong),
    }
}

impl Rule {
    /// The words for a value that does not keep the rule.
    fn refuse(&self, value: &Value, place: &str) -> Option<String> {
        let refused = |shown: &str, constraint: String| {
            Some(format!(
                "Value{shown} at '{place}' failed to satisfy constraint: Member must {constraint}"
            ))
        };
        let quoted = |shown: &dyn std::fmt::Display| format!(" '{shown}'");
        match (self, value) {
            (Self::Text { least, most }, Value::String(text)) => {
                let length = text.chars().count();
                let constraint = out_of_length(length, *least, *most)?;
                refused(&quoted(text), constraint)
            }
            (Self::Data { most }, Value::String(text)) => {
                refused("", out_of_length(text.len(), 0, *most)?)
            }
            (Self::Number { least, most }, Value::Number(number)) => {
                let size = number.as_f64()?;
                if size < *least {
                    let constraint = format!("have value greater than or equal to {least}");
                    refused(&quoted(number), constraint)
                } else if size > *most {
                    let constraint = format!("have value less than or equal to {most}");
                    refused(&quoted(number), constraint)
                } else {
                    None
                }
            }
            (Self::OneOf(words), Value::String(text)) if !words.contains(&text.as_str()) => {
                let constraint = format!("satisfy enum value set: [{}]", words.join(", "));
                refused(&quoted(text), constraint)
            }
            (Self::Shape { pattern, fits }, Value::String(text)) if !fits(text) => {
                let constraint = format!("satisfy regular expression pattern: {pattern}");
                refused(&quoted(text), constraint)
            }
            (Self::Routes { most }, Value::Array(routes)) => {
                let constraint = out_of_length(routes.len(), 1, *most)?;
                let shown: Vec<String> = routes.iter().map(route).collect();
                refused(&quoted(&format!("[{}]", shown.join(", "))), constraint)
            }
            _ => None,
        }
    }
}

fn out_of_length(length: usize, least: usize, most: usize) -> Option<String> {
    if length < least {
        Some(format!("have length greater than or equal to {least}"))
    } else if length > most {
        Some(format!("have length less than or equal to {most}"))
    } else {
        None
    }
}

/// A route as AWS' messages show it.
fn route(route: &Value) -> String {
    let member = |name: &str| match route.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "null".to_owned(),
    };
    format!(
        "RoutingConfigurationListItem(stateMachineVersionArn={}, weight={})",
        member("stateMachineVersionArn"),
        member("weight")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;

    #[track_caller]
    fn refuse(operation: &str, request: &Value, expected: &str) {
        let refused = check(operation, request).expect_err(expected);
        assert_eq!(refused.name, "ValidationException");
        assert_eq!(refused.message, expected);
    }

    const MACHINE: &str = "arn:aws:states:sa-east-1:000000000000:stateMachine:m";

    #[test]
    fn every_wrong_member_is_named_in_aws_words() {
        refuse(
            "ListExecutions",
            &json!({"maxResults": 1_001}),
            "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
        );
        refuse(
            "ListExecutions",
            &json!({"maxResults": -1, "statusFilter": "succeeded"}),
            "2 validation errors detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]; Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0",
        );
        refuse(
            "DescribeExecution",
            &json!({}),
            "1 validation error detected: Value null at 'executionArn' failed to satisfy constraint: Member must not be null",
        );
        refuse(
            "SendTaskSuccess",
            &json!({"taskToken": "t", "output": "x".repeat(262_145)}),
            "1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to 262144",
        );
        let aliased = |name: &str, weight: u32| json!({"name": name, "routingConfiguration": [{"stateMachineVersionArn": MACHINE, "weight": weight}]});
        refuse(
            "CreateStateMachineAlias",
            &aliased("123", 100),
            r"1 validation error detected: Value '123' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$",
        );
        refuse(
            "CreateStateMachineAlias",
            &aliased("live", 101),
            "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100",
        );
        let route = json!({"stateMachineVersionArn": "v", "weight": 50});
        refuse(
            "CreateStateMachineAlias",
            &json!({"name": "live", "routingConfiguration": [route, route, route]}),
            "1 validation error detected: Value '[RoutingConfigurationListItem(stateMachineVersionArn=v, weight=50), RoutingConfigurationListItem(stateMachineVersionArn=v, weight=50), RoutingConfigurationListItem(stateMachineVersionArn=v, weight=50)]' at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2",
        );
    }

    #[test]
    fn what_may_be_left_out_is_not_missed() {
        assert_eq!(check("ListExecutions", &json!({"nextToken": null})), Ok(()));
        assert_eq!(
            check(
                "TagResource",
                &json!({"resourceArn": MACHINE, "tags": [{"key": "a"}]})
            ),
            Ok(())
        );
        assert_eq!(check("NoSuchOperation", &json!({"name": 1})), Ok(()));
    }
}
