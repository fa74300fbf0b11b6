//! The ways through a machine: which states can come again, which can come to an end, and which way is the cheapest.

use std::collections::{BTreeMap, BTreeSet};

use crate::validate::{
    transitions,
    walk::{MachineAt, StateAt},
};

/// Names of states, by the state that leads to them or that they lead to.
type Edges<'document> = BTreeMap<&'document str, Vec<&'document str>>;

/// The states of a machine and where they lead.
pub(super) struct Graph<'document> {
    names: Vec<&'document str>,
    next: Edges<'document>,
    previous: Edges<'document>,
}

impl<'document> Graph<'document> {
    pub(super) fn of(machine: &MachineAt<'document>) -> Graph<'document> {
        let mut graph = Graph {
            names: machine.states.iter().map(|state| state.name).collect(),
            next: Edges::new(),
            previous: Edges::new(),
        };
        for state in &machine.states {
            for (_, target) in transitions::successors(state) {
                graph.next.entry(state.name).or_default().push(target);
                graph.previous.entry(target).or_default().push(state.name);
            }
        }
        graph
    }

    pub(super) fn successors(&self, name: &str) -> &[&'document str] {
        self.next.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The states from which an end can be reached.
    pub(super) fn can_end(&self, states: &[StateAt<'document>]) -> BTreeSet<&'document str> {
        let ends = states
            .iter()
            .filter(|state| transitions::is_terminal(state));
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = ends.map(|state| state.name).collect();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                open.extend(self.previous.get(name).into_iter().flatten());
            }
        }
        found
    }

    /// The loops: sets of states that each lead to one another (Kosaraju's algorithm).
    pub(super) fn loops(&self) -> Vec<BTreeSet<&'document str>> {
        let mut left = Vec::new();
        let mut seen = BTreeSet::new();
        for name in &self.names {
            walk(name, &self.next, &mut seen, &mut left);
        }
        let mut loops = Vec::new();
        let mut assigned = BTreeSet::new();
        for name in left.iter().rev() {
            let mut members = Vec::new();
            walk(name, &self.previous, &mut assigned, &mut members);
            let comes_again = members.len() > 1 || self.successors(name).contains(name);
            if comes_again && !members.is_empty() {
                loops.push(members.into_iter().collect());
            }
        }
        loops
    }

    /// The cheapest way from one of the starts to a state that is a goal, and what the states on it cost together.
    pub(super) fn cheapest(
        &self,
        starts: &[&'document str],
        is_goal: impl Fn(&str) -> bool,
        price: impl Fn(&str) -> u64,
    ) -> Option<(u64, Vec<&'document str>)> {
        let mut open: BTreeSet<(u64, &str, &str)> = starts
            .iter()
            .map(|start| (price(start), *start, *start))
            .collect();
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        while let Some((cost, name, before)) = open.pop_first() {
            if came_from.contains_key(name) {
                continue;
            }
            came_from.insert(name, before);
            if is_goal(name) {
                return Some((cost, way_back(name, &came_from)));
            }
            for next in self.successors(name) {
                open.insert((cost.saturating_add(price(next)), next, name));
            }
        }
        None
    }
}

/// The way to a state; a start comes from itself.
fn way_back<'document>(
    name: &'document str,
    came_from: &BTreeMap<&'document str, &'document str>,
) -> Vec<&'document str> {
    let mut way = vec![name];
    let mut current = name;
    while let Some(before) = came_from.get(current).filter(|before| **before != current) {
        way.push(before);
        current = before;
    }
    way
}

/// Depth first from a state over those not seen, each noted when it is left.
fn walk<'document>(
    from: &'document str,
    edges: &Edges<'document>,
    seen: &mut BTreeSet<&'document str>,
    left: &mut Vec<&'document str>,
) {
    let targets = |name: &str| edges.get(name).map(Vec::as_slice).unwrap_or_default();
    if !seen.insert(from) {
        return;
    }
    let mut open = vec![(from, targets(from).iter())];
    while let Some((name, rest)) = open.last_mut() {
        match rest.next() {
            Some(next) if seen.insert(next) => open.push((next, targets(next).iter())),
            Some(_) => {}
            None => {
                left.push(name);
                open.pop();
            }
        }
    }
}
