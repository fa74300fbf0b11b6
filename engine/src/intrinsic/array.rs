//! Functions on arrays.

use serde_json::Value;

use super::math::rounded;

/// The most items a function may make.
const RANGE_LIMIT: i64 = 1000;

pub(super) fn partition(items: &[Value], size: &Value) -> Result<Value, String> {
    let size = rounded(size)
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size > 0);
    let size = size.ok_or("The chunk size must be a positive integer.")?;
    Ok(Value::Array(
        items
            .chunks(size)
            .map(|chunk| Value::Array(chunk.to_vec()))
            .collect(),
    ))
}

pub(super) fn range(first: &Value, last: &Value, step: &Value) -> Result<Value, String> {
    let (Some(first), Some(last), Some(step)) = (rounded(first), rounded(last), rounded(step))
    else {
        return Err("The arguments must be numbers.".to_owned());
    };
    if step == 0 {
        return Err("The step must not be zero.".to_owned());
    }
    let span = last.saturating_sub(first);
    if span.signum() == -step.signum() {
        // It leads away from its end.
        return Ok(Value::Array(Vec::new()));
    }
    let count = span.checked_div(step).unwrap_or(0);
    if count >= RANGE_LIMIT {
        return Err(format!("The range holds more than {RANGE_LIMIT} items."));
    }
    Ok(Value::Array(
        (0..=count)
            .map(|index| Value::from(first + index * step))
            .collect(),
    ))
}

pub(super) fn item(items: &[Value], index: &Value) -> Result<Value, String> {
    let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
    let index = index.ok_or("The index must be an integer that is not negative.")?;
    items
        .get(index)
        .cloned()
        .ok_or_else(|| format!("The index {index} is out of range."))
}

pub(super) fn unique(items: &[Value]) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    Value::Array(kept)
}
