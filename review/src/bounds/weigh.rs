//! What a state weighs in events and seconds, and the heaviest way through an unrolled machine.

use std::collections::{BTreeMap, BTreeSet};

use comanda_asl::Retrier;
use serde_json::Value;

use super::{
    Deadline, Measure,
    known::expression,
    lookup::Lookup,
    walk::{Node, Product},
};
use crate::machine::{list, text, type_of};

/// How many calls fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// None: every call is answered at its first try.
    NothingFails,
    /// Every call fails until its last try, and takes all of its time.
    AllFails,
}

/// An inline Map runs so many iterations at a time where nothing else is said.
const MAP_CONCURRENCY: u64 = 40;

/// The heaviest way, or why there is none.
pub(super) struct Weighing<'a> {
    lookup: &'a Lookup<'a>,
    weather: Weather,
}

/// A weight, and why it may be more.
struct Weight {
    amount: u64,
    unbounded: BTreeSet<String>,
    by: BTreeMap<String, u64>,
}

impl Weight {
    fn of(amount: u64) -> Self {
        Self {
            amount,
            unbounded: BTreeSet::new(),
            by: BTreeMap::new(),
        }
    }

    fn unbounded(why: String) -> Self {
        Self {
            unbounded: BTreeSet::from([why]),
            ..Self::of(0)
        }
    }
}

impl<'a> Weighing<'a> {
    pub(super) fn new(lookup: &'a Lookup<'a>, weather: Weather) -> Self {
        Self { lookup, weather }
    }

    pub(super) fn events(&self, product: &Product<'_>) -> Measure {
        self.heaviest(product, |node| self.events_of(node, product))
    }

    pub(super) fn seconds(&self, product: &Product<'_>) -> Measure {
        self.heaviest(product, |node| self.seconds_of(node, product))
    }

    /// The moments that steps wait for, in the machine and inside of its states.
    pub(super) fn deadlines(&self, product: &Product<'_>) -> Vec<Deadline> {
        let mut found = BTreeSet::new();
        for node in &product.nodes {
            if let Some(moment) = timeout(node.state).and_then(moment) {
                found.insert(Deadline {
                    within_seconds: self.lookup.within(moment),
                    moment: moment.to_owned(),
                });
            }
        }
        for inside in product.inside.values().flatten() {
            found.extend(self.deadlines(inside));
        }
        found.into_iter().collect()
    }

    fn heaviest(&self, product: &Product<'_>, weigh: impl Fn(&Node<'_>) -> Weight) -> Measure {
        if let Some(states) = &product.endless {
            let states: Vec<String> = states.iter().map(|name| format!("{name:?}")).collect();
            let why = format!(
                "nobody counts the rounds of the loop through {}",
                states.join(", ")
            );
            return Measure {
                unbounded: BTreeSet::from([why]),
                ..Measure::default()
            };
        }
        let mut heaviest: Vec<(u64, Option<usize>)> = vec![(0, None); product.nodes.len()];
        let mut unbounded = BTreeSet::new();
        let mut inside: BTreeMap<usize, BTreeMap<String, u64>> = BTreeMap::new();
        let mut first = None;
        for number in &product.order {
            let Some(node) = product.nodes.get(*number) else {
                continue;
            };
            let weight = weigh(node);
            unbounded.extend(weight.unbounded);
            if !weight.by.is_empty() {
                inside.insert(*number, weight.by);
            }
            let taken = node
                .to
                .iter()
                .filter(|(_, unexpected)| self.weather == Weather::AllFails || !unexpected)
                .filter_map(|(to, _)| Some((heaviest.get(*to)?.0, *to)))
                .max_by_key(|(weight, _)| *weight);
            let behind = taken.map_or(0, |(weight, _)| weight);
            if let Some(entry) = heaviest.get_mut(*number) {
                *entry = (
                    weight.amount.saturating_add(behind),
                    taken.map(|(_, to)| to),
                );
            }
            first = Some(*number);
        }
        let most = first
            .and_then(|first| heaviest.get(first))
            .map_or(0, |entry| entry.0);
        let mut by = BTreeMap::new();
        let mut at = first;
        while let Some(number) = at {
            if let Some(node) = product.nodes.get(number) {
                *by.entry(node.name.to_owned()).or_insert(0) += 1;
            }
            for (name, count) in inside.get(&number).into_iter().flatten() {
                *by.entry(name.clone()).or_insert(0) += count;
            }
            at = heaviest.get(number).and_then(|entry| entry.1);
        }
        Measure {
            most,
            by,
            unbounded,
        }
    }

    /// Tries of a call: one, and as many as its rules allow.
    fn tries(&self, state: &Value) -> u64 {
        if self.weather == Weather::NothingFails {
            return 1;
        }
        let further = list(state, "Retry").iter().map(max_attempts);
        further.fold(1, u64::saturating_add)
    }

    fn events_of(&self, node: &Node<'_>, product: &Product<'_>) -> Weight {
        let state = node.state;
        let tries = self.tries(state);
        match type_of(state) {
            "Task" => {
                let resource = text(state, "Resource").unwrap_or_default();
                let is_long = resource.ends_with(".waitForTaskToken") || resource.contains(".sync");
                // Scheduled, started, how it went; that the service took it, where the answer comes later; and where all goes
                // wrong, that the answer could not be read.
                let disturbed = u64::from(self.weather == Weather::AllFails);
                let of_a_try = 3 + u64::from(is_long) + disturbed;
                Weight::of(2 + tries * of_a_try)
            }
            "Parallel" | "Map" => self.container(node, product, tries, false),
            "Fail" => Weight::of(1),
            _ => Weight::of(2),
        }
    }

    fn seconds_of(&self, node: &Node<'_>, product: &Product<'_>) -> Weight {
        let state = node.state;
        match type_of(state) {
            "Task" => {
                let mut weight = self.one_try(node, product);
                weight.amount = weight
                    .amount
                    .saturating_mul(self.tries(state))
                    .saturating_add(pauses(state));
                weight
            }
            "Wait" => self.wait(node, product),
            "Parallel" | "Map" => {
                let mut weight = self.container(node, product, self.tries(state), true);
                weight.amount = weight.amount.saturating_add(pauses(state));
                weight
            }
            _ => Weight::of(0),
        }
    }

    fn one_try(&self, node: &Node<'_>, product: &Product<'_>) -> Weight {
        let Some(timeout) = timeout(node.state) else {
            return Weight::unbounded(format!("{:?} has no TimeoutSeconds", node.name));
        };
        if moment(timeout).is_some() {
            // A try that begins behind the moment still gets its second.
            return Weight::of(1);
        }
        self.span(node, product, timeout)
    }

    /// A length of time: a number, a known variable, or what the contract allows.
    fn span(&self, node: &Node<'_>, product: &Product<'_>, of: &Value) -> Weight {
        let known = product.evaluator.value(of, &node.known);
        if let Some(seconds) = known.as_ref().and_then(Value::as_f64) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "seconds of a definition"
            )]
            return Weight::of(seconds.max(0.0).ceil() as u64);
        }
        let expression = of.as_str().and_then(expression).unwrap_or_default();
        self.lookup.most(expression).map_or_else(
            || {
                Weight::unbounded(format!(
                    "nothing says how long {:?} takes: {expression}",
                    node.name
                ))
            },
            Weight::of,
        )
    }

    fn wait(&self, node: &Node<'_>, product: &Product<'_>) -> Weight {
        match node.state.get("Seconds") {
            Some(seconds) => self.span(node, product, seconds),
            None => Weight::unbounded(format!(
                "{:?} waits for a moment that nothing bounds",
                node.name
            )),
        }
    }

    /// A Parallel runs all of its branches, a Map one body for each item.
    fn container(&self, node: &Node<'_>, product: &Product<'_>, tries: u64, time: bool) -> Weight {
        let mut inside = Weight::of(0);
        for body in product.inside.get(node.name).into_iter().flatten() {
            let measure = if time {
                self.seconds(body)
            } else {
                self.events(body)
            };
            inside.unbounded.extend(measure.unbounded);
            // Branches run side by side, and write into one history.
            inside.amount = match time {
                true => inside.amount.max(measure.most),
                false => inside.amount + measure.most,
            };
            for (name, count) in measure.by {
                *inside.by.entry(name).or_insert(0) += count;
            }
        }
        if type_of(node.state) == "Parallel" {
            let own = if time { 0 } else { 2 };
            inside.amount = (inside.amount + own) * tries + own;
            return inside;
        }
        let items = node.state.get("Items").and_then(|items| match items {
            Value::Array(items) => Some(items.len() as u64),
            other => self.lookup.items(expression(other.as_str()?)?),
        });
        let Some(items) = items else {
            inside
                .unbounded
                .insert(format!("nothing says how many items {:?} has", node.name));
            return inside;
        };
        for count in inside.by.values_mut() {
            *count *= items;
        }
        let computed = node.state.get("MaxConcurrencyPath");
        let at_once = match node.state.get("MaxConcurrency").or(computed) {
            None => MAP_CONCURRENCY,
            Some(at_once) => match at_once.as_u64() {
                Some(0) => MAP_CONCURRENCY,
                Some(at_once) => at_once,
                // It may come to one at a time.
                None => 1,
            },
        };
        inside.amount = match time {
            true => inside.amount * items.div_ceil(at_once) * tries,
            // Started and succeeded: the Map once a try, and each iteration.
            false => 2 + tries * (2 + items * (2 + inside.amount)),
        };
        inside
    }
}

fn timeout(state: &Value) -> Option<&Value> {
    state.get("TimeoutSeconds")
}

/// What a timeout that is counted down to a moment names: `$max([1, $floor(($toMillis(MOMENT) - $millis()) / 1000)])`.
fn moment(timeout: &Value) -> Option<&str> {
    let expression = expression(timeout.as_str()?)?;
    if !expression.contains("$millis()") {
        return None;
    }
    let (_, behind) = expression.split_once("$toMillis(")?;
    Some(behind.split(')').next().unwrap_or(behind))
}

fn max_attempts(retrier: &Value) -> u64 {
    let attempts = retrier.get("MaxAttempts").and_then(Value::as_u64);
    attempts.unwrap_or(Retrier::MAX_ATTEMPTS_DEFAULT)
}

/// All pauses of all rules, each as long as it can be.
fn pauses(state: &Value) -> u64 {
    let rules = list(state, "Retry").iter();
    rules.map(pauses_of).fold(0, u64::saturating_add)
}

fn pauses_of(retrier: &Value) -> u64 {
    let number = |name: &str| retrier.get(name).and_then(Value::as_f64);
    #[expect(clippy::cast_precision_loss, reason = "seconds of a definition")]
    let mut pause = number("IntervalSeconds").unwrap_or(Retrier::INTERVAL_SECONDS_DEFAULT as f64);
    let rate = number("BackoffRate").unwrap_or(Retrier::BACKOFF_RATE_DEFAULT);
    let longest = number("MaxDelaySeconds").unwrap_or(f64::MAX);
    let mut sum = 0.0;
    for _ in 0..max_attempts(retrier) {
        sum += pause.min(longest);
        pause = (pause * rate).min(f64::MAX);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    let seconds = sum.ceil() as u64;
    seconds
}
