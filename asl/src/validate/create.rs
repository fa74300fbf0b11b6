//! How CreateStateMachine and its like refuse a definition.

use std::fmt::Write as _;

use super::{Checked, Diagnostic, names};
use crate::json::Node;

/// An API error: its name and its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The exception's name.
    pub exception: &'static str,
    /// The exception's message.
    pub message: String,
}

/// The answer to somebody who wants to create a state machine from this text, if AWS would not.
#[must_use]
pub fn refusal(checked: &Checked, text: &str) -> Option<Refusal> {
    let errors: Vec<&Diagnostic> = checked
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .collect();
    let first = errors.first()?;
    let message = if first.code == "INVALID_LABEL_NAME" {
        label(text)
    } else {
        // A finding without a place has the place `null`, as measured.
        let parts: Vec<String> = errors
            .iter()
            .map(|error| {
                let location = error.location_text().unwrap_or_else(|| "null".to_owned());
                format!("{}: {} at {location}", error.code, error.message)
            })
            .collect();
        Some(format!(
            "Invalid State Machine Definition: '{}'",
            parts.join(", ")
        ))
    };
    message.map(|message| Refusal {
        exception: "InvalidDefinition",
        message,
    })
}

/// Labels have words of their own in the recordings, those of a Python exception.
fn label(text: &str) -> Option<String> {
    let root = crate::json::read(text).ok()?;
    let problem = find_label(&root)?;
    let sentence = match problem {
        names::LabelProblem::Character(character) => {
            format!(
                "Label contains invalid character: {}",
                python_character(character)
            )
        }
        other => other.to_string(),
    };
    let quoted = python_text(&sentence);
    Some(format!(
        "Error=ValueError Args=[{quoted}] in definition '{text}'."
    ))
}

fn find_label(node: &Node) -> Option<names::LabelProblem> {
    let own = node.text_of("Label").and_then(names::label_problem);
    own.or_else(|| {
        node.members()
            .iter()
            .find_map(|member| find_label(&member.node))
    })
    .or_else(|| node.elements().iter().find_map(find_label))
}

/// A text as Python's `repr` writes it.
fn python_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut written = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            _ if character == quote => {
                written.push('\\');
                written.push(character);
            }
            _ if character.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(written, "\\x{:02x}", u32::from(character));
            }
            _ => written.push(character),
        }
    }
    written.push(quote);
    written
}

fn python_character(character: char) -> String {
    python_text(&character.to_string())
}
