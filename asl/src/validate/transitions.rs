//! Where states lead: to states that exist, so that each is reached and the machine can end.

use std::collections::BTreeSet;

use super::{
    findings::Findings,
    walk::{MachineAt, StateAt},
};
use crate::json::{Location, Node};

const MISSING: &str = "MISSING_TRANSITION_TARGET";

pub(super) fn check(machines: &[MachineAt<'_>], findings: &mut Findings) {
    for machine in machines {
        if !machine.node.get("States").is_some_and(Node::is_object)
            || machine.node.get("StartAt").is_none()
        {
            continue;
        }
        targets(machine, findings);
        // Measured: without an end AWS does not look for states that are not reached, and only the whole needs an end.
        if machine.is_root && !machine.states.is_empty() && !machine.states.iter().any(is_terminal)
        {
            findings.error("MISSING_END_STATE", None, "Workflow has no terminal state");
        } else {
            unreachable(machine, findings);
        }
    }
}

/// Every transition of a state: where it is written, and where it leads.
pub(super) fn successors<'document>(state: &StateAt<'document>) -> Vec<(Location, &'document str)> {
    let mut successors = Vec::new();
    let mut add = |node: &'document Node, name: &str, location: Location| {
        if let Some(target) = node.text_of(name) {
            successors.push((location.name(name), target));
        }
    };
    if state.type_name != "Choice" {
        add(state.node, "Next", state.location.clone());
    }
    for list in ["Choices", "Catch"] {
        for (index, item) in state
            .node
            .get(list)
            .map(Node::elements)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            add(item, "Next", state.location.name(list).index(index));
        }
    }
    if state.type_name == "Choice" {
        add(state.node, "Default", state.location.clone());
    }
    successors
}

pub(super) fn is_terminal(state: &StateAt<'_>) -> bool {
    let ends = state.node.get("End").map(Node::to_value) == Some(true.into());
    ends || matches!(state.type_name, "Succeed" | "Fail")
}

fn targets(machine: &MachineAt<'_>, findings: &mut Findings) {
    let names: BTreeSet<&str> = machine.states.iter().map(|state| state.name).collect();
    let start = machine
        .node
        .text_of("StartAt")
        .map(|start| (machine.location.name("StartAt"), start));
    let transitions = machine.states.iter().flat_map(successors);
    for (location, target) in start.into_iter().chain(transitions) {
        if !names.contains(target) {
            findings.error(
                MISSING,
                Some(&location),
                format!("Missing 'Next' target: {target}"),
            );
        }
    }
}

fn unreachable(machine: &MachineAt<'_>, findings: &mut Findings) {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = machine.node.text_of("StartAt").into_iter().collect();
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            let states = machine.states.iter().filter(|state| state.name == name);
            waiting.extend(states.flat_map(successors).map(|(_, target)| target));
        }
    }
    for state in machine
        .states
        .iter()
        .filter(|state| !reached.contains(state.name))
    {
        findings.error(
            MISSING,
            Some(&state.location),
            format!("State \"{}\" is not reachable.", state.name),
        );
    }
}
