//! The state machine and its branches.

use serde_json::Value;

use super::{
    members::{Unread, Written},
    state,
};
use crate::model::{Branch, Fields, QueryLanguage, StateMachine, States};

const LANGUAGES: &[(&str, QueryLanguage)] = &[
    ("JSONPath", QueryLanguage::JsonPath),
    ("JSONata", QueryLanguage::Jsonata),
];

pub(super) fn read(value: &Value) -> Option<StateMachine> {
    let mut unread = Unread::of(value)?;
    Some(StateMachine {
        comment: unread.text("Comment"),
        query_language: language(&mut unread),
        version: unread.text("Version"),
        timeout_seconds: unread.integer("TimeoutSeconds"),
        start_at: unread.text("StartAt")?,
        states: states(&mut unread)?,
        unknown: unread.rest(),
    })
}

pub(super) fn write(machine: &StateMachine) -> Value {
    let mut written = Written::default();
    written.put_some("Comment", machine.comment.as_deref());
    written.put_some(
        "QueryLanguage",
        machine.query_language.map(QueryLanguage::as_str),
    );
    written.put_some("Version", machine.version.as_deref());
    written.put_some("TimeoutSeconds", machine.timeout_seconds);
    written.put("StartAt", machine.start_at.as_str());
    written.put("States", write_states(&machine.states));
    written.with(&machine.unknown)
}

/// Reads a branch; what is left may still be the members of an item processor.
pub(super) fn read_branch(unread: &mut Unread) -> Option<Branch> {
    Some(Branch {
        comment: unread.text("Comment"),
        query_language: language(unread),
        start_at: unread.text("StartAt")?,
        states: states(unread)?,
        unknown: Fields::new(),
    })
}

pub(super) fn write_branch(branch: &Branch, mut written: Written) -> Value {
    written.put_some("Comment", branch.comment.as_deref());
    written.put_some(
        "QueryLanguage",
        branch.query_language.map(QueryLanguage::as_str),
    );
    written.put("StartAt", branch.start_at.as_str());
    written.put("States", write_states(&branch.states));
    written.with(&branch.unknown)
}

pub(super) fn language(unread: &mut Unread) -> Option<QueryLanguage> {
    unread.word("QueryLanguage", LANGUAGES)
}

fn states(unread: &mut Unread) -> Option<States> {
    unread
        .object("States")?
        .iter()
        .map(|(name, value)| state::read(value).map(|state| (name.clone(), state)))
        .collect()
}

fn write_states(states: &States) -> Value {
    Value::Object(
        states
            .iter()
            .map(|(name, state)| (name.clone(), state::write(state)))
            .collect(),
    )
}
