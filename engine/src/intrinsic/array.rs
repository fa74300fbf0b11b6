//! Functions on arrays. An error is said by whoever calls; what is refused here are arguments that do not fit.

use serde_json::Value;

use super::math::whole;
use crate::java;

/// The most items a function may make.
const RANGE_LIMIT: i64 = 1000;

pub(super) fn partition(items: &[Value], size: &Value) -> Option<Value> {
    let size = whole(size).and_then(|size| usize::try_from(size).ok())?;
    let size = Some(size).filter(|size| *size > 0)?;
    let chunks = items.chunks(size);
    Some(Value::Array(
        chunks.map(|chunk| Value::Array(chunk.to_vec())).collect(),
    ))
}

pub(super) fn range(first: &Value, last: &Value, step: &Value) -> Option<Value> {
    let (first, last) = (whole(first)?, whole(last)?);
    let step = whole(step).filter(|step| *step != 0)?;
    let span = last.saturating_sub(first);
    if span.signum() == -step.signum() {
        // It leads away from its end.
        return Some(Value::Array(Vec::new()));
    }
    let count = span.checked_div(step)?;
    (count < RANGE_LIMIT).then(|| (0..=count).map(|index| first + index * step).collect())
}

/// The item at a place. AWS finds nothing wrong with any place in an empty array.
pub(super) fn item(items: &[Value], index: &Value) -> Option<Value> {
    let index = whole(index).and_then(|index| usize::try_from(index).ok())?;
    if items.is_empty() {
        return Some(Value::Null);
    }
    items.get(index).cloned()
}

/// AWS compares what the values look like as text, so that `1` is among `["1"]`.
pub(super) fn contains(items: &[Value], wanted: &Value) -> Value {
    let wanted = java::text(wanted);
    Value::Bool(items.iter().any(|item| java::text(item) == wanted))
}
