//! What changes between two releases, in words, and what it means for executions that already run.
//!
//! A running Standard execution keeps the definition and the role that it was started with: `UpdateStateMachine` is for
//! executions that start later, and a redriven one takes its first definition again (AWS, "Redriving executions", and the
//! API reference of `UpdateStateMachine`). So a change of the definition itself breaks nothing. What breaks is what the
//! old definition calls and hears: functions, whose code moves under it; signals, which later code sends; child
//! workflows; the role's permissions; tables and queues. That is what is compared here, in the direction in which it is
//! used: who is older writes and who is newer reads, or the other way.

mod contracts;
mod infrastructure;
mod machines;
mod names;
mod reads;
mod states;
mod tasks;

use serde::Serialize;

use crate::{
    release::Release,
    schema::{Breakage, BreakageKind},
};

/// What is known about how the releases are deployed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deployment {
    /// Whether definitions name functions by their version, so that running executions keep the code as well, which then
    /// needs what it needed: the function, and what its role may do.
    pub pins_functions: bool,
}

/// What a change means for executions that already run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Nothing.
    Safe,
    /// They go on, in a way that a person may want to know.
    Notice,
    /// Some of them break.
    Breaks,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What changes: `order-lifecycle`, `task ConfirmOrder`, `table WhatsAppBotOrders`.
    pub subject: String,
    /// How, in words.
    pub says: String,
    /// What it means for executions that already run.
    pub verdict: Verdict,
    /// Why, where it means something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Where running executions meet it: `order-lifecycle: "Confirm the order"`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// What to do instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it is only that a bound is stated.
    #[serde(skip)]
    is_unstated: bool,
}

impl Change {
    fn safe(subject: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            says: says.into(),
            verdict: Verdict::Safe,
            because: None,
            places: Vec::new(),
            help: None,
            is_unstated: false,
        }
    }

    /// What a reader does not understand of a writer.
    fn of(subject: &str, says: String, breakage: &Breakage) -> Self {
        Self {
            is_unstated: matches!(breakage.kind, BreakageKind::Unstated(_)),
            ..Self::safe(subject, says)
        }
    }

    fn notice(self, because: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Notice,
            because: Some(because.into()),
            ..self
        }
    }

    fn breaks(self, because: impl Into<String>, places: Vec<String>, help: &str) -> Self {
        // A bound where none was stated mostly says what the code checked before.
        if self.is_unstated {
            return self.notice("no bound was stated before; a value beyond it would be refused");
        }
        Self {
            verdict: Verdict::Breaks,
            because: Some(because.into()),
            places,
            help: Some(help.to_owned()),
            ..self
        }
    }
}

/// Every change from `old` to `new`: machines first, then what they call, then where things are kept.
#[must_use]
pub fn diff(old: &Release, new: &Release, deployment: Deployment) -> Vec<Change> {
    let mut changes = machines::changes(old, new);
    changes.extend(tasks::changes(old, new, deployment));
    changes.extend(contracts::children(old, new));
    changes.extend(contracts::messages(old, new));
    changes.extend(infrastructure::changes(old, new, deployment));
    changes
}

/// The verdict on all of them.
#[must_use]
pub fn verdict(changes: &[Change]) -> Verdict {
    let verdicts = changes.iter().map(|change| change.verdict);
    verdicts.max().unwrap_or(Verdict::Safe)
}
