//! Variables that nobody sets, and variables that nobody reads.

use std::collections::BTreeSet;

use crate::{
    json::Location,
    jsonata,
    validate::{
        expressions,
        findings::Findings,
        variables,
        walk::{MachineAt, StateAt},
    },
};

/// A variable that no state in sight sets is an error when the execution comes to it.
pub(super) fn unknown(machines: &[MachineAt<'_>], findings: &mut Findings) {
    for machine in machines {
        let visible = visible(machine, machines);
        for state in &machine.states {
            for name in variables::of_state(state).difference(&visible) {
                let similar = visible.iter().find(|other| is_similar(other, name));
                let help = match similar {
                    Some(other) => format!("a variable with a similar name exists: \"{other}\""),
                    None => "set it in the Assign of a state before, or mend the name".to_owned(),
                };
                findings.advice(
                    "UNKNOWN_VARIABLE",
                    &place(state, name),
                    format!(
                        "\"{}\" refers to the variable \"{name}\", which nothing in its scope sets",
                        state.name
                    ),
                    help,
                );
            }
        }
    }
}

/// The expression that refers to it; of a JSONPath state, the state.
fn place(state: &StateAt<'_>, name: &str) -> Location {
    let refers = |text: &str| {
        jsonata::expression(text)
            .and_then(|expression| jsonata::analyse(expression).ok())
            .is_some_and(|references| references.variables.contains(name))
    };
    expressions::all(state)
        .into_iter()
        .find(|at| refers(at.text))
        .map_or_else(|| state.location.clone(), |at| at.location)
}

fn is_similar(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase() || strsim::damerau_levenshtein(one, other) <= 2
}

/// Its own variables and those of the machines around it; the children of a distributed Map are executions of their own.
fn visible(machine: &MachineAt<'_>, machines: &[MachineAt<'_>]) -> BTreeSet<String> {
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

pub(super) fn unused(machines: &[MachineAt<'_>], findings: &mut Findings) {
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
