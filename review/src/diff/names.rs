//! Which state that is gone is probably which one that is new: a guess, by name and by what the two do.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::machine::type_of;

/// Below this they are two states.
const LIKENESS_MIN: f64 = 0.72;

/// A state that has probably another name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Renamed {
    pub(super) old: String,
    pub(super) new: String,
    /// 0 to 1.
    pub(super) likeness: f64,
}

/// The likeliest pairs of what is gone and what is new, each state in one at most.
pub(super) fn renamed(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Renamed> {
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let mut pairs: Vec<Renamed> = gone
        .flat_map(|(name, state)| {
            new.iter()
                .filter(|(other, _)| !old.contains_key(*other))
                .map(move |(other, candidate)| Renamed {
                    old: name.clone(),
                    new: other.clone(),
                    likeness: likeness((name, state), (other, candidate)),
                })
        })
        .filter(|pair| pair.likeness >= LIKENESS_MIN)
        .collect();
    pairs.sort_by(|one, other| {
        let by_likeness = other.likeness.total_cmp(&one.likeness);
        by_likeness.then_with(|| (&one.old, &one.new).cmp(&(&other.old, &other.new)))
    });
    let mut kept: Vec<Renamed> = Vec::new();
    for pair in pairs {
        let is_taken = kept
            .iter()
            .any(|known| known.old == pair.old || known.new == pair.new);
        if !is_taken {
            kept.push(pair);
        }
    }
    kept
}

/// Old names to new ones.
pub(super) fn map(renamed: &[Renamed]) -> BTreeMap<&str, &str> {
    let pairs = renamed.iter();
    pairs
        .map(|pair| (pair.old.as_str(), pair.new.as_str()))
        .collect()
}

/// Two thirds what they do, one third what they are called.
fn likeness((name, state): (&str, &Value), (other, candidate): (&str, &Value)) -> f64 {
    if type_of(state) != type_of(candidate) {
        return 0.0;
    }
    let names = strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    (2.0 * body_likeness(state, candidate) + names) / 3.0
}

/// The share of members that are equal; most states have few.
fn body_likeness(one: &Value, other: &Value) -> f64 {
    let leaves = |state: &Value| {
        let mut found = BTreeMap::new();
        collect(state, String::new(), &mut found);
        found
    };
    let (one, other) = (leaves(one), leaves(other));
    let equal = one
        .iter()
        .filter(|(path, value)| other.get(*path) == Some(value))
        .count();
    let all = one.len().max(other.len()).max(1);
    #[expect(clippy::cast_precision_loss, reason = "a state has few members")]
    let share = equal as f64 / all as f64;
    share
}

/// Every leaf by its path.
pub(super) fn collect(value: &Value, path: String, found: &mut BTreeMap<String, String>) {
    let below = |name: &str| match path.as_str() {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                collect(member, below(name), found);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            for (index, element) in elements.iter().enumerate() {
                collect(element, below(&index.to_string()), found);
            }
        }
        leaf => {
            let words = leaf
                .as_str()
                .map_or_else(|| leaf.to_string(), str::to_owned);
            found.insert(path, words);
        }
    }
}
