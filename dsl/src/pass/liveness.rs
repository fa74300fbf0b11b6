//! Assignments that nobody reads any more go away: they would be evaluated, stored in the history and read by people.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{edge_values, reachable, read_by_bodies, state_values, variables};
use crate::draft::{Draft, Edge, StateId, Target};
use crate::expression::node::Variable;

/// Drops unread assignments. Says whether there were any.
pub(crate) fn drop_dead(draft: &mut Draft) -> bool {
    let live = live_at_entry(draft);
    let mut changed = false;
    for edge in &mut draft.edges {
        let before = edge.assigns.len();
        match &edge.to {
            Target::State(state) => {
                let live = live.get(state);
                edge.assigns
                    .retain(|(variable, _)| live.is_some_and(|live| live.contains(variable)));
            }
            // The final value was computed from what the variables held before.
            Target::Finish(_) => edge.assigns.clear(),
            Target::Open => {}
        }
        changed |= edge.assigns.len() != before;
    }
    changed
}

fn live_at_entry(draft: &Draft) -> BTreeMap<StateId, BTreeSet<Variable>> {
    let states = reachable(draft).states;
    let own: BTreeMap<StateId, BTreeSet<Variable>> = states
        .iter()
        .filter_map(|id| {
            let mut read = read_by_bodies(draft, *id);
            for value in state_values(&draft.state(*id)?.kind) {
                variables(value, &mut read);
            }
            Some((*id, read))
        })
        .collect();
    let mut live = own.clone();
    loop {
        let mut changed = false;
        // Backwards, so that most of it settles in one round.
        for id in states.iter().rev() {
            let mut at_entry = live.get(id).cloned().unwrap_or_default();
            let before = at_entry.len();
            for (_, edge) in draft.out(*id) {
                at_entry.extend(live_before(edge, &live));
            }
            if at_entry.len() != before {
                changed = true;
                live.insert(*id, at_entry);
            }
        }
        if !changed {
            return live;
        }
    }
}

fn live_before(edge: &Edge, live: &BTreeMap<StateId, BTreeSet<Variable>>) -> BTreeSet<Variable> {
    let mut before = match &edge.to {
        Target::State(state) => live.get(state).cloned().unwrap_or_default(),
        Target::Finish(_) | Target::Open => BTreeSet::new(),
    };
    let mut read = BTreeSet::new();
    for (variable, value) in &edge.assigns {
        if before.remove(variable) {
            variables(value, &mut read);
        }
    }
    for value in edge_values(edge) {
        variables(value, &mut read);
    }
    before.extend(read);
    before
}
