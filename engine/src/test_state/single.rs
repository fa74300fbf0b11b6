//! Takes one state out of a machine, with places to go to in place of the others.

use comanda_asl::{Branch, QueryLanguage, State, StateKind, StateMachine, States, Succeed};

use super::TestStateError;
use crate::definition::Definition;

/// A state, and a definition that holds it first and nothing else that runs.
pub(super) struct Single {
    pub(super) state: State,
    pub(super) definition: Definition,
}

pub(super) fn isolate(
    machine: &StateMachine,
    name: Option<&str>,
) -> Result<Single, TestStateError> {
    let wanted = name.unwrap_or(&machine.start_at);
    let (state, language) = find(&machine.states, machine.language(), wanted)
        .ok_or_else(|| TestStateError::Validation("State not found in definition".to_owned()))?;
    let mut alone = StateMachine::starting_at(wanted);
    alone.query_language = Some(language);
    alone.states.insert(wanted.to_owned(), state.clone());
    for successor in state.successors() {
        alone
            .states
            .entry(successor.to_owned())
            .or_insert_with(|| State::new(Succeed));
    }
    let definition = Definition::compile(&alone).map_err(|error| {
        TestStateError::InvalidDefinition(format!("Invalid State Machine Definition: '{error}'"))
    })?;
    Ok(Single {
        state: state.clone(),
        definition,
    })
}

/// Whether a state of this name runs inside a Map or Parallel.
pub(super) fn is_inside(state: &State, name: &str) -> bool {
    let holds = |branch: &Branch| find(&branch.states, QueryLanguage::default(), name).is_some();
    match &state.kind {
        StateKind::Map(map) => holds(&map.processor.branch),
        StateKind::Parallel(parallel) => parallel.branches.iter().any(holds),
        _ => false,
    }
}

fn find<'machine>(
    states: &'machine States,
    language: QueryLanguage,
    name: &str,
) -> Option<(&'machine State, QueryLanguage)> {
    if let Some(state) = states.get(name) {
        return Some((state, language));
    }
    let inside = |branch: &'machine Branch| {
        find(
            &branch.states,
            branch.query_language.unwrap_or(language),
            name,
        )
    };
    states.values().find_map(|state| match &state.kind {
        StateKind::Map(map) => inside(&map.processor.branch),
        StateKind::Parallel(parallel) => parallel.branches.iter().find_map(inside),
        _ => None,
    })
}
