//! The service's limits, and its words where one is reached.

use serde_json::Value;

use crate::failure::{Failure, names};
use crate::json::Json;

/// The most bytes a state's input, output or a task's result may have as JSON.
pub const DATA_LIMIT_BYTES: usize = 256 * 1024;
/// The most events a history may have.
pub const HISTORY_LIMIT_EVENTS: u64 = 25_000;
/// How many iterations of an inline Map run at a time when nothing is said.
pub(crate) const INLINE_MAP_CONCURRENCY: usize = 40;
/// The cause of an execution that ended because its history was full.
pub(crate) const HISTORY_LIMIT_CAUSE: &str =
    "The execution reached the maximum number of history events (25000).";

/// Refuses data that is too large; `source` is the state or task it came from.
pub(crate) fn check_size(data: &Json, source: &str) -> Result<(), Failure> {
    if data.length() <= DATA_LIMIT_BYTES {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{source}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(Failure::reported(names::DATA_LIMIT_EXCEEDED, Some(&cause)))
}

/// How many bytes a value has as compact JSON.
pub(crate) fn text_length(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) => match number.as_u64() {
            Some(integer) => integer.checked_ilog10().unwrap_or(0) as usize + 1,
            None => number.to_string().len(),
        },
        Value::String(text) => string_length(text),
        Value::Array(items) => {
            2 + items.len().saturating_sub(1) + items.iter().map(text_length).sum::<usize>()
        }
        Value::Object(fields) => {
            let inner: usize = fields
                .iter()
                .map(|(key, value)| string_length(key) + 1 + text_length(value))
                .sum();
            2 + fields.len().saturating_sub(1) + inner
        }
    }
}

fn string_length(text: &str) -> usize {
    let escapes = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 1,
        0..=0x1F => 5,
        _ => 0,
    };
    2 + text.len() + text.bytes().map(escapes).sum::<usize>()
}
