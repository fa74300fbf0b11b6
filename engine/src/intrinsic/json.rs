//! Functions between JSON and text, and on objects.

use serde_json::{Map, Value};

/// The JSON in a text, or why there is none.
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
        Err(error) => {
            let words = match comanda_asl::json::read(text) {
                Err(error) => error.message_without_source(),
                Ok(_) => error.to_string(),
            };
            Err(format!(
                "Cannot convert String to Json in States.StringToJson, caused by: {words}"
            ))
        }
    }
}

/// The members of both; only shallow merging is supported, and whatever is not `true` asks for that.
pub(super) fn merge(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    deep: &Value,
) -> Option<Value> {
    if deep == &Value::Bool(true) {
        return None;
    }
    let mut merged = left.clone();
    for (key, value) in right {
        merged.insert(key.clone(), value.clone());
    }
    Some(Value::Object(merged))
}
