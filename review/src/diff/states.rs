//! How one state differs from what it was, in words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::names::collect;
use crate::machine::{self, WayKind, text, type_of, ways};

/// More leaves than these are counted and not listed.
const LISTED_MAX: usize = 4;
/// Longer values are cut.
const VALUE_CHARACTERS: usize = 60;

/// Members that are told in their own way, or in none.
const TOLD: &[&str] = &[
    "Type",
    "Resource",
    "Next",
    "End",
    "Default",
    "Choices",
    "Catch",
    "Retry",
    "TimeoutSeconds",
    "HeartbeatSeconds",
    "Branches",
    "ItemProcessor",
    "Iterator",
    "Comment",
];

/// Every difference of a state, without those inside of it. `renamed` has new names by old ones.
pub(super) fn differences(old: &Value, new: &Value, renamed: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut said = Vec::new();
    if type_of(old) != type_of(new) {
        said.push(format!("is a {}, not a {}", type_of(new), type_of(old)));
    }
    let called = |state: &Value| machine::task(state).map(str::to_owned);
    if called(old) != called(new) {
        said.push(changed(
            "calls the task",
            called(old).as_deref(),
            called(new).as_deref(),
        ));
    } else if text(old, "Resource") != text(new, "Resource") {
        said.push(changed(
            "calls",
            text(old, "Resource"),
            text(new, "Resource"),
        ));
    }
    for (name, words) in [
        ("TimeoutSeconds", "times out after"),
        ("HeartbeatSeconds", "must show a heartbeat every"),
    ] {
        let of = |state: &Value| state.get(name).map(seconds);
        if of(old) != of(new) {
            said.push(changed(words, of(old).as_deref(), of(new).as_deref()));
        }
    }
    said.extend(retries(old, new));
    said.extend(ways_out(old, new, renamed));
    said.extend(rest(old, new));
    said
}

fn changed(words: &str, old: Option<&str>, new: Option<&str>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("{words} {new}, not {old}"),
        (None, Some(new)) => format!("{words} {new}, which it did not"),
        (Some(old), None) => format!("no longer {words} {old}"),
        (None, None) => String::new(),
    }
}

fn seconds(value: &Value) -> String {
    value
        .as_u64()
        .map_or_else(|| cut(&value.to_string()), |seconds| format!("{seconds} s"))
}

/// Rules are told apart by the first error that they name.
fn retries(old: &Value, new: &Value) -> Vec<String> {
    let by_first = |state: &Value| -> BTreeMap<String, (Vec<String>, String)> {
        let retriers = machine::list(state, "Retry").iter();
        retriers
            .map(|retrier| {
                let names = names(retrier.get("ErrorEquals"));
                let first = names.first().cloned().unwrap_or_default();
                (first, (names, retrying(retrier)))
            })
            .collect()
    };
    let (old, new) = (by_first(old), by_first(new));
    let rules: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut said = Vec::new();
    for rule in rules {
        match (old.get(rule), new.get(rule)) {
            (Some((_, was)), Some((names, is))) if was != is => {
                said.push(format!("retries {} {is}, not {was}", listed(names)));
            }
            (Some((before, _)), Some((after, is))) => {
                let more: Vec<String> = missing(after, before);
                if !more.is_empty() {
                    said.push(format!("retries {} {is} as well", listed(&more)));
                }
                let fewer: Vec<String> = missing(before, after);
                if !fewer.is_empty() {
                    said.push(format!("has no rule to retry {} {is}", listed(&fewer)));
                }
            }
            (None, Some((names, is))) => {
                said.push(format!(
                    "retries {} {is}, which no rule said",
                    listed(names)
                ));
            }
            (Some((names, was)), None) => {
                said.push(format!("has no rule to retry {} {was}", listed(names)));
            }
            (None, None) => {}
        }
    }
    said
}

fn missing(of: &[String], from: &[String]) -> Vec<String> {
    let missing = of.iter().filter(|name| !from.contains(name));
    missing.cloned().collect()
}

fn names(errors: Option<&Value>) -> Vec<String> {
    let names = errors.and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn listed(names: &[String]) -> String {
    match names {
        [first, second, _, _, ..] => format!("{first}, {second} and {} more", names.len() - 2),
        names => names.join(", "),
    }
}

/// `8 times after 1 s to 60 s`. A retrier that does not say has AWS's three attempts from 1 s.
fn retrying(retrier: &Value) -> String {
    let number = |name: &str, default: u64| {
        retrier
            .get(name)
            .map_or_else(|| default.to_string(), Value::to_string)
    };
    let attempts = number("MaxAttempts", 3);
    if attempts == "0" {
        return "never".to_owned();
    }
    let longest = retrier.get("MaxDelaySeconds").map_or_else(
        || format!(" growing {}-fold", number("BackoffRate", 2)),
        |longest| format!(" to {longest} s"),
    );
    format!(
        "{attempts} times after {} s{longest}",
        number("IntervalSeconds", 1)
    )
}

fn ways_out(old: &Value, new: &Value, renamed: &BTreeMap<&str, &str>) -> Vec<String> {
    let target =
        |to: Option<&str>| to.map_or_else(|| "the end".to_owned(), |to| format!("\"{to}\""));
    let by_reason = |state: &Value, rename: bool| -> BTreeMap<String, String> {
        let ways = ways(state).into_iter();
        ways.map(|way| {
            let to = way.to.map(|to| match renamed.get(to) {
                Some(new) if rename => *new,
                _ => to,
            });
            (reason(way.kind), target(to))
        })
        .collect()
    };
    let (old, new) = (by_reason(old, true), by_reason(new, false));
    let reasons: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut said = Vec::new();
    for full in reasons {
        let reason = told(full);
        match (old.get(full), new.get(full)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => said.push(format!("goes to {new}{reason}, not to {old}")),
            (None, Some(new)) => said.push(format!("goes to {new}{reason}, which it did not")),
            (Some(old), None) => said.push(format!("no longer goes to {old}{reason}")),
            (None, None) => {}
        }
    }
    said
}

/// As it is shown. Conditions that begin alike are told apart by the whole of them.
fn told(reason: &str) -> String {
    match reason.strip_prefix(" when ") {
        Some(condition) => format!(" when {}", cut(condition)),
        None => reason.to_owned(),
    }
}

fn reason(kind: WayKind<'_>) -> String {
    match kind {
        WayKind::Next => String::new(),
        WayKind::Default => " otherwise".to_owned(),
        WayKind::When(condition) => {
            let bare = condition.trim_start_matches("{%").trim_end_matches("%}");
            format!(" when {}", bare.trim())
        }
        WayKind::Caught(errors) => format!(" on {}", listed(&names(Some(errors)))),
    }
}

/// Everything else, leaf by leaf.
fn rest(old: &Value, new: &Value) -> Vec<String> {
    let leaves = |state: &Value| {
        let mut found = BTreeMap::new();
        for (name, member) in state.as_object().into_iter().flatten() {
            if !TOLD.contains(&name.as_str()) {
                collect(member, name.clone(), &mut found);
            }
        }
        // The task is told already.
        found.remove("Arguments.Payload.task");
        found
    };
    let mut said = of_ways(old, new);
    let (old, new) = (leaves(old), leaves(new));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for path in paths {
        match (old.get(path), new.get(path)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => {
                said.push(format!("{path} is {}, not {}", cut(new), cut(old)))
            }
            (None, Some(new)) => said.push(format!("{path} is {}, which is added", cut(new))),
            (Some(_), None) => said.push(format!("{path} is gone")),
            (None, None) => {}
        }
    }
    let more = said.len().saturating_sub(LISTED_MAX);
    said.truncate(LISTED_MAX);
    if more > 0 {
        said.push(format!("and {more} more members differ"));
    }
    said
}

/// What ways that are there before and after carry: a Catch's and a Choice rule's `Assign` and `Output`.
fn of_ways(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (ways(old), ways(new));
    let of_rules = old
        .iter()
        .filter(|way| !matches!(way.kind, WayKind::Next | WayKind::Default));
    of_rules
        .filter_map(|way| {
            let same = new.iter().find(|other| other.kind == way.kind)?;
            let differs = ["Assign", "Output"]
                .iter()
                .any(|name| way.carries.get(name) != same.carries.get(name));
            differs.then(|| format!("carries other values{}", told(&reason(way.kind))))
        })
        .collect()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= VALUE_CHARACTERS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(VALUE_CHARACTERS).collect();
    format!("{kept}…")
}
