//! The expressions of JSONata states: that they can be read, and refer only to what there is.

use super::{findings::Findings, walk::StateAt};
use crate::{
    json::{Location, Node},
    jsonata,
    model::QueryLanguage,
};

/// Where expressions stand. Everything else that looks like one is text to AWS.
const FIELDS: &[&[&str]] = &[
    &["Arguments"],
    &["Output"],
    &["Assign"],
    &["Items"],
    &["ItemSelector"],
    &["TimeoutSeconds"],
    &["HeartbeatSeconds"],
    &["Seconds"],
    &["Timestamp"],
    &["Error"],
    &["Cause"],
    &["Credentials", "RoleArn"],
    &["MaxConcurrency"],
    &["ToleratedFailureCount"],
    &["ToleratedFailurePercentage"],
    &["ItemReader", "Arguments"],
    &["ItemReader", "ReaderConfig", "MaxItems"],
    &["ItemBatcher", "MaxItemsPerBatch"],
    &["ItemBatcher", "MaxInputBytesPerBatch"],
    &["ItemBatcher", "BatchInput"],
    &["ResultWriter", "Arguments"],
];

/// A text that may be an expression.
pub(super) struct ExpressionAt<'document> {
    pub(super) text: &'document str,
    pub(super) location: Location,
    /// Whether the error of a task is at hand.
    pub(super) in_catch: bool,
}

pub(super) fn check(state: &StateAt<'_>, findings: &mut Findings) {
    for expression in all(state) {
        one(&expression, findings);
    }
}

/// All texts of a JSONata state that may be expressions.
pub(super) fn all<'document>(state: &StateAt<'document>) -> Vec<ExpressionAt<'document>> {
    let mut found = Vec::new();
    if state.language != QueryLanguage::Jsonata {
        return found;
    }
    for way in FIELDS {
        let mut location = state.location.clone();
        let mut node = Some(state.node);
        for name in *way {
            location = location.name(name);
            node = node.and_then(|node| node.get(name));
        }
        if let Some(node) = node {
            texts(node, &location, false, &mut found);
        }
    }
    for (list, names) in [
        ("Choices", &["Condition", "Assign", "Output"][..]),
        ("Catch", &["Assign", "Output"]),
    ] {
        for (index, item) in state
            .node
            .get(list)
            .map(Node::elements)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            for name in names {
                let location = state.location.name(list).index(index).name(name);
                if let Some(node) = item.get(name) {
                    texts(node, &location, list == "Catch", &mut found);
                }
            }
        }
    }
    found
}

fn texts<'document>(
    node: &'document Node,
    location: &Location,
    in_catch: bool,
    found: &mut Vec<ExpressionAt<'document>>,
) {
    if let Some(text) = node.text() {
        found.push(ExpressionAt {
            text,
            location: location.clone(),
            in_catch,
        });
    }
    for (index, element) in node.elements().iter().enumerate() {
        texts(element, &location.index(index), in_catch, found);
    }
    for member in node.members() {
        texts(&member.node, &location.name(&member.name), in_catch, found);
    }
}

fn one(at: &ExpressionAt<'_>, findings: &mut Findings) {
    let Some(expression) = jsonata::expression(at.text) else {
        if at.text.starts_with("{%") || at.text.ends_with("%}") {
            findings.schema(
                &at.location,
                "JSONata string must start with {% and end with %}",
            );
        } else if at.location.pointer().ends_with("/Condition")
            && at.location.to_string().ends_with("]/Condition")
        {
            findings.schema(&at.location, "Expected value of type [BOOLEAN]");
        }
        return;
    };
    let references = match jsonata::analyse(expression) {
        Ok(references) => references,
        Err(sentence) => {
            findings.error("INVALID_JSONATA_EXPRESSION", Some(&at.location), sentence);
            return;
        }
    };
    let mut unsupported = |message: String| {
        findings.error(
            "UNSUPPORTED_JSONATA_EXPRESSION",
            Some(&at.location),
            message,
        )
    };
    for name in &references.top_level {
        unsupported(format!(
            "Reference to '{name}' at the top level is not supported."
        ));
    }
    if references.uses_root {
        unsupported("Reference to '$$' is not supported.".to_owned());
    }
    if references.states.contains("errorOutput") && !at.in_catch {
        unsupported("Field '$states.errorOutput' does not exist.".to_owned());
    }
}
