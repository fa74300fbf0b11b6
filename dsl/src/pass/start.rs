//! A machine's start can carry no assignment. They are moved through the first state; where they cannot, a Pass is put in.

use super::compose;
use super::flow::{map_edge, map_state, read_by_bodies, state_values};
use super::substitute::{is_impure, reads_any, substitute};
use crate::draft::{Draft, Edge, MachineId, Role, StateId, StateKind, Target};
use crate::expression::node::{Context, EdgeId, NodeKind, NodeRef, Variable};
use crate::expression::walk;

/// Settles every machine's start.
pub(crate) fn settle(draft: &mut Draft) {
    let starts: Vec<(usize, EdgeId)> = draft
        .machines
        .iter()
        .enumerate()
        .map(|(number, machine)| (number, machine.start))
        .collect();
    for (number, start) in starts {
        let Some(edge) = draft.edge(start).cloned() else {
            continue;
        };
        let first = match &edge.to {
            Target::State(first) if !edge.assigns.is_empty() => *first,
            // Without any state there is nothing to start at: the result needs one.
            Target::Finish(_) => {
                put_pass(draft, number, start, "Result");
                continue;
            }
            _ => continue,
        };
        if can_move_through(draft, &edge, first) {
            move_through(draft, start, &edge, first);
        } else {
            let name = draft
                .state(first)
                .map_or_else(String::new, |state| format!("{}: begin", state.name));
            put_pass(draft, number, start, &name);
        }
    }
}

/// Whether the first state is entered only here, and what it reads can stand in its place.
fn can_move_through(draft: &Draft, start: &Edge, first: StateId) -> bool {
    let entered = draft
        .edges
        .iter()
        .filter(|edge| matches!(edge.to, Target::State(to) if to == first))
        .count();
    let Some(state) = draft.state(first) else {
        return false;
    };
    let once: Vec<Variable> = start
        .assigns
        .iter()
        .filter(|(_, value)| is_impure(value))
        .map(|(variable, _)| *variable)
        .collect();
    // A body has an input of its own, so one outside cannot be named in it.
    let own_input: Vec<Variable> = start
        .assigns
        .iter()
        .filter(|(_, value)| reads_input(value))
        .map(|(variable, _)| *variable)
        .collect();
    let in_bodies = read_by_bodies(draft, first);
    entered == 1
        && once.is_empty()
        && !own_input
            .iter()
            .any(|variable| in_bodies.contains(variable))
        && !state_values(&state.kind)
            .iter()
            .any(|value| reads_any(value, &once))
        && !matches!(state.kind, StateKind::Join)
        && draft
            .out(first)
            .all(|(_, edge)| compose(start, edge).is_some())
}

fn reads_input(value: NodeRef) -> bool {
    let mut reads = false;
    walk::visit(value, &mut |node| {
        reads |= matches!(node.kind(), NodeKind::Context(Context::StateInput))
    });
    reads
}

fn move_through(draft: &mut Draft, start: EdgeId, edge: &Edge, first: StateId) {
    let out: Vec<EdgeId> = draft.out(first).map(|(id, _)| id).collect();
    for id in out {
        let Some(behind) = draft.edge_mut(id) else {
            continue;
        };
        if let Role::When(condition) = &mut behind.role {
            *condition = substitute(condition, &edge.assigns);
        }
        if let Some((assigns, to)) = compose(edge, behind) {
            behind.assigns = assigns;
            behind.to = to;
        }
    }
    if let Some(state) = draft.state_mut(first) {
        map_state(&mut state.kind, &|value| substitute(value, &edge.assigns));
    }
    for body in draft.bodies(first) {
        substitute_in_machine(draft, body, &edge.assigns);
    }
    if let Some(edge) = draft.edge_mut(start) {
        edge.assigns.clear();
    }
}

/// Puts the value in the variable's place everywhere inside a machine.
fn substitute_in_machine(draft: &mut Draft, machine: MachineId, assigns: &[(Variable, NodeRef)]) {
    let mut edges: Vec<EdgeId> = draft
        .machine(machine)
        .map(|machine| machine.start)
        .into_iter()
        .collect();
    let mut bodies = Vec::new();
    let inside: Vec<StateId> = draft
        .states()
        .filter(|(_, state)| state.machine == machine)
        .map(|(id, _)| id)
        .collect();
    for id in inside {
        bodies.extend(draft.bodies(id));
        if let Some(state) = draft.state_mut(id) {
            edges.extend(state.out.iter().copied());
            map_state(&mut state.kind, &|value| substitute(value, assigns));
        }
    }
    for id in edges {
        if let Some(edge) = draft.edge_mut(id) {
            map_edge(edge, &|value| substitute(value, assigns));
        }
    }
    for body in bodies {
        substitute_in_machine(draft, body, assigns);
    }
}

/// A state that does nothing but carry: the start leads to it, and what the start carried rides behind it.
fn put_pass(draft: &mut Draft, number: usize, start: EdgeId, name: &str) {
    let Some(edge) = draft.edge(start).cloned() else {
        return;
    };
    let machine = MachineId(u32::try_from(number).unwrap_or(u32::MAX));
    let name = draft.free_name(name);
    let pass = draft.add_state(machine, name, StateKind::Join, edge.place);
    let behind = draft.add_edge(Role::Next, String::new(), edge.place);
    if let Some(state) = draft.state_mut(pass) {
        state.out.push(behind);
    }
    if let Some(next) = draft.edge_mut(behind) {
        next.assigns = edge.assigns;
        next.to = edge.to;
    }
    if let Some(start) = draft.edge_mut(start) {
        start.assigns = Vec::new();
        start.to = Target::State(pass);
    }
}
