//! Tables, queues and functions: where things are kept, and who may touch them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Change, Deployment,
    contracts::{Caller, callers},
};
use crate::{machine, release::Release};

const KEEP_ROWS: &str =
    "keep it until nothing that runs needs what is in it, or move the rows first";

pub(super) fn changes(old: &Release, new: &Release, deployment: Deployment) -> Vec<Change> {
    let mut changes = tables(old, new);
    if new.has_manifest {
        changes.extend(queues(old, new));
        changes.extend(functions(old, new, deployment));
    }
    changes
}

fn tables(old: &Release, new: &Release) -> Vec<Change> {
    if old.tables.is_empty() || new.tables.is_empty() {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for (name, before) in &old.tables {
        let subject = format!("table {name}");
        let Some(after) = new.tables.get(name) else {
            changes.push(Change::safe(&subject, "is removed").breaks(
                "rows of what is under way are in it",
                users(old, name),
                KEEP_ROWS,
            ));
            continue;
        };
        for key in ["partitionKey", "sortKey"] {
            if before.get(key) != after.get(key) {
                let says = format!(
                    "its {key} is {}, not {}",
                    word(after.get(key)),
                    word(before.get(key))
                );
                changes.push(Change::safe(&subject, says).breaks(
                    "a key cannot be changed: the table is made anew, without its rows",
                    users(old, name),
                    KEEP_ROWS,
                ));
            }
        }
        changes.extend(indexes(&subject, before, after));
        if before.get("timeToLive") != after.get("timeToLive") {
            let says = format!(
                "rows expire by {}, not by {}",
                word(after.get("timeToLive")),
                word(before.get("timeToLive"))
            );
            changes.push(Change::safe(&subject, says).notice("rows that are there may expire"));
        }
    }
    for name in new
        .tables
        .keys()
        .filter(|name| !old.tables.contains_key(*name))
    {
        changes.push(Change::safe(format!("table {name}"), "is added"));
    }
    changes
}

/// Functions read by indexes, and functions are deployed together; those that are under way meet the change for a moment.
fn indexes(subject: &str, old: &Value, new: &Value) -> Vec<Change> {
    let by_name = |table: &Value| -> BTreeMap<String, Value> {
        let indexes = table.get("indexes").and_then(Value::as_array);
        let named = |index: &Value| Some((index.get("name")?.as_str()?.to_owned(), index.clone()));
        indexes.into_iter().flatten().filter_map(named).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let change = |says: String| Change::safe(subject, says);
        match (old.get(name), new.get(name)) {
            (Some(before), Some(after)) if before == after => {}
            (Some(_), Some(_)) => changes.push(
                change(format!("its index {name} has other keys or members"))
                    .notice("an index is made anew; until it is filled, queries miss rows"),
            ),
            (None, Some(_)) => changes.push(change(format!("gains the index {name}")).notice(
                "until it is filled, queries miss rows: deploy it before the code that reads it",
            )),
            (Some(_), None) => changes.push(change(format!("loses the index {name}"))),
            (None, None) => {}
        }
    }
    changes
}

/// The functions that may touch a table.
fn users(release: &Release, table: &str) -> Vec<String> {
    let on = format!(" on table {table}");
    let users: Vec<String> = release
        .functions
        .iter()
        .filter(|(_, may)| may.iter().any(|permission| permission.ends_with(&on)))
        .map(|(name, _)| format!("function {name}"))
        .collect();
    if users.is_empty() {
        vec!["no function".to_owned()]
    } else {
        users
    }
}

fn queues(old: &Release, new: &Release) -> Vec<Change> {
    let removed = old.queues.difference(&new.queues).map(|name| {
        Change::safe(format!("queue {name}"), "is removed").breaks(
            "messages that wait in it are lost, and whoever sends or reads it finds nothing",
            vec!["the stores' POS, and messages under way".to_owned()],
            "keep it until it is empty and nobody uses it",
        )
    });
    let added = new
        .queues
        .difference(&old.queues)
        .map(|name| Change::safe(format!("queue {name}"), "is added"));
    removed.chain(added).collect()
}

/// A function's code and permissions change at the same moment, unless its versions outlive the change: they all go with
/// the function, and have one role.
fn functions(old: &Release, new: &Release, deployment: Deployment) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, before) in &old.functions {
        let subject = format!("function {name}");
        let places = if deployment.pins_functions {
            calls(old, name)
        } else {
            Vec::new()
        };
        let unless_pinned = |change: Change, because: &str, help: &str| {
            if places.is_empty() {
                change
            } else {
                change.breaks(because, places.clone(), help)
            }
        };
        match new.functions.get(name) {
            None => changes.push(unless_pinned(
                Change::safe(subject, "is removed"),
                "its versions go with it, and executions that already run call the version that they began with",
                "keep the function until the executions that call it have ended",
            )),
            Some(after) => {
                changes.extend(before.difference(after).map(|may| {
                    unless_pinned(
                        Change::safe(&subject, format!("may no longer {may}")),
                        "all versions of a function have one role, and executions that already run call the version that \
                         they began with",
                        "take the permission away when the executions that call that version have ended",
                    )
                }));
                let gained = after.difference(before);
                changes.extend(gained.map(|may| Change::safe(&subject, format!("may now {may}"))));
            }
        }
    }
    for name in new
        .functions
        .keys()
        .filter(|name| !old.functions.contains_key(*name))
    {
        changes.push(Change::safe(format!("function {name}"), "is added"));
    }
    changes
}

/// Where executions call a function.
fn calls(release: &Release, function: &str) -> Vec<String> {
    let answers = |state: &Value| {
        let task = machine::task(state).and_then(|task| release.tasks.get(task));
        task.is_some_and(|task| function == format!("comanda-{}", task.function))
    };
    callers(release, answers)
        .iter()
        .map(Caller::place)
        .collect()
}

fn word(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
