//! Names: of states, unique over all machines inside each other, and the labels of Maps.

use std::collections::BTreeSet;

use super::{findings::Findings, walk::MachineAt};

const STATE_NAME_CHARACTERS_MAX: usize = 80;
const LABEL_CHARACTERS_MAX: usize = 40;

pub(super) fn check(machines: &[MachineAt<'_>], findings: &mut Findings) {
    let mut names = BTreeSet::new();
    let mut labels = BTreeSet::new();
    for state in machines.iter().flat_map(|machine| &machine.states) {
        if state.name.chars().count() > STATE_NAME_CHARACTERS_MAX {
            findings.error(
                "INVALID_STATE_NAME",
                Some(&state.location),
                "Invalid State name: State exceeds the 80-character limit allowed by the service",
            );
        }
        if !names.insert(state.name) {
            let message = format!("Duplicate State name: {}", state.name);
            findings.error("DUPLICATE_STATE_NAME", Some(&state.location), message);
        }
        let Some(label) = state.node.text_of("Label") else {
            continue;
        };
        let location = state.location.name("Label");
        if let Some(problem) = label_problem(label) {
            findings.error("INVALID_LABEL_NAME", Some(&location), problem.to_string());
        }
        if !labels.insert(label) {
            findings.error(
                "DUPLICATE_LABEL_NAME",
                Some(&location),
                format!("Duplicate Label name: {label}"),
            );
        }
    }
}

/// What is wrong with a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum LabelProblem {
    #[error("Label cannot be empty")]
    Empty,
    #[error("Label cannot exceed 40 characters")]
    TooLong,
    #[error("Label contains invalid character: {0:?}")]
    Character(char),
}

/// A label becomes part of execution names and may contain what they may.
pub(super) fn label_problem(label: &str) -> Option<LabelProblem> {
    if label.is_empty() {
        return Some(LabelProblem::Empty);
    }
    let forbidden = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || "?*<>{}[]:;,\\|^~$#%&`\"/".contains(character)
    };
    if let Some(character) = label.chars().find(|character| forbidden(*character)) {
        return Some(LabelProblem::Character(character));
    }
    (label.chars().count() > LABEL_CHARACTERS_MAX).then_some(LabelProblem::TooLong)
}
