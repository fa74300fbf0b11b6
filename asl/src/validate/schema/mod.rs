//! The form of a document: which members an object may have, must have, and what values they take.
//!
//! What is allowed where was measured by others on AWS, and so were most of the sentences.

mod check;
mod parts;
mod shape;
mod states;

use crate::{
    json::{Location, Node},
    model::QueryLanguage,
};

use super::{
    findings::Findings,
    walk::{MachineAt, StateAt},
};
use check::Checked;

/// Checks the members of a machine, not those of its states.
pub(super) fn machine(machine: &MachineAt<'_>, findings: &mut Findings) {
    let shape = if machine.is_root {
        states::MACHINE
    } else {
        states::BRANCH
    };
    let extra: &[&str] = if is_processor(&machine.location) {
        &["ProcessorConfig"]
    } else {
        &[]
    };
    let checked = Checked {
        node: machine.node,
        location: &machine.location,
        language: QueryLanguage::JsonPath,
    };
    checked.object(shape, extra, findings);
    if machine
        .node
        .get("States")
        .is_some_and(|states| states.is_object() && states.members().is_empty())
    {
        findings.schema(&machine.location.name("States"), "Value cannot be empty");
    }
}

/// Checks the members of a state and of everything in it that is not a machine.
pub(super) fn state(state: &StateAt<'_>, findings: &mut Findings) {
    let checked = Checked {
        node: state.node,
        location: &state.location,
        language: state.language,
    };
    let Some(shape) = states::state(state.type_name) else {
        checked.object(states::STATE_OF_NO_TYPE, &[], findings);
        return;
    };
    checked.object(shape, &[], findings);
    inner(&checked, findings);
}

fn inner(state: &Checked<'_>, findings: &mut Findings) {
    for (name, shape) in [
        ("Retry", parts::RETRIER),
        ("Catch", parts::CATCHER),
        ("Choices", parts::RULE),
    ] {
        let location = state.location.name(name);
        for (index, node) in state
            .node
            .get(name)
            .map(Node::elements)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let location = location.index(index);
            Checked {
                node,
                location: &location,
                language: state.language,
            }
            .object(shape, &[], findings);
        }
    }
    // The language leaves open what credentials are; the service asks for a role, in words of its own.
    if let Some(credentials) = state
        .node
        .get("Credentials")
        .filter(|node| node.is_object())
        && credentials.get("RoleArn").is_none()
        && credentials.get("RoleArn.$").is_none()
    {
        let location = state.location.name("Credentials");
        findings.service(&location, "The field 'RoleArn' is required but was missing");
    }
    for (path, shape) in parts::PARTS {
        let mut location = state.location.clone();
        let mut node = Some(state.node);
        for name in *path {
            location = location.name(name);
            node = node.and_then(|node| node.get(name));
        }
        if let Some(node) = node {
            Checked {
                node,
                location: &location,
                language: state.language,
            }
            .object(shape, &[], findings);
        }
    }
}

/// Whether there is such a type of state.
pub(super) fn is_state_type(name: &str) -> bool {
    states::state(name).is_some()
}

/// The fields that a state of the type may have; for objects that are no states, all that objects inside states may have.
pub(super) fn field_names(type_name: Option<&str>) -> Vec<&'static str> {
    let names = |shape: &'static shape::Shape| shape.members.iter().map(|(name, _)| *name);
    match type_name.and_then(states::state) {
        Some(shape) => names(shape).collect(),
        None => [states::MACHINE, parts::RETRIER, parts::CATCHER, parts::RULE]
            .into_iter()
            .chain(parts::PARTS.iter().map(|(_, shape)| *shape))
            .flat_map(names)
            .collect(),
    }
}

fn is_processor(location: &Location) -> bool {
    let text = location.to_string();
    text.ends_with("/ItemProcessor") || text.ends_with("/Iterator")
}
