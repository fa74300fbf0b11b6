//! State machines that come, go and change: in words, and what it costs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Change, names, states::differences};
use crate::{
    machine::{self, bodies, cheapest_by_way, cheapest_ends, child, placeholder, type_of},
    release::{Machine, Release},
};

const KEEP_MACHINE: &str =
    "keep the state machine until its executions have ended: comanda exec list --workflow";

pub(super) fn changes(old: &Release, new: &Release) -> Vec<Change> {
    let names: BTreeSet<&String> = old.machines.keys().chain(new.machines.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        match (old.machines.get(name), new.machines.get(name)) {
            (Some(before), Some(after)) => {
                changes.extend(changed(name, before, after));
                if new.has_manifest {
                    changes.extend(permissions(name, before, after));
                }
            }
            (Some(_), None) => changes.push(removed(old, name)),
            (None, Some(after)) => changes.push(Change::safe(
                name,
                format!(
                    "is a new {} state machine of {} states",
                    if after.is_express {
                        "Express"
                    } else {
                        "Standard"
                    },
                    machine::all(&after.definition).len()
                ),
            )),
            (None, None) => {}
        }
    }
    changes
}

/// `DeleteStateMachine` ends running executions at their next transition; and whoever starts it finds nothing.
fn removed(old: &Release, name: &str) -> Change {
    let mut places = vec![format!("{name}: every execution that runs")];
    let arn = placeholder(name);
    for (parent, machine) in &old.machines {
        for at in machine::all(&machine.definition) {
            if child(at.state).is_some_and(|(started, _)| started == arn) {
                places.push(format!("{parent}: {:?}", at.name));
            }
        }
    }
    Change::safe(name, "is removed").breaks(
        "AWS ends running executions of a deleted state machine at their next step",
        places,
        KEEP_MACHINE,
    )
}

fn changed(name: &str, old: &Machine, new: &Machine) -> Vec<Change> {
    let mut changes = Vec::new();
    let kind = |machine: &Machine| {
        if machine.is_express {
            "Express"
        } else {
            "Standard"
        }
    };
    if old.is_express != new.is_express {
        let says = format!("is {}, not {}", kind(new), kind(old));
        changes.push(Change::safe(name, says).breaks(
            "a state machine's kind cannot be changed: it is deleted and made anew, and AWS ends running executions of a \
             deleted one at their next step",
            vec![format!("{name}: every execution that runs")],
            "give the other kind another name, and remove the old one when its executions have ended",
        ));
    }
    for member in ["StartAt", "TimeoutSeconds", "QueryLanguage"] {
        let of = |machine: &Machine| {
            let value = machine.definition.get(member);
            value.map_or_else(|| "absent".to_owned(), Value::to_string)
        };
        if of(old) != of(new) {
            changes.push(Change::safe(
                name,
                format!("{member} is {}, not {}", of(new), of(old)),
            ));
        }
    }
    let mut said = Vec::new();
    level(&old.definition, &new.definition, &mut said);
    said.extend(steps(old, new));
    said.extend(costs(old, new));
    changes.extend(said.into_iter().map(|says| Change::safe(name, says)));
    changes
}

/// The states of one level, and of the levels inside of them.
fn level(old: &Value, new: &Value, said: &mut Vec<String>) {
    let (Some(old), Some(new)) = (machine::states(old), machine::states(new)) else {
        return;
    };
    let pairs = names::renamed(old, new);
    let renamed = names::map(&pairs);
    for pair in &pairs {
        said.push(format!(
            "{:?} is called {:?} (a guess: {:.0} % alike)",
            pair.old,
            pair.new,
            pair.likeness * 100.0
        ));
    }
    for (name, state) in old {
        let after = renamed.get(name.as_str()).copied().unwrap_or(name);
        match new.get(after) {
            None => said.push(format!("{name:?} is removed, a {}", type_of(state))),
            Some(now) => {
                for difference in differences(state, now, &renamed) {
                    said.push(format!("{after:?} {difference}"));
                }
                inside(after, state, now, said);
            }
        }
    }
    for (name, state) in new {
        let is_new = !old.contains_key(name) && !pairs.iter().any(|pair| pair.new == *name);
        if is_new {
            said.push(format!("{name:?} is added, a {}", type_of(state)));
        }
    }
}

fn inside(name: &str, old: &Value, new: &Value, said: &mut Vec<String>) {
    let (old, new) = (bodies(old), bodies(new));
    if old.len() != new.len() {
        said.push(format!(
            "{name:?} has {} branches, not {}",
            new.len(),
            old.len()
        ));
    }
    for (old, new) in old.into_iter().zip(new) {
        level(old, new, said);
    }
}

/// Steps as they were written that are no states of their own, because they became part of others.
fn steps(old: &Machine, new: &Machine) -> Vec<String> {
    if old.steps.is_empty() || new.steps.is_empty() {
        return Vec::new();
    }
    let states = |machine: &Machine| -> BTreeSet<String> {
        let all = machine::all(&machine.definition).into_iter();
        all.map(|at| at.name.to_owned()).collect()
    };
    let only = |one: &Machine, other: &Machine, words: &str| -> Vec<String> {
        let folded = states(one);
        let steps = one.steps.iter().filter(|(name, _)| {
            !other.steps.contains_key(*name) && !folded.contains(name.as_str())
        });
        steps
            .map(|(name, kind)| {
                format!("the step {name:?} is {words}, a {kind} that is folded into others")
            })
            .collect()
    };
    let mut said = only(old, new, "removed");
    said.extend(only(new, old, "added"));
    said
}

/// What the cheapest way to each end costs, and by way of each step that somebody answers.
fn costs(old: &Machine, new: &Machine) -> Vec<String> {
    if new.is_express {
        return Vec::new();
    }
    let mut said = Vec::new();
    let (before, after) = (
        cheapest_ends(&old.definition),
        cheapest_ends(&new.definition),
    );
    let ends: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for end in ends {
        match (before.get(end), after.get(end)) {
            (Some(before), Some(after)) if before != after => said.push(format!(
                "the cheapest way to {end} takes {after} transitions, not {before}"
            )),
            (None, Some(after)) => said.push(format!(
                "can end with {end}, after {after} transitions at least"
            )),
            (Some(_), None) => said.push(format!("no longer ends with {end}")),
            _ => {}
        }
    }
    let by_way = cheapest_by_way(&old.definition);
    for ((step, end), after) in cheapest_by_way(&new.definition) {
        let before: BTreeMap<_, _> = by_way.iter().map(|((s, e), cost)| ((s, e), cost)).collect();
        match before.get(&(&step, &end)) {
            Some(before) if **before != after => said.push(format!(
                "the cheapest way to {end} by {step:?} takes {after} transitions, not {before}"
            )),
            _ => {}
        }
    }
    said
}

/// The role's policy is changed in place, so a running execution loses what the new definition does not need.
fn permissions(name: &str, old: &Machine, new: &Machine) -> Vec<Change> {
    let lost = old.permissions.difference(&new.permissions).map(|permission| {
        let places = users(&old.definition, permission);
        let change = Change::safe(name, format!("may no longer {permission}"));
        if places.is_empty() {
            return change;
        }
        let places = places
            .into_iter()
            .map(|state| format!("{name}: {state:?}"))
            .collect();
        change.breaks(
            "running executions keep their definition and the role, whose policy changes under them",
            places,
            "keep the permission until the executions that need it have ended",
        )
    });
    let gained = new
        .permissions
        .difference(&old.permissions)
        .map(|permission| Change::safe(name, format!("may now {permission}")));
    lost.chain(gained).collect()
}

/// The states that need a permission, by the name that it is on.
fn users(definition: &Value, permission: &str) -> Vec<String> {
    let Some((_, on)) = permission.split_once(" on ") else {
        return Vec::new();
    };
    let name = on.split_once(' ').map_or(on, |(_, name)| name);
    let function = placeholder(name).replace("StateMachine}", "Function}");
    let machine = placeholder(name);
    machine::all(definition)
        .into_iter()
        .filter(|at| {
            let arguments = at.state.get("Arguments").map(Value::to_string);
            let text = arguments.unwrap_or_default();
            text.contains(&function)
                || text.contains(&machine)
                || text.contains(&format!("{name:?}"))
        })
        .map(|at| at.name.to_owned())
        .collect()
}
