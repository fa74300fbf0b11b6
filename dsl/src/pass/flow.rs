//! What states and edges read, and which of them can be reached.

use std::collections::BTreeSet;

use crate::draft::{Argument, Draft, Edge, MachineId, Role, StateId, StateKind, Target, WaitUntil};
use crate::expression::node::{EdgeId, NodeKind, NodeRef, Variable};
use crate::expression::walk;

/// What a state evaluates by itself, without its edges and its bodies.
pub(crate) fn state_values(kind: &StateKind) -> Vec<NodeRef> {
    let until = |until: &WaitUntil| match until {
        WaitUntil::Seconds(node) | WaitUntil::Instant(node) => *node,
    };
    match kind {
        StateKind::Join | StateKind::Choice | StateKind::Parallel(_) => Vec::new(),
        StateKind::Task(task) => {
            let mut values: Vec<NodeRef> = task.timeout.iter().map(until).collect();
            for (_, argument) in &task.arguments {
                argument_values(argument, &mut values);
            }
            values
        }
        StateKind::Wait(wait) => vec![until(wait)],
        StateKind::Map { items, .. } => vec![items],
        StateKind::Fail { cause, .. } => vec![cause],
    }
}

fn argument_values(argument: &Argument, values: &mut Vec<NodeRef>) {
    match argument {
        Argument::Node(node) => values.push(node),
        Argument::Fixed(_) => {}
        Argument::Members(members) => {
            for (_, member) in members {
                argument_values(member, values);
            }
        }
    }
}

/// Replaces everything that a state evaluates by itself.
pub(crate) fn map_state(kind: &mut StateKind, change: &impl Fn(NodeRef) -> NodeRef) {
    let until = |until: &mut WaitUntil| match until {
        WaitUntil::Seconds(node) | WaitUntil::Instant(node) => *node = change(node),
    };
    match kind {
        StateKind::Join | StateKind::Choice | StateKind::Parallel(_) => {}
        StateKind::Task(task) => {
            task.timeout.iter_mut().for_each(until);
            for (_, argument) in &mut task.arguments {
                map_argument(argument, change);
            }
        }
        StateKind::Wait(wait) => until(wait),
        StateKind::Map { items, .. } => *items = change(items),
        StateKind::Fail { cause, .. } => *cause = change(cause),
    }
}

fn map_argument(argument: &mut Argument, change: &impl Fn(NodeRef) -> NodeRef) {
    match argument {
        Argument::Node(node) => *node = change(node),
        Argument::Fixed(_) => {}
        Argument::Members(members) => {
            for (_, member) in members {
                map_argument(member, change);
            }
        }
    }
}

/// Replaces everything that an edge evaluates.
pub(crate) fn map_edge(edge: &mut Edge, change: &impl Fn(NodeRef) -> NodeRef) {
    for (_, value) in &mut edge.assigns {
        *value = change(value);
    }
    if let Role::When(condition) = &mut edge.role {
        *condition = change(condition);
    }
    if let Target::Finish(value) = &mut edge.to {
        *value = change(value);
    }
}

/// What an edge evaluates when it is taken, but for its assignments.
pub(crate) fn edge_values(edge: &Edge) -> Vec<NodeRef> {
    let mut values = Vec::new();
    if let Role::When(condition) = edge.role {
        values.push(condition);
    }
    if let Target::Finish(value) = edge.to {
        values.push(value);
    }
    values
}

/// The variables in a value.
pub(crate) fn variables(of: NodeRef, into: &mut BTreeSet<Variable>) {
    walk::visit(of, &mut |node| {
        if let NodeKind::Variable(variable) = node.kind() {
            into.insert(*variable);
        }
    });
}

/// What can be reached from the workflow's start.
pub(crate) struct Reachable {
    /// In the order in which a reader meets them.
    pub(crate) states: Vec<StateId>,
    pub(crate) edges: BTreeSet<EdgeId>,
    pub(crate) machines: BTreeSet<MachineId>,
}

pub(crate) fn reachable(draft: &Draft) -> Reachable {
    let mut found = Reachable {
        states: Vec::new(),
        edges: BTreeSet::new(),
        machines: BTreeSet::new(),
    };
    enter(draft, MachineId(0), &mut found);
    found
}

fn enter(draft: &Draft, machine: MachineId, found: &mut Reachable) {
    if let Some(machine_found) = draft.machine(machine)
        && found.machines.insert(machine)
    {
        follow(draft, machine_found.start, found);
    }
}

fn follow(draft: &Draft, edge: EdgeId, found: &mut Reachable) {
    found.edges.insert(edge);
    let Some(Target::State(state)) = draft.edge(edge).map(|edge| &edge.to) else {
        return;
    };
    if found.states.contains(state) {
        return;
    }
    found.states.push(*state);
    for body in draft.bodies(*state) {
        enter(draft, body, found);
    }
    let out: Vec<EdgeId> = draft.out(*state).map(|(id, _)| id).collect();
    for id in out {
        follow(draft, id, found);
    }
}

/// Everything that the machines inside a state read.
pub(crate) fn read_by_bodies(draft: &Draft, of: StateId) -> BTreeSet<Variable> {
    let mut read = BTreeSet::new();
    let mut found = Reachable {
        states: Vec::new(),
        edges: BTreeSet::new(),
        machines: BTreeSet::new(),
    };
    for body in draft.bodies(of) {
        enter(draft, body, &mut found);
    }
    let in_states = found.states.iter().filter_map(|id| draft.state(*id));
    for value in in_states.flat_map(|state| state_values(&state.kind)) {
        variables(value, &mut read);
    }
    for edge in found.edges.iter().filter_map(|id| draft.edge(*id)) {
        let assigned = edge.assigns.iter().map(|(_, value)| *value);
        for value in edge_values(edge).into_iter().chain(assigned) {
            variables(value, &mut read);
        }
    }
    read
}

/// How many expressions nobody checked.
pub(crate) fn unchecked(draft: &Draft) -> usize {
    let of_states = draft
        .states
        .iter()
        .flat_map(|state| state_values(&state.kind));
    let of_edges = draft.edges.iter().flat_map(|edge| {
        let assigned = edge.assigns.iter().map(|(_, value)| *value);
        edge_values(edge).into_iter().chain(assigned)
    });
    // The same expression may stand in several places, and is one use.
    let mut found: Vec<NodeRef> = Vec::new();
    for value in of_states.chain(of_edges) {
        walk::visit(value, &mut |node| {
            let known = found.iter().any(|other| std::ptr::eq(*other, node));
            if matches!(node.kind(), NodeKind::Unchecked(_)) && !known {
                found.push(node);
            }
        });
    }
    found.len()
}
