//! The rules of a Choice: one selector each, one comparison, and `Next` on the outside only.

use super::findings::Findings;
use super::walk::StateAt;
use crate::{
    json::{Kind, Location, Node},
    jsonpath::JsonPath,
    model::{OperandType, Operator, QueryLanguage},
    timestamp,
};

const SELECTORS: &[&str] = &["And", "Or", "Not", "Variable", "Condition"];
/// The operators in the order in which AWS names them.
pub(super) const OPERATORS: &str = "StringEquals, IsBoolean, StringLessThan, IsNumeric, BooleanEquals, StringLessThanEqualsPath, \
    NumericLessThan, NumericGreaterThan, NumericLessThanPath, StringMatches, \
    TimestampLessThanEqualsPath, NumericEquals, TimestampGreaterThan, StringGreaterThanEqualsPath, \
    TimestampGreaterThanEqualsPath, TimestampLessThanEquals, NumericLessThanEqualsPath, \
    TimestampEquals, BooleanEqualsPath, IsTimestamp, StringLessThanEquals, NumericLessThanEquals, \
    StringLessThanPath, TimestampGreaterThanPath, StringGreaterThan, StringGreaterThanPath, IsString, \
    StringEqualsPath, TimestampEqualsPath, TimestampLessThan, StringGreaterThanEquals, \
    NumericGreaterThanPath, NumericGreaterThanEquals, NumericEqualsPath, TimestampLessThanPath, IsNull, \
    IsPresent, TimestampGreaterThanEquals, NumericGreaterThanEqualsPath";
const OF_RULES: &[&str] = &["Next", "Comment", "Assign", "Output"];

pub(super) fn check(state: &StateAt<'_>, findings: &mut Findings) {
    let rules = state
        .node
        .get("Choices")
        .map(Node::elements)
        .unwrap_or_default();
    for (index, rule) in rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.is_object())
    {
        let location = state.location.name("Choices").index(index);
        match state.language {
            QueryLanguage::Jsonata => jsonata(rule, &location, findings),
            QueryLanguage::JsonPath => jsonpath(rule, &location, true, findings),
        }
    }
}

fn jsonata(rule: &Node, location: &Location, findings: &mut Findings) {
    unknown(rule, location, &["Condition", "Variable"], true, findings);
    match rule.get("Condition").map(|condition| &condition.kind) {
        // Whether the text is an expression is looked at with all the others.
        Some(Kind::Boolean(_) | Kind::Text(_)) => {}
        Some(_) => findings.schema(
            &location.name("Condition"),
            "Expected value of type [BOOLEAN]",
        ),
        None => selectors_missing(location, findings),
    }
}

/// A rule, or a condition inside one: what is inside has neither `Next` nor anything else that makes a rule.
fn jsonpath(rule: &Node, location: &Location, is_rule: bool, findings: &mut Findings) {
    if !rule.is_object() {
        findings.schema(location, "Expected value of type [OBJECT]");
        return;
    }
    let selectors: Vec<&str> = SELECTORS
        .iter()
        .copied()
        .filter(|name| rule.get(name).is_some())
        .collect();
    let [selector] = selectors.as_slice() else {
        selectors_missing(location, findings);
        return;
    };
    unknown(rule, location, SELECTORS, is_rule, findings);
    match *selector {
        "Variable" => comparison(rule, location, findings),
        "Not" => {
            if let Some(inner) = rule.get("Not") {
                jsonpath(inner, &location.name("Not"), false, findings);
            }
        }
        name => {
            let elements = rule.get(name).map(Node::elements).unwrap_or_default();
            if elements.is_empty() && name != "Condition" {
                findings.schema(&location.name(name), "Value cannot be empty");
            }
            for (index, inner) in elements.iter().enumerate() {
                jsonpath(inner, &location.name(name).index(index), false, findings);
            }
        }
    }
}

fn selectors_missing(location: &Location, findings: &mut Findings) {
    let names = SELECTORS.join(", ");
    findings.schema(
        location,
        format!("The object must have only one of the following fields, [{names}]"),
    );
}

fn unknown(
    rule: &Node,
    location: &Location,
    known: &[&str],
    is_rule: bool,
    findings: &mut Findings,
) {
    for member in rule.members() {
        let name = member.name.as_str();
        let belongs = if is_rule {
            OF_RULES.contains(&name)
        } else {
            name == "Comment"
        };
        if !belongs && !known.contains(&name) && Operator::parse(name).is_none() {
            findings.schema_of(location, name, format!("Field '{name}' is not supported"));
        }
    }
}

fn comparison(rule: &Node, location: &Location, findings: &mut Findings) {
    path(rule, "Variable", location, findings);
    let operators: Vec<(&str, Operator, bool)> = rule
        .members()
        .iter()
        .filter_map(|member| {
            Operator::parse(&member.name)
                .map(|(operator, by_path)| (member.name.as_str(), operator, by_path))
        })
        .collect();
    match operators.as_slice() {
        [(name, _, true)] => path(rule, name, location, findings),
        [(name, operator, false)] => {
            if let Some(operand) = rule.get(name) {
                literal(operand, *operator, &location.name(name), findings);
            }
        }
        [] => findings.schema(
            location,
            format!("This object should have only one of the following fields: [{OPERATORS}]"),
        ),
        _ => findings.schema(
            location,
            format!("There should only be one of the following fields: [{OPERATORS}]"),
        ),
    }
}

fn path(rule: &Node, name: &str, location: &Location, findings: &mut Findings) {
    let location = location.name(name);
    match rule.text_of(name) {
        None => findings.schema(&location, "Expected value of type [STRING]"),
        Some(text) if !text.starts_with('$') => {
            findings.schema(
                &location,
                "Value is not a Reference Path: Reference path didn't start with '$'",
            );
        }
        Some(text) => match JsonPath::parse(text) {
            Ok(path) if path.is_reference() => {}
            Ok(_) => findings.schema(&location, "Value is not a Reference Path"),
            Err(error) => {
                findings.schema(&location, format!("Value is not a Reference Path: {error}"))
            }
        },
    }
}

fn literal(operand: &Node, operator: Operator, location: &Location, findings: &mut Findings) {
    let expected = match (operator.operand_type(), &operand.kind) {
        (OperandType::Text, Kind::Text(_))
        | (OperandType::Number, Kind::Number(_))
        | (OperandType::Boolean | OperandType::Test, Kind::Boolean(_)) => return,
        (OperandType::Timestamp, Kind::Text(text)) => {
            if !timestamp::is_rfc3339(text) && !text.contains("${") {
                findings.schema(location, "String does not match RFC3339 timestamp");
            }
            return;
        }
        (_, Kind::Text(text)) if text.starts_with("${") => return,
        (OperandType::Text | OperandType::Timestamp, _) => "[STRING]",
        (OperandType::Number, _) => "[NUMBER]",
        (OperandType::Boolean | OperandType::Test, _) => "[BOOLEAN]",
    };
    findings.schema(location, format!("Expected value of type {expected}"));
}
