//! How far an execution can go: events of its history, size of what it carries, and time.
//!
//! The machine is walked with what is known of its variables: constants, and what is computed of constants, so that a
//! counted loop ends where its counter says ([`walk`]). What is not known may be anything, and every way is taken. So a
//! bound may be higher than what can happen, and never lower, but for two things: a redrive adds to a history, and what
//! a field may hold is what its schema says.

mod known;
mod lookup;
mod size;
mod walk;
mod weigh;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use size::Payload;

use crate::{
    machine::{all, child, placeholder, text},
    release::Release,
};
use walk::Product;

/// What AWS allows: events of a Standard execution's history.
pub const EVENTS_MAX: u64 = 25_000;
/// Bytes of a state's input or output, and of one variable.
pub const PAYLOAD_MAX_BYTES: u64 = 262_144;
/// How long a Standard execution may take: a year.
pub const STANDARD_MAX_SECONDS: u64 = 31_536_000;
/// How long an Express execution may take.
pub const EXPRESS_MAX_SECONDS: u64 = 300;

/// The most that an execution can come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bounds {
    /// The workflow.
    pub workflow: String,
    /// Whether it is Express: AWS keeps no history of it, and time is what is short.
    pub is_express: bool,
    /// Events when every call is answered at its first try.
    pub events_undisturbed: Measure,
    /// Events when every call fails until its last try.
    pub events: Measure,
    /// Seconds when every call takes all of its time at every try, without the deadlines below.
    pub seconds: Measure,
    /// Moments that steps wait for, however often they are begun again.
    pub until: Vec<Deadline>,
    /// Workflows whose end it awaits.
    pub awaited: Vec<Awaited>,
    /// What an execution carries.
    pub payload: Payload,
}

/// The most of something, and the way to it; or why there is no most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measure {
    /// The most.
    pub most: u64,
    /// The states on the way to it, with how often each is entered.
    pub by: BTreeMap<String, u64>,
    /// Reasons why there may be more.
    pub unbounded: BTreeSet<String>,
}

/// A moment that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deadline {
    /// The expression that names it.
    pub moment: String,
    /// How far away it can be, where the contract says so.
    pub within_seconds: Option<u64>,
}

/// A workflow whose end is awaited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaited {
    /// The state that awaits it.
    pub state: String,
    /// The workflow.
    pub workflow: String,
    /// How long it is awaited, where that is a number.
    pub within_seconds: Option<u64>,
    /// The most that it may take itself, where that is known.
    pub longest_seconds: Option<u64>,
}

impl Awaited {
    /// Whether whoever awaits it may give it up while it runs still.
    fn is_given_up(&self) -> bool {
        match (self.within_seconds, self.longest_seconds) {
            (Some(within), Some(longest)) => within < longest,
            _ => true,
        }
    }
}

impl Bounds {
    /// The most seconds that it can take, deadlines included; nothing where that is not known.
    #[must_use]
    pub fn seconds_in_all(&self) -> Option<u64> {
        let within: Option<u64> = self
            .until
            .iter()
            .map(|deadline| deadline.within_seconds)
            .sum();
        within
            .filter(|_| self.seconds.unbounded.is_empty())
            .map(|within| within + self.seconds.most)
    }

    /// The most that AWS lets it take.
    #[must_use]
    pub fn seconds_allowed(&self) -> u64 {
        if self.is_express {
            EXPRESS_MAX_SECONDS
        } else {
            STANDARD_MAX_SECONDS
        }
    }

    /// What is beyond AWS's limits, or not known to be within them, in words.
    #[must_use]
    pub fn beyond(&self) -> Vec<String> {
        let mut said = Vec::new();
        if !self.is_express {
            for reason in &self.events.unbounded {
                said.push(format!("its history has no bound: {reason}"));
            }
            if self.events.most > EVENTS_MAX {
                said.push(format!(
                    "its history may have {} events, of {EVENTS_MAX} that AWS allows",
                    self.events.most
                ));
            }
        }
        let allowed = self.seconds_allowed();
        match self.seconds_in_all() {
            Some(seconds) if seconds <= allowed => {}
            Some(seconds) => said.push(format!(
                "it may take {seconds} s, of {allowed} s that AWS allows"
            )),
            None => {
                let reasons = self.seconds.unbounded.iter().cloned();
                let unknown = self
                    .until
                    .iter()
                    .filter(|until| until.within_seconds.is_none());
                let unknown =
                    unknown.map(|until| format!("nothing says how far {} is", until.moment));
                said.extend(
                    reasons
                        .chain(unknown)
                        .map(|why| format!("its time has no bound: {why}")),
                );
            }
        }
        for awaited in self.awaited.iter().filter(|awaited| awaited.is_given_up()) {
            let seconds = |known: Option<u64>| {
                known.map_or_else(
                    || "nobody knows how long".to_owned(),
                    |known| format!("{known} s"),
                )
            };
            said.push(format!(
                "{:?} awaits {} for {}, which may take {}",
                awaited.state,
                awaited.workflow,
                seconds(awaited.within_seconds),
                seconds(awaited.longest_seconds)
            ));
        }
        if self.payload.most_bytes > PAYLOAD_MAX_BYTES {
            said.push(format!(
                "{} may have {} bytes, of {PAYLOAD_MAX_BYTES} that AWS allows",
                self.payload.of, self.payload.most_bytes
            ));
        }
        said
    }
}

/// The bounds of one workflow of a release; nothing where it is not there or has no start.
#[must_use]
pub fn bounds(release: &Release, workflow: &str) -> Option<Bounds> {
    bounds_below(release, workflow, &mut Vec::new())
}

/// `above` are those that await this one: a workflow that awaits itself has no end.
fn bounds_below<'a>(
    release: &'a Release,
    workflow: &'a str,
    above: &mut Vec<&'a str>,
) -> Option<Bounds> {
    let machine = release.machines.get(workflow)?;
    text(&machine.definition, "StartAt")?;
    let lookup = lookup::Lookup::of(release, &machine.definition);
    let product = Product::of(&machine.definition);
    let disturbed = weigh::Weighing::new(&lookup, weigh::Weather::AllFails);
    let undisturbed = weigh::Weighing::new(&lookup, weigh::Weather::NothingFails);
    // The execution's own first and last event.
    let ends = |mut measure: Measure| {
        measure.most += 2;
        measure
    };
    let events = ends(disturbed.events(&product));
    above.push(workflow);
    let awaited = awaited(release, workflow, above);
    above.pop();
    Some(Bounds {
        workflow: workflow.to_owned(),
        is_express: machine.is_express,
        events_undisturbed: ends(undisturbed.events(&product)),
        events,
        seconds: disturbed.seconds(&product),
        until: disturbed.deadlines(&product),
        awaited,
        payload: size::payload(release, workflow, &machine.definition),
    })
}

fn awaited<'a>(release: &'a Release, workflow: &str, above: &mut Vec<&'a str>) -> Vec<Awaited> {
    let definition = release
        .machines
        .get(workflow)
        .map(|machine| &machine.definition);
    let mut found = Vec::new();
    for at in definition.into_iter().flat_map(all) {
        let Some((arn, true)) = child(at.state) else {
            continue;
        };
        let started = release
            .machines
            .keys()
            .find(|name| placeholder(name) == arn);
        let below = started
            .filter(|name| !above.contains(&name.as_str()))
            .and_then(|name| bounds_below(release, name, above));
        found.push(Awaited {
            state: at.name.to_owned(),
            workflow: started.map_or(arn, String::as_str).to_owned(),
            within_seconds: at
                .state
                .get("TimeoutSeconds")
                .and_then(serde_json::Value::as_u64),
            longest_seconds: below.and_then(|below| below.seconds_in_all()),
        });
    }
    found
}

#[cfg(test)]
mod tests;
