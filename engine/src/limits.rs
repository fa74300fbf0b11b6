//! The service's limits (providers §4.5), and its words where one is reached.

use std::sync::Arc;

use serde_json::Value;

use crate::failure::{Failure, names};
use crate::json::Json;
use crate::scope::Variables;

/// The most bytes a state's input, output or a task's result may have as JSON.
pub const DATA_LIMIT_BYTES: usize = 256 * 1024;
/// The most bytes all variables of a scope may have together as JSON. One variable may have [`DATA_LIMIT_BYTES`], and so
/// may everything that one state assigns.
pub const VARIABLES_LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// How deep data may be nested: what is read again from JSON text (by a journal, say) must stay readable.
pub const DATA_LIMIT_LEVELS: usize = 120;
/// The most events a history may have.
pub const HISTORY_LIMIT_EVENTS: u64 = 25_000;
/// How long an express execution may take.
pub(crate) const EXPRESS_LIMIT_SECONDS: u64 = 300;
/// How many states an execution may enter in one step. Neither express executions nor the iterations of a distributed Map
/// have a history that could fill up, so that without this a loop in which no time passes would never end.
pub(crate) const STATES_IN_A_STEP_LIMIT: u64 = 250_000;
/// How many more for every child execution that the step starts: as many as its history has room for.
pub(crate) const STATES_OF_A_CHILD_LIMIT: u64 = HISTORY_LIMIT_EVENTS / 2;
/// The cause of an execution that ran into that bound.
pub(crate) const STATES_IN_A_STEP_CAUSE: &str =
    "The execution went round without ever waiting for anything.";
/// How many bytes of data the states of an execution may make in one step, so that what has to be kept of it fits into
/// memory.
pub(crate) const DATA_IN_A_STEP_LIMIT_BYTES: usize = 256 * 1024 * 1024;
/// What an event of a history counts for, besides its data.
pub(crate) const EVENT_BYTES: usize = 256;
/// The cause of an execution that ran into that bound.
pub(crate) const DATA_IN_A_STEP_CAUSE: &str =
    "The execution made more than 256 MiB of data without ever waiting for anything.";
/// How many iterations of an inline Map run at a time when nothing is said.
pub(crate) const INLINE_MAP_CONCURRENCY: usize = 40;
/// How many child executions of a distributed Map run at a time when nothing is said.
pub(crate) const DISTRIBUTED_MAP_CONCURRENCY: usize = 10_000;
/// The cause of an execution that ended because its history was full.
pub(crate) const HISTORY_LIMIT_CAUSE: &str =
    "The execution reached the maximum number of history events (25000).";

/// Refuses data that is too large or nested too deep; `source` is the state or task it came from.
pub(crate) fn check_size(data: &Json, source: &str) -> Result<(), Failure> {
    if data.length() <= DATA_LIMIT_BYTES {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{source}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(Failure::reported(names::DATA_LIMIT_EXCEEDED, Some(&cause)))
}

/// Refuses assignments that are too large, or would make too much of all variables.
pub(crate) fn check_assigned(
    variables: &Variables,
    assigned: &[(Arc<str>, Json)],
    state: &str,
) -> Result<(), Failure> {
    if assigned.is_empty() {
        return Ok(());
    }
    let sum = |sizes: &mut dyn Iterator<Item = usize>| sizes.fold(0, usize::saturating_add);
    let of = |name: &Arc<str>, value: &Json| value.length().saturating_add(name.len());
    let new = sum(&mut assigned.iter().map(|(name, value)| of(name, value)));
    let is_kept = |name: &Arc<str>| !assigned.iter().any(|(assigned, _)| assigned == name);
    let kept = variables.iter().filter(|(name, _)| is_kept(name));
    let kept = sum(&mut kept.map(|(name, value)| of(name, value)));
    if new <= DATA_LIMIT_BYTES && kept.saturating_add(new) <= VARIABLES_LIMIT_BYTES {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{state}' assigned variables with a size exceeding the maximum number of bytes service limit."
    );
    Err(Failure::reported(names::DATA_LIMIT_EXCEEDED, Some(&cause)))
}

/// How many bytes a value has as compact JSON; beyond any limit where it is nested too deep.
pub(crate) fn text_length(value: &Value) -> usize {
    measured(value, DATA_LIMIT_LEVELS)
}

fn measured(value: &Value, levels: usize) -> usize {
    let below = levels.saturating_sub(1);
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => usize::MAX,
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) => match number.as_u64() {
            Some(integer) => integer.checked_ilog10().unwrap_or(0) as usize + 1,
            None => number.to_string().len(),
        },
        Value::String(text) => string_length(text),
        Value::Array(items) => items
            .iter()
            .map(|item| measured(item, below))
            .fold(brackets(items.len()), usize::saturating_add),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| (string_length(key) + 1).saturating_add(measured(field, below)))
            .fold(brackets(fields.len()), usize::saturating_add),
    }
}

/// What stands around so many values, and between them.
fn brackets(count: usize) -> usize {
    2 + count.saturating_sub(1)
}

fn string_length(text: &str) -> usize {
    2 + text.len() + escapes(text)
}

/// How many bytes more a text has for what is escaped in it, which in most is nothing.
fn escapes(text: &str) -> usize {
    let is_escaped = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    // Without a way out on the way: so the processor looks at many bytes at a time.
    if !text
        .bytes()
        .fold(false, |found, byte| found | is_escaped(byte))
    {
        return 0;
    }
    let more = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 1,
        0..=0x1F => 5,
        _ => 0,
    };
    text.bytes().map(more).sum()
}
