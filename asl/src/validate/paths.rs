//! The path fields of JSONPath states.

use super::{findings::Findings, walk::StateAt};
use crate::{
    intrinsic::{Expression, Function},
    json::{Location, Node},
    jsonpath::{JsonPath, Root},
    model::QueryLanguage,
};

/// Fields that take any path.
const PATHS: &[&[&str]] = &[&["InputPath"], &["OutputPath"]];

/// Fields that take a path to one place.
const REFERENCE_PATHS: &[&[&str]] = &[
    &["ItemsPath"],
    &["TimeoutSecondsPath"],
    &["HeartbeatSecondsPath"],
    &["SecondsPath"],
    &["TimestampPath"],
    &["MaxConcurrencyPath"],
    &["ToleratedFailurePercentagePath"],
    &["ToleratedFailureCountPath"],
    &["ItemReader", "ReaderConfig", "MaxItemsPath"],
    &["ItemBatcher", "MaxItemsPerBatchPath"],
    &["ItemBatcher", "MaxInputBytesPerBatchPath"],
];

/// Fields that take a path or a call that yields text.
const TEXT_EXPRESSIONS: &[&str] = &["ErrorPath", "CausePath"];

/// The functions that yield text, or may.
const TEXT_FUNCTIONS: &[Function] = &[
    Function::Format,
    Function::JsonToString,
    Function::ArrayGetItem,
    Function::Base64Encode,
    Function::Base64Decode,
    Function::Hash,
    Function::UUID,
];

pub(super) fn check(state: &StateAt<'_>, findings: &mut Findings) {
    if state.language != QueryLanguage::JsonPath {
        return;
    }
    for way in PATHS {
        with_text(state, way, |text, location| {
            any_path(text, location, findings)
        });
    }
    for way in REFERENCE_PATHS {
        with_text(state, way, |text, location| {
            reference_path(text, location, findings);
        });
    }
    with_text(state, &["ResultPath"], |text, location| {
        result_path(text, location, findings)
    });
    for (index, catcher) in state
        .node
        .get("Catch")
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        if let Some(text) = catcher.text_of("ResultPath") {
            result_path(
                text,
                &state.location.name("Catch").index(index).name("ResultPath"),
                findings,
            );
        }
    }
    for name in TEXT_EXPRESSIONS {
        with_text(state, &[name], |text, location| {
            text_expression(text, location, findings)
        });
    }
}

fn with_text(state: &StateAt<'_>, way: &[&str], mut check: impl FnMut(&str, &Location)) {
    let mut location = state.location.clone();
    let mut node = Some(state.node);
    for name in way {
        location = location.name(name);
        node = node.and_then(|node| node.get(name));
    }
    if let Some(text) = node
        .and_then(Node::text)
        .filter(|text| !text.starts_with("${"))
    {
        check(text, &location);
    }
}

fn any_path(text: &str, location: &Location, findings: &mut Findings) {
    if JsonPath::parse(text).is_err() {
        findings.schema(location, "Value must be a valid JSONPath.");
    }
}

fn reference_path(text: &str, location: &Location, findings: &mut Findings) -> Option<JsonPath> {
    match JsonPath::parse(text) {
        Ok(path) if path.is_reference() => return Some(path),
        Ok(_) => findings.schema(location, "Value is not a Reference Path"),
        Err(_) => findings.schema(location, "Value must be a valid JSONPath."),
    }
    None
}

/// A result goes into the state's own data: neither the context object nor a variable takes it.
fn result_path(text: &str, location: &Location, findings: &mut Findings) {
    if reference_path(text, location, findings).is_some_and(|path| path.root != Root::Data) {
        findings.schema(location, "Value is not a Reference Path");
    }
}

fn text_expression(text: &str, location: &Location, findings: &mut Findings) {
    let is_text = match Expression::parse(text) {
        Ok(Expression::Path(_)) => true,
        Ok(Expression::Call(call)) => TEXT_FUNCTIONS.contains(&call.function),
        Err(_) => false,
    };
    if !is_text {
        findings.schema(
            location,
            "Value must be a valid JSONPath or a valid intrinsic function call that returns a string",
        );
    }
}
