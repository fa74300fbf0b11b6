//! Which fields belong to which query language, and where the language may change.

use super::{
    findings::Findings,
    walk::{MachineAt, StateAt},
};
use crate::{json::Node, model::QueryLanguage};

const JSONPATH_ONLY: &[&str] = &[
    "InputPath",
    "OutputPath",
    "ResultPath",
    "Parameters",
    "ResultSelector",
    "Result",
    "ItemsPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "SecondsPath",
    "TimestampPath",
    "MaxConcurrencyPath",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCountPath",
    "ErrorPath",
    "CausePath",
];
const JSONATA_ONLY: &[&str] = &["Output", "Arguments", "Items"];

pub(super) fn check(state: &StateAt<'_>, machines: &[MachineAt<'_>], findings: &mut Findings) {
    let is_jsonata_machine = machines
        .first()
        .is_some_and(|root| root.node.get("QueryLanguage").is_some() && is_jsonata(root.node));
    // A state that goes back to JSONPath is told that and nothing else about languages.
    if is_jsonata_machine && state.node.text_of("QueryLanguage") == Some("JSONPath") {
        findings.schema(
            &state.location,
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        );
        return;
    }
    mixed(state.node, state, &state.location, findings);
    for (index, rule) in state
        .node
        .get("Choices")
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let location = state.location.name("Choices").index(index);
        let (foreign, other) = match state.language {
            QueryLanguage::JsonPath => (&["Condition", "Output"][..], QueryLanguage::Jsonata),
            QueryLanguage::Jsonata => (&["Variable"][..], QueryLanguage::JsonPath),
        };
        report(rule, foreign, state.language, other, &location, findings);
    }
    for (index, catcher) in state
        .node
        .get("Catch")
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let location = state.location.name("Catch").index(index);
        mixed(catcher, state, &location, findings);
    }
}

fn mixed(
    node: &Node,
    state: &StateAt<'_>,
    location: &crate::json::Location,
    findings: &mut Findings,
) {
    let (foreign, other) = match state.language {
        QueryLanguage::JsonPath => (JSONATA_ONLY, QueryLanguage::Jsonata),
        QueryLanguage::Jsonata => (JSONPATH_ONLY, QueryLanguage::JsonPath),
    };
    report(node, foreign, state.language, other, location, findings);
}

fn report(
    node: &Node,
    foreign: &[&str],
    language: QueryLanguage,
    other: QueryLanguage,
    location: &crate::json::Location,
    findings: &mut Findings,
) {
    for name in foreign.iter().filter(|name| node.get(name).is_some()) {
        let (language, other) = (language.as_str(), other.as_str());
        findings.schema_of(
            location,
            name,
            format!(
                "The QueryLanguage is set to '{language}', but field '{name}' is only supported for the '{other}' \
                 QueryLanguage"
            ),
        );
    }
}

fn is_jsonata(node: &Node) -> bool {
    super::walk::language(node, QueryLanguage::JsonPath) == QueryLanguage::Jsonata
}
