//! A variable that always holds the same variant, and is only read for what that carries, holds that instead.

use std::collections::BTreeMap;

use super::flow::{edge_values, map_edge, map_state, reachable, state_values};
use crate::draft::Draft;
use crate::expression::node::{NodeKind, NodeRef, Variable};
use crate::expression::walk;

/// The one variant of a variable so far; `None` once there is more than one, or another kind of read.
type Variants = BTreeMap<Variable, Option<(usize, &'static str)>>;

/// Unwraps variables. Says whether there were any.
pub(crate) fn unwrap(draft: &mut Draft) -> bool {
    let unwrapped: Vec<(Variable, &'static str)> = candidates(draft)
        .into_iter()
        .filter_map(|(variable, variant)| Some((variable, variant?.1)))
        .collect();
    for (variable, case) in &unwrapped {
        for edge in &mut draft.edges {
            for (_, value) in edge
                .assigns
                .iter_mut()
                .filter(|(assigned, _)| assigned == variable)
            {
                if let NodeKind::Variant {
                    payload: Some(payload),
                    ..
                } = value.kind()
                {
                    *value = payload;
                }
            }
        }
        if let Some(name) = draft.variables.get_mut(variable.0 as usize) {
            *name = crate::draft::variable_name(&case.replace('_', " "));
        }
    }
    let variables: Vec<Variable> = unwrapped.iter().map(|(variable, _)| *variable).collect();
    let read = |value: NodeRef| {
        walk::rebuild(value, &|part| match part.kind() {
            NodeKind::Payload { of, .. } => match of.kind() {
                NodeKind::Variable(variable) if variables.contains(variable) => Some(*of),
                _ => None,
            },
            _ => None,
        })
    };
    draft
        .states
        .iter_mut()
        .for_each(|state| map_state(&mut state.kind, &read));
    draft
        .edges
        .iter_mut()
        .for_each(|edge| map_edge(edge, &read));
    !unwrapped.is_empty()
}

fn candidates(draft: &Draft) -> Variants {
    let mut found = Variants::new();
    let reached = reachable(draft);
    let edges = || reached.edges.iter().filter_map(|id| draft.edge(*id));
    for (variable, value) in edges().flat_map(|edge| &edge.assigns) {
        let variant = match value.kind() {
            NodeKind::Variant {
                shape,
                index,
                payload: Some(_),
            } => shape.variant(*index).map(|variant| (*index, variant.case)),
            _ => None,
        };
        let known = found.entry(*variable).or_insert(variant);
        if *known != variant {
            *known = None;
        }
    }
    let of_states = reached.states.iter().filter_map(|id| draft.state(*id));
    let of_edges = edges().flat_map(|edge| {
        edge_values(edge)
            .into_iter()
            .chain(edge.assigns.iter().map(|(_, value)| *value))
    });
    for value in of_states
        .flat_map(|state| state_values(&state.kind))
        .chain(of_edges)
    {
        drop_read_otherwise(value, &mut found);
    }
    found
}

/// Whatever is read in another way than for its payload stays as it is.
fn drop_read_otherwise(value: NodeRef, found: &mut Variants) {
    match value.kind() {
        NodeKind::Variable(variable) => {
            found.insert(*variable, None);
        }
        NodeKind::Payload { of, index, .. } => match of.kind() {
            NodeKind::Variable(variable) => {
                let same = matches!(found.get(variable), Some(Some((only, _))) if only == index);
                if !same {
                    found.insert(*variable, None);
                }
            }
            _ => drop_read_otherwise(of, found),
        },
        _ => walk::children(value)
            .into_iter()
            .for_each(|child| drop_read_otherwise(child, found)),
    }
}

/// Gives every variable that is left its own name; those that nobody reads any more take none away.
pub(crate) fn name_variables(draft: &mut Draft) {
    let mut used: Vec<Variable> = Vec::new();
    for edge in reachable(draft)
        .edges
        .iter()
        .filter_map(|id| draft.edge(*id))
    {
        used.extend(edge.assigns.iter().map(|(variable, _)| *variable));
    }
    used.sort();
    used.dedup();
    let mut taken: Vec<String> = Vec::new();
    for variable in used {
        let Some(name) = draft.variables.get_mut(variable.0 as usize) else {
            continue;
        };
        let base = name.clone();
        let mut number = 2;
        while taken.contains(name) {
            *name = format!("{base}{number}");
            number += 1;
        }
        taken.push(name.clone());
    }
}
