//! The machine, unrolled: one node for each state and each set of known variables that somebody still reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::known::{Evaluator, Known, expression, variables};
use crate::machine::{Way, WayKind, bodies, states, text, ways};

/// More nodes than this, and nobody counts the rounds of some loop.
const NODES_MAX: usize = 50_000;

/// A machine unrolled.
pub(super) struct Product<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Nodes so that each stands behind those that it leads to.
    pub(super) order: Vec<usize>,
    /// Why it could not be unrolled to its ends: the states of a loop.
    pub(super) endless: Option<BTreeSet<String>>,
    /// What is inside of states, by their name.
    pub(super) inside: BTreeMap<&'a str, Vec<Product<'a>>>,
    pub(super) evaluator: Evaluator,
}

/// A state with what is known in it.
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) state: &'a Value,
    pub(super) known: Known,
    /// Where it leads, and whether only something unexpected leads there.
    pub(super) to: Vec<(usize, bool)>,
}

impl<'a> Product<'a> {
    pub(super) fn of(machine: &'a Value) -> Self {
        let mut product = Self {
            nodes: Vec::new(),
            order: Vec::new(),
            endless: None,
            inside: BTreeMap::new(),
            evaluator: Evaluator::default(),
        };
        let Some(all) = states(machine) else {
            return product;
        };
        for (name, state) in all {
            let inside: Vec<Self> = bodies(state).into_iter().map(Product::of).collect();
            if !inside.is_empty() {
                product.inside.insert(name, inside);
            }
        }
        let live = live(all);
        let mut unrolling = Unrolling {
            states: all,
            live: &live,
            numbers: BTreeMap::new(),
            on_the_way: BTreeSet::new(),
            seen: BTreeSet::new(),
        };
        if let Some(start) = text(machine, "StartAt") {
            unrolling.run(start, &mut product);
        }
        product
    }
}

struct Unrolling<'a, 'live> {
    states: &'a Map<String, Value>,
    live: &'live BTreeMap<&'a str, BTreeSet<String>>,
    numbers: BTreeMap<String, usize>,
    on_the_way: BTreeSet<usize>,
    seen: BTreeSet<usize>,
}

impl<'a> Unrolling<'a, '_> {
    /// Depth first, without recursion: a way may be thousands of states long.
    fn run(&mut self, start: &'a str, product: &mut Product<'a>) {
        let Some(first) = self.number(start, &Known::new(), product) else {
            return;
        };
        let mut way = vec![(first, 0_usize)];
        self.on_the_way.insert(first);
        self.seen.insert(first);
        self.lead(first, product);
        while let Some((node, next)) = way.last_mut() {
            let node = *node;
            let target = product.nodes.get(node).and_then(|at| at.to.get(*next));
            *next += 1;
            let Some((target, _)) = target.copied() else {
                way.pop();
                self.on_the_way.remove(&node);
                product.order.push(node);
                continue;
            };
            if self.on_the_way.contains(&target) {
                let from = way.iter().position(|(node, _)| *node == target);
                let circle = way.iter().skip(from.unwrap_or(0)).map(|(node, _)| *node);
                product.endless = Some(names(circle, product));
                return;
            }
            if !self.seen.insert(target) {
                continue;
            }
            if product.nodes.len() > NODES_MAX {
                let last = way.iter().rev().take(200).map(|(node, _)| *node);
                product.endless = Some(names(last, product));
                return;
            }
            self.lead(target, product);
            self.on_the_way.insert(target);
            way.push((target, 0));
        }
    }

    fn number(&mut self, name: &str, known: &Known, product: &mut Product<'a>) -> Option<usize> {
        let (name, state) = self.states.get_key_value(name)?;
        let live = self.live.get(name.as_str());
        let known: Known = known
            .iter()
            .filter(|(variable, _)| live.is_some_and(|live| live.contains(*variable)))
            .map(|(variable, value)| (variable.clone(), value.clone()))
            .collect();
        let key = format!("{name}\n{}", Value::Object(known.clone()));
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        let number = product.nodes.len();
        product.nodes.push(Node {
            name,
            state,
            known,
            to: Vec::new(),
        });
        self.numbers.insert(key, number);
        Some(number)
    }

    /// Finds where a node leads.
    fn lead(&mut self, node: usize, product: &mut Product<'a>) {
        let Some((state, known)) = product
            .nodes
            .get(node)
            .map(|at| (at.state, at.known.clone()))
        else {
            return;
        };
        let mut to = Vec::new();
        for way in open_ways(state, &known, &product.evaluator) {
            let after = assigned(way.carries, &known, &product.evaluator);
            if let Some(target) = way.to.and_then(|name| self.number(name, &after, product)) {
                to.push((target, is_unexpected(way.kind)));
            }
        }
        if let Some(at) = product.nodes.get_mut(node) {
            at.to = to;
        }
    }
}

fn names(of: impl Iterator<Item = usize>, product: &Product<'_>) -> BTreeSet<String> {
    of.filter_map(|node| product.nodes.get(node))
        .map(|node| node.name.to_owned())
        .collect()
}

/// The ways that may be taken, with what is known.
fn open_ways<'a>(state: &'a Value, known: &Known, evaluator: &Evaluator) -> Vec<Way<'a>> {
    let mut open = Vec::new();
    for way in ways(state) {
        match way.kind {
            WayKind::When(condition) => match evaluator.holds(condition, known) {
                Some(false) => {}
                Some(true) => {
                    open.push(way);
                    return open;
                }
                None => open.push(way),
            },
            _ => open.push(way),
        }
    }
    open
}

fn is_unexpected(kind: WayKind<'_>) -> bool {
    match kind {
        WayKind::Caught(errors) => errors
            .as_array()
            .into_iter()
            .flatten()
            .any(|error| error.as_str() == Some("States.ALL")),
        _ => false,
    }
}

/// What is known behind an `Assign`; what it sets and cannot be known is forgotten.
fn assigned(carries: &Value, known: &Known, evaluator: &Evaluator) -> Known {
    let mut after = known.clone();
    let assign = carries.get("Assign").and_then(Value::as_object);
    for (name, template) in assign.into_iter().flatten() {
        match evaluator.value(template, known) {
            Some(value) => after.insert(name.clone(), value),
            None => after.remove(name),
        };
    }
    after
}

/// The variables that are read in a state or behind it, before they are set again.
fn live(states: &Map<String, Value>) -> BTreeMap<&str, BTreeSet<String>> {
    let mut live: BTreeMap<&str, BTreeSet<String>> = states
        .iter()
        .map(|(name, state)| (name.as_str(), read(state)))
        .collect();
    loop {
        let mut changed = false;
        for (name, state) in states {
            let mut behind = BTreeSet::new();
            for way in ways(state) {
                let sets = way.carries.get("Assign").and_then(Value::as_object);
                let needed = way.to.and_then(|to| live.get(to)).into_iter().flatten();
                behind.extend(
                    needed
                        .filter(|variable| sets.is_none_or(|sets| !sets.contains_key(*variable)))
                        .cloned(),
                );
            }
            if let Some(known) = live.get_mut(name.as_str()) {
                let before = known.len();
                known.extend(behind);
                changed |= known.len() > before;
            }
        }
        if !changed {
            return live;
        }
    }
}

fn read(state: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(state, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let names = expression(text).map(variables).unwrap_or_default();
            found.extend(names.into_iter().map(str::to_owned));
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}
