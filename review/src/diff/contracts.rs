//! Contracts that cross the border between an execution that already runs and code that does not wait for it: children and
//! messages here, tasks in [`super::tasks`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Change, reads};
use crate::{
    machine::{self, child, placeholder},
    release::Release,
    schema::{Breakage, BreakageKind, breakages, parts},
};

pub(super) const DEFAULT: &str = "take what is missing as a default (an `Option` or `#[serde(default)]`), and demand it a release later";
pub(super) const KEEP_ANSWER: &str =
    "go on answering what the old definition reads, and stop a release later";

/// A state of a machine that calls a task, or starts a workflow.
pub(super) struct Caller {
    pub(super) machine: String,
    pub(super) state: String,
}

impl Caller {
    pub(super) fn place(&self) -> String {
        format!("{}: {:?}", self.machine, self.state)
    }
}

pub(super) fn callers(release: &Release, calls: impl Fn(&Value) -> bool) -> Vec<Caller> {
    let mut found = Vec::new();
    for (name, machine) in &release.machines {
        for at in machine::all(&machine.definition) {
            if calls(at.state) {
                found.push(Caller {
                    machine: name.clone(),
                    state: at.name.to_owned(),
                });
            }
        }
    }
    found
}

/// Workflows that running executions start, and whose end they read.
pub(super) fn children(old: &Release, new: &Release) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, before) in &old.machines {
        let Some(after) = new.machines.get(name) else {
            continue;
        };
        let arn = placeholder(name);
        let starters = callers(old, |state| {
            child(state).is_some_and(|(started, _)| started == arn)
        });
        let places: Vec<String> = starters.iter().map(Caller::place).collect();
        let null = Value::Null;
        let of = |schema: &Option<Value>| schema.clone().unwrap_or(null.clone());
        let (reader, writer) = (of(&after.input), of(&before.input));
        let broken = breakages(&reader, &writer);
        for breakage in &broken {
            let change = Change::of(name, reader_says("input", breakage), breakage);
            changes.push(if places.is_empty() {
                change.notice("its starters change with it; executions that already started keep their definition")
            } else {
                change.breaks(
                    "executions that already run start it with the input as it was",
                    places.clone(),
                    DEFAULT,
                )
            });
        }
        changes.extend(told(name, "input", (&writer, &reader), &broken));
        let (reader, writer) = (of(&before.output), of(&after.output));
        let broken = breakages(&reader, &writer);
        for breakage in &broken {
            let mut readers = Vec::new();
            for (parent, machine) in &old.machines {
                let awaits = |state: &Value| child(state) == Some((arn.as_str(), true));
                let states = reads::places(
                    &machine.definition,
                    awaits,
                    "$states.result.Output",
                    &breakage.path,
                );
                readers.extend(
                    states
                        .into_iter()
                        .map(|state| format!("{parent}: {state:?}")),
                );
            }
            let change = Change::of(name, writer_says("output", breakage), breakage);
            changes.push(if readers.is_empty() {
                change
            } else {
                change.breaks(
                    "executions that already run await it and read its end as it was",
                    readers,
                    KEEP_ANSWER,
                )
            });
        }
        changes.extend(told(name, "output", (&reader, &writer), &broken));
    }
    changes
}

/// Messages to and from the stores' POS, which are not deployed with us.
pub(super) fn messages(old: &Release, new: &Release) -> Vec<Change> {
    const OURS: &str = "store-message";
    let mut changes = Vec::new();
    for (name, before) in &old.messages {
        let subject = format!("message {name}");
        let Some(after) = new.messages.get(name) else {
            changes.push(Change::safe(&subject, "is removed").breaks(
                "the stores' POS are not deployed with us",
                vec!["the stores' POS".to_owned()],
                "keep it until no POS uses it",
            ));
            continue;
        };
        let is_ours = name == OURS;
        let (reader, writer) = if is_ours {
            (before, after)
        } else {
            (after, before)
        };
        let broken = breakages(reader, writer);
        for breakage in &broken {
            let says = if is_ours {
                writer_says("text", breakage)
            } else {
                reader_says("text", breakage)
            };
            let change = Change::of(&subject, says, breakage);
            if is_ours && breakage.path.is_empty() && matches!(breakage.kind, BreakageKind::Case(_))
            {
                changes.push(change.notice("the stores' POS must pass over what they do not know"));
                continue;
            }
            let because = if is_ours {
                "the stores' POS read it as it was"
            } else {
                "the stores' POS write it as it was, and such messages may wait in the queue"
            };
            changes.push(change.breaks(
                because,
                vec!["the stores' POS".to_owned()],
                if is_ours { KEEP_ANSWER } else { DEFAULT },
            ));
        }
        changes.extend(told(&subject, "text", (before, after), &broken));
    }
    changes
}

/// What the new reader demands, in words.
pub(super) fn reader_says(what: &str, breakage: &Breakage) -> String {
    let name = breakage.name();
    match &breakage.kind {
        BreakageKind::Case(case) if breakage.path.is_empty() => {
            format!("its {what} can no longer be \"{case}\"")
        }
        BreakageKind::Removed => format!("its {what} must have `{name}`"),
        BreakageKind::Optional => format!("its {what} must always have `{name}`"),
        BreakageKind::Case(case) => format!("its {what} no longer takes \"{case}\" in `{name}`"),
        BreakageKind::Type(now, before) => {
            format!("its {what} takes {now} in `{name}`, not {before}")
        }
        BreakageKind::Bound(bound) | BreakageKind::Unstated(bound) => {
            format!("its {what} takes {bound} in `{name}`")
        }
    }
}

/// What the new writer leaves out or adds, in words.
pub(super) fn writer_says(what: &str, breakage: &Breakage) -> String {
    let name = breakage.name();
    match &breakage.kind {
        BreakageKind::Case(case) if breakage.path.is_empty() => {
            format!("its {what} can be \"{case}\"")
        }
        BreakageKind::Removed => format!("its {what} no longer has `{name}`"),
        BreakageKind::Optional => format!("its {what} does not always have `{name}`"),
        BreakageKind::Case(case) => format!("its {what} can be \"{case}\" in `{name}`"),
        BreakageKind::Type(before, now) => {
            format!("its {what} has {now} in `{name}`, not {before}")
        }
        BreakageKind::Bound(bound) | BreakageKind::Unstated(bound) => {
            format!("its {what} may be more than {bound} in `{name}`")
        }
    }
}

/// The differences of a schema that break nothing.
pub(super) fn told(
    subject: &str,
    what: &str,
    (old, new): (&Value, &Value),
    broken: &[Breakage],
) -> Vec<Change> {
    let (before, after) = (parts(old), parts(new));
    // What is told as a breakage is not told again: its own path, and the case that it names.
    let is_told = |path: &String| {
        broken.iter().any(|breakage| {
            let case = match &breakage.kind {
                BreakageKind::Case(case) => case.as_str(),
                _ => "",
            };
            let path = path.replace("[]", ".[]");
            let below = |prefix: &str| path == prefix || path.starts_with(&format!("{prefix}."));
            let join = |name: &str| match breakage.path.as_str() {
                "" => name.to_owned(),
                at => format!("{at}.{name}"),
            };
            if case.is_empty() {
                below(&breakage.path)
            } else {
                below(&join(case)) || below(&join(&format!("\"{case}\"")))
            }
        })
    };
    let mut changes = Vec::new();
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    // What comes or goes with the member that it is in is told by that member.
    let is_inside = |path: &str| {
        let parent = path
            .strip_suffix("[]")
            .or_else(|| Some(path.rsplit_once('.')?.0));
        parent.is_some_and(|parent| before.contains_key(parent) != after.contains_key(parent))
    };
    for path in paths
        .into_iter()
        .filter(|path| !is_told(path) && !is_inside(path))
    {
        let says = match (before.get(path), after.get(path)) {
            (Some(before), Some(after)) if before == after => continue,
            (Some(before), Some(after)) => {
                format!("its {what}'s `{path}` is {after}, not {before}")
            }
            (None, Some(_)) => format!("its {what} gains `{path}`"),
            (Some(_), None) => format!("its {what} loses `{path}`"),
            (None, None) => continue,
        };
        changes.push(Change::safe(subject, says));
    }
    changes
}
