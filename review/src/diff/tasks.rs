//! Tasks: what executions that already run send, read and catch, beside handlers that are new.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Change, Deployment,
    contracts::{Caller, DEFAULT, KEEP_ANSWER, callers, reader_says, told, writer_says},
    reads,
};
use crate::{
    machine,
    release::{Contract, Release},
    schema::breakages,
};

const KEEP_TASK: &str = "keep answering the task until the executions that call it have ended";

/// Tasks that come, go and change.
pub(super) fn changes(old: &Release, new: &Release, deployment: Deployment) -> Vec<Change> {
    // A definition alone says nothing of contracts.
    if old.tasks.is_empty() || new.tasks.is_empty() {
        return Vec::new();
    }
    let names: BTreeSet<&String> = old.tasks.keys().chain(new.tasks.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let subject = format!("task {name}");
        let callers = callers(old, |state| machine::task(state) == Some(name));
        let places: Vec<String> = callers.iter().map(Caller::place).collect();
        match (old.tasks.get(name), new.tasks.get(name)) {
            (None, Some(_)) => changes.push(Change::safe(&subject, "is added")),
            (Some(_), None) => changes.push(gone(
                Change::safe(&subject, "is removed"),
                places,
                deployment,
            )),
            (Some(before), Some(after)) => {
                let task = Task {
                    name,
                    subject,
                    old,
                    before,
                    after,
                    places,
                    deployment,
                };
                changes.extend(task.changes());
            }
            (None, None) => {}
        }
    }
    changes
}

fn gone(change: Change, places: Vec<String>, deployment: Deployment) -> Change {
    if places.is_empty() {
        return change;
    }
    if deployment.pins_functions {
        return change
            .notice("running executions go on with the version of the function that they name");
    }
    change.breaks(
        "executions that already run will call it, and the function no longer knows it",
        places,
        KEEP_TASK,
    )
}

struct Task<'a> {
    name: &'a str,
    subject: String,
    old: &'a Release,
    before: &'a Contract,
    after: &'a Contract,
    places: Vec<String>,
    deployment: Deployment,
}

impl Task<'_> {
    fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let safe = |says: String| Change::safe(&self.subject, says);
        if self.before.function != self.after.function {
            let says = format!(
                "is answered by the function {}, not {}",
                self.after.function, self.before.function
            );
            changes.push(gone(safe(says), self.places.clone(), self.deployment));
        }
        if self.before.licence != self.after.licence {
            changes.push(safe(format!(
                "is {}, not {}",
                self.after.licence, self.before.licence
            )));
        }
        if self.before.asks != self.after.asks {
            let says = if self.after.asks {
                "answers by its token, not at once"
            } else {
                "answers at once, not by its token"
            };
            changes.push(self.breaks(
                safe(says.to_owned()),
                "executions that already run await the answer in the other way",
                self.places.clone(),
                "give the task that answers in the other way another name",
                self.deployment.pins_functions,
            ));
        }
        changes.extend(self.input());
        changes.extend(self.output());
        changes.extend(self.errors());
        changes
    }

    fn breaks(
        &self,
        change: Change,
        because: &str,
        places: Vec<String>,
        help: &str,
        is_pinned: bool,
    ) -> Change {
        match (places.is_empty(), is_pinned) {
            (true, _) => change,
            (false, true) => change
                .notice("running executions go on with the version of the function that they name"),
            (false, false) => change.breaks(because, places, help),
        }
    }

    /// Old executions write it, the new handler reads it.
    fn input(&self) -> Vec<Change> {
        let broken = breakages(&self.after.input, &self.before.input);
        let mut changes: Vec<Change> = broken
            .iter()
            .map(|breakage| {
                let says = reader_says("input", breakage);
                self.breaks(
                    Change::of(&self.subject, says, breakage),
                    "executions that already run send the input as it was",
                    self.places.clone(),
                    DEFAULT,
                    self.deployment.pins_functions,
                )
            })
            .collect();
        changes.extend(told(
            &self.subject,
            "input",
            (&self.before.input, &self.after.input),
            &broken,
        ));
        changes
    }

    /// The new handler writes it, or later code signals it; the old definition reads it where it does.
    fn output(&self) -> Vec<Change> {
        let what = if self.before.asks { "signal" } else { "output" };
        let answer = if self.before.asks {
            "$states.result"
        } else {
            "$states.result.Payload"
        };
        let broken = breakages(&self.before.output, &self.after.output);
        let mut changes = Vec::new();
        for breakage in &broken {
            let change = Change::of(&self.subject, writer_says(what, breakage), breakage);
            let places = self.readers(answer, &breakage.path);
            let because = if self.before.asks {
                "the signal comes from code that is new by then, whatever version the execution calls, and executions that \
                 already run read it as it was"
            } else {
                "executions that already run read it as it was"
            };
            // A signal's sender is not called by the execution, so no pinned version helps.
            let is_pinned = self.deployment.pins_functions && !self.before.asks;
            let change = if places.is_empty() && !self.places.is_empty() {
                change.notice("no running execution reads it")
            } else {
                self.breaks(change, because, places, KEEP_ANSWER, is_pinned)
            };
            changes.push(change);
        }
        changes.extend(told(
            &self.subject,
            what,
            (&self.before.output, &self.after.output),
            &broken,
        ));
        changes
    }

    fn readers(&self, answer: &str, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (name, machine) in &self.old.machines {
            let calls = |state: &Value| machine::task(state) == Some(self.name);
            let states = reads::places(&machine.definition, calls, answer, path);
            found.extend(states.into_iter().map(|state| format!("{name}: {state:?}")));
        }
        found
    }

    fn errors(&self) -> Vec<Change> {
        let (before, after) = (&self.before.errors, &self.after.errors);
        let mut changes = Vec::new();
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            changes.push(Change::safe(
                &self.subject,
                format!("no longer refuses with {name}"),
            ));
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            changes.push(self.unknown_error(name));
        }
        for (name, carried) in before {
            let Some(now) = after.get(name) else { continue };
            for breakage in breakages(carried, now) {
                let says = writer_says(&format!("refusal {name}"), &breakage);
                let places = self.catching(name);
                changes.push(self.breaks(
                    Change::of(&self.subject, says, &breakage),
                    "executions that already run read what it carries as it was",
                    places,
                    KEEP_ANSWER,
                    self.deployment.pins_functions,
                ));
            }
        }
        changes
    }

    /// An error that the old definition was not written for.
    fn unknown_error(&self, error: &str) -> Change {
        let change = Change::safe(&self.subject, format!("can refuse with {error}"));
        let (uncaught, caught): (Vec<Caller>, Vec<Caller>) =
            callers(self.old, |state| machine::task(state) == Some(self.name))
                .into_iter()
                .partition(|caller| !self.is_caught(caller, error));
        if !uncaught.is_empty() {
            let places = uncaught.iter().map(Caller::place).collect();
            return self.breaks(
                change,
                "executions that already run have no Catch for it, and would fail",
                places,
                "answer as before until the executions that already run have ended",
                self.deployment.pins_functions,
            );
        }
        if caught.is_empty() {
            return change;
        }
        let mut change = change.notice(
            "executions that already run retry and then catch it as something unexpected (States.ALL)",
        );
        change.places = caught.iter().map(Caller::place).collect();
        change
    }

    fn is_caught(&self, caller: &Caller, error: &str) -> bool {
        self.state(caller).is_some_and(|state| {
            machine::list(state, "Catch").iter().any(|catcher| {
                let names = machine::list(catcher, "ErrorEquals").iter();
                names.filter_map(Value::as_str).any(|name| {
                    name == error || name == "States.ALL" || name == "States.TaskFailed"
                })
            })
        })
    }

    fn catching(&self, error: &str) -> Vec<String> {
        let calls = callers(self.old, |state| {
            let catches = |catcher: &Value| {
                let names = machine::list(catcher, "ErrorEquals");
                let is_named = names.iter().any(|name| name.as_str() == Some(error));
                is_named && catcher.to_string().contains("errorOutput.Cause")
            };
            machine::task(state) == Some(self.name)
                && machine::list(state, "Catch").iter().any(catches)
        });
        calls.iter().map(Caller::place).collect()
    }

    fn state(&self, caller: &Caller) -> Option<&Value> {
        let machine = self.old.machines.get(&caller.machine)?;
        let all = machine::all(&machine.definition);
        all.into_iter()
            .find(|at| at.name == caller.state)
            .map(|at| at.state)
    }
}
