//! Functions between JSON and text, and on objects.

use serde_json::{Map, Value};

pub(super) fn parse(text: &str) -> Result<Value, String> {
    // AWS reads nothing at all as null.
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    match serde_json::from_str(text) {
        // Java has no negative zero among its integers.
        Ok(Value::Number(number)) if number.as_f64() == Some(0.0) && text.trim() == "-0" => {
            Ok(Value::from(0))
        }
        Ok(value) => Ok(value),
        Err(error) => Err(format!("The text is not JSON: {error}")),
    }
}

pub(super) fn merge(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    deep: &Value,
) -> Result<Value, String> {
    if deep != &Value::Bool(false) {
        return Err(
            "The third argument must be false: only shallow merging is supported.".to_owned(),
        );
    }
    let mut merged = left.clone();
    for (key, value) in right {
        merged.insert(key.clone(), value.clone());
    }
    Ok(Value::Object(merged))
}
