//! An execution's life in plain words, for operators: what happened, what it waits for, until when, and what then.
//!
//! Pure functions from history events and the order's row to sentences. The same words are shown by the console, by
//! `order show`, by `run` and by `tour`. Customers' texts are elsewhere: these are for the people who help them.

mod event;
mod message;
mod order;
mod sentence;
mod task;
#[cfg(test)]
mod tests;
mod words;

pub use event::{Event, EventError};
pub use message::{Message, Went, told};
pub use sentence::{Sentence, sentence};
pub use words::{clock, plain_duration, time_left};

use comanda_domain::order::Order;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// Quiet times shorter than this are not worth a line.
const QUIET: SignedDuration = SignedDuration::from_secs(45);

/// What a story is told from.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The histories of the executions it is told from, each oldest first: the order's own, and its refunds'.
    pub histories: &'a [&'a [Event]],
    /// The order it is about, where it is about one: its own history says more than the execution's.
    pub order: Option<&'a Order>,
    /// Whose clock the words use.
    pub zone: &'a TimeZone,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What, in the past tense: `order accepted`; or what is waited for.
    pub says: String,
    /// What belongs to it: `2 items, R$ 44,80, PIX`. May be empty.
    pub detail: String,
    /// What it means for whoever reads.
    pub tone: Tone,
    /// The state it happened in, where an execution's history says so.
    pub state: Option<String>,
}

/// What a line means for whoever reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Somebody is waited for. That is no error.
    Waiting,
    /// Something was refused or broke, and there is a way on.
    Trouble,
    /// Something broke and there is no way on without a person.
    Failed,
    /// It is over.
    End,
}

/// A line, or the quiet time between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Something happened.
    Line(Line),
    /// Nothing happened for so long.
    Quiet(SignedDuration),
}

/// The story, oldest first.
#[must_use]
pub fn story(told: Told<'_>) -> Vec<Line> {
    let mut lines: Vec<(Place, Line)> = event::lines(told)
        .into_iter()
        .map(|line| (Place::Between, line))
        .collect();
    if let Some(order) = told.order {
        lines.extend(order::lines(order, told.zone));
    }
    // Stable: what happened in the same instant at the same place stays in the order in which it was told.
    lines.sort_by_key(|(place, line)| (line.at, *place));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Where an order's own line stands among the lines of its execution of the same instant: what led to a step before it,
/// what a step decided after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Before,
    Between,
    After,
}

/// The story with its quiet times, so that a page need not be as long as the wait.
#[must_use]
pub fn with_quiet(lines: Vec<Line>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(lines.len());
    let mut last: Option<Timestamp> = None;
    for line in lines {
        if let Some(last) = last {
            let quiet = line.at.duration_since(last);
            if quiet >= QUIET {
                entries.push(Entry::Quiet(quiet));
            }
        }
        last = Some(line.at);
        entries.push(Entry::Line(line));
    }
    entries
}
