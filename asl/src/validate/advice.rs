//! Our own warnings: what AWS takes and people regret.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    findings::Findings,
    transitions, variables,
    walk::{MachineAt, StateAt},
};
use crate::{
    json::{Kind, Location, Node},
    model::{Pattern, Resource},
};

pub(super) fn check(root: &Node, machines: &[MachineAt<'_>], findings: &mut Findings) {
    for machine in machines {
        for state in &machine.states {
            callback_without_timeout(root, state, findings);
            late_heartbeat(state, findings);
            task_without_retry(state, findings);
            choice_without_default(state, findings);
        }
        unbounded_loops(machine, findings);
    }
    unknown_variables(machines, findings);
    unused_variables(machines, findings);
    duplicate_members(root, &Location::root(), findings);
}

/// A token that nobody brings back keeps the execution for a year.
fn callback_without_timeout(root: &Node, state: &StateAt<'_>, findings: &mut Findings) {
    let Some(resource) = resource(state) else {
        return;
    };
    let waits = resource.pattern() == Pattern::WaitForTaskToken
        || matches!(resource, Resource::Activity { .. });
    let limits = [
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
    ];
    let is_limited = limits.iter().any(|name| state.node.get(name).is_some())
        || root.get("TimeoutSeconds").is_some();
    if waits && !is_limited {
        findings.advice(
            "CALLBACK_WITHOUT_TIMEOUT",
            &state.location,
            format!("\"{}\" waits for an answer without a limit: a lost one keeps the execution for a year", state.name),
            "set TimeoutSeconds, and catch States.Timeout",
        );
    }
}

/// The specification wants it below the timeout; later than that it says nothing.
fn late_heartbeat(state: &StateAt<'_>, findings: &mut Findings) {
    let seconds = |name: &str| {
        state
            .node
            .get(name)
            .map(Node::to_value)
            .and_then(|value| value.as_u64())
    };
    if let (Some(timeout), Some(heartbeat)) =
        (seconds("TimeoutSeconds"), seconds("HeartbeatSeconds"))
        && heartbeat >= timeout
    {
        findings.advice(
            "HEARTBEAT_AFTER_TIMEOUT",
            &state.location,
            format!(
                "\"{}\" has timed out after {timeout} s, before {heartbeat} s without a heartbeat",
                state.name
            ),
            "make HeartbeatSeconds smaller than TimeoutSeconds, or leave it out",
        );
    }
}

fn task_without_retry(state: &StateAt<'_>, findings: &mut Findings) {
    let is_empty = state
        .node
        .get("Retry")
        .is_none_or(|retry| retry.elements().is_empty());
    if state.type_name == "Task" && is_empty {
        findings.advice(
            "TASK_WITHOUT_RETRY",
            &state.location,
            format!(
                "\"{}\" fails on the first hiccup of the network",
                state.name
            ),
            "add a Retry for the errors of the service, if the task may be done twice",
        );
    }
}

fn choice_without_default(state: &StateAt<'_>, findings: &mut Findings) {
    if state.type_name == "Choice" && state.node.get("Default").is_none() {
        findings.advice(
            "MISSING_DEFAULT",
            &state.location,
            format!(
                "\"{}\" fails with States.NoChoiceMatched when no rule holds",
                state.name
            ),
            "add a Default",
        );
    }
}

/// A loop that no Choice can leave by itself ends only by an error or at the limit of 25,000 events.
fn unbounded_loops(machine: &MachineAt<'_>, findings: &mut Findings) {
    let next: BTreeMap<&str, Vec<&str>> = machine
        .states
        .iter()
        .map(|state| {
            (
                state.name,
                transitions::successors(state)
                    .into_iter()
                    .map(|(_, target)| target)
                    .collect(),
            )
        })
        .collect();
    let ends: BTreeSet<&str> = machine
        .states
        .iter()
        .filter(|state| transitions::is_terminal(state))
        .map(|state| state.name)
        .collect();
    for state in &machine.states {
        let reached = reachable(state.name, &next);
        if reached.contains(state.name) && reached.is_disjoint(&ends) {
            findings.advice(
                "UNBOUNDED_LOOP",
                &state.location,
                format!(
                    "from \"{}\" the execution comes back to it and never to an end",
                    state.name
                ),
                "count the rounds in a variable and leave by a Choice",
            );
        }
    }
}

/// Everything that can follow a state; the state itself only if it can come again.
fn reachable<'document>(
    from: &str,
    next: &BTreeMap<&'document str, Vec<&'document str>>,
) -> BTreeSet<&'document str> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = next.get(from).cloned().unwrap_or_default();
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            waiting.extend(next.get(name).into_iter().flatten());
        }
    }
    reached
}

/// A variable that no state in sight sets is an error when the execution comes to it.
fn unknown_variables(machines: &[MachineAt<'_>], findings: &mut Findings) {
    for machine in machines {
        let visible = visible_variables(machine, machines);
        for state in &machine.states {
            for name in variables::of_state(state).difference(&visible) {
                findings.advice(
                    "UNKNOWN_VARIABLE",
                    &state.location,
                    format!(
                        "\"{}\" refers to the variable \"{name}\", which nothing in its scope sets",
                        state.name
                    ),
                    "set it in the Assign of a state before, or mend the name",
                );
            }
        }
    }
}

/// Its own variables and those of the machines around it; the children of a distributed Map are executions of their own.
fn visible_variables(machine: &MachineAt<'_>, machines: &[MachineAt<'_>]) -> BTreeSet<String> {
    let mut visible = BTreeSet::new();
    let mut scope = Some(machine);
    while let Some(current) = scope {
        visible.extend(current.states.iter().flat_map(variables::assigned));
        scope = current
            .parent
            .filter(|_| !current.is_distributed)
            .and_then(|parent| machines.get(parent));
    }
    visible
}

fn unused_variables(machines: &[MachineAt<'_>], findings: &mut Findings) {
    let states = || machines.iter().flat_map(|machine| &machine.states);
    let used: BTreeSet<String> = states().flat_map(variables::of_state).collect();
    let mut seen = BTreeSet::new();
    for state in states() {
        for name in variables::assigned(state) {
            if !used.contains(&name) && seen.insert(name.clone()) {
                findings.advice(
                    "UNUSED_VARIABLE",
                    &state.location,
                    format!("nothing refers to the variable \"{name}\""),
                    "remove it from Assign: variables count towards the size limits",
                );
            }
        }
    }
}

/// Of two members of the same name only the last counts, silently.
fn duplicate_members(node: &Node, location: &Location, findings: &mut Findings) {
    if let Kind::Array(elements) = &node.kind {
        for (index, element) in elements.iter().enumerate() {
            duplicate_members(element, &location.index(index), findings);
        }
    }
    let mut names = BTreeSet::new();
    for member in node.members() {
        let location = location.name(&member.name);
        if !names.insert(&member.name) {
            findings.advice(
                "DUPLICATE_FIELD",
                &location,
                format!("\"{}\" is given twice: only the last counts", member.name),
                "remove one of them",
            );
        }
        duplicate_members(&member.node, &location, findings);
    }
}

fn resource(state: &StateAt<'_>) -> Option<Resource> {
    state
        .node
        .text_of("Resource")
        .filter(|_| state.type_name == "Task")
        .map(Resource::parse)
}
