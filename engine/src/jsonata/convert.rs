//! Between the engine's JSON and the values of `jsonata-core`.

use jsonata_core::value::JValue;
use serde_json::{Map, Number, Value};

use super::EvaluationError;
use crate::limits::DATA_LIMIT_LEVELS;

/// JSONata's numbers are doubles; those up to here are whole numbers without loss.
const EXACT_LIMIT: f64 = 9_007_199_254_740_992.0;

/// How large a result may be, roughly; what does not fit into a state's data is refused later, in AWS's words.
const RESULT_LIMIT_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn to_jsonata(value: &Value) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(flag) => JValue::Bool(*flag),
        Value::Number(number) => JValue::Number(number.as_f64().unwrap_or(0.0)),
        Value::String(text) => JValue::string(text.as_str()),
        Value::Array(items) => JValue::array(items.iter().map(to_jsonata).collect()),
        Value::Object(fields) => JValue::object(
            fields
                .iter()
                .map(|(key, value)| (key.clone(), to_jsonata(value)))
                .collect(),
        ),
    }
}

/// The same with only these members, where it is an object: documents are large, and expressions look at little of them.
pub(super) fn part_to_jsonata(value: &Value, members: Option<&[String]>) -> JValue {
    let (Value::Object(fields), Some(members)) = (value, members) else {
        return to_jsonata(value);
    };
    let used = members.iter().filter_map(|name| fields.get_key_value(name));
    JValue::object(
        used.map(|(name, value)| (name.clone(), to_jsonata(value)))
            .collect(),
    )
}

pub(super) fn from_jsonata(value: &JValue) -> Result<Value, EvaluationError> {
    down(value, DATA_LIMIT_LEVELS, &mut RESULT_LIMIT_BYTES.clone())
}

/// `left` is how much may still come: parts of a value may be shared, so that little memory holds a lot of JSON.
fn down(value: &JValue, levels: usize, left: &mut usize) -> Result<Value, EvaluationError> {
    let own = match value {
        JValue::String(text) => text.len() + 8,
        _ => 8,
    };
    *left = left.checked_sub(own).ok_or_else(|| {
        EvaluationError::Threw("D1013: The value has become too large.".to_owned())
    })?;
    let below = match value {
        JValue::Array(_) | JValue::Object(_) => levels.checked_sub(1).ok_or_else(|| {
            EvaluationError::Threw(format!(
                "The result is nested deeper than {DATA_LIMIT_LEVELS} levels."
            ))
        })?,
        _ => levels,
    };
    Ok(match value {
        JValue::Null => Value::Null,
        JValue::Bool(flag) => Value::Bool(*flag),
        JValue::Number(number) if !number.is_finite() => {
            // JavaScript's infinities are no JSON.
            let shown = if *number > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            let shown = if number.is_nan() { "NaN" } else { shown };
            return Err(EvaluationError::Threw(format!(
                "D1001: Number out of range: {shown}"
            )));
        }
        JValue::Number(number) => number_of(*number),
        JValue::String(text) => Value::String(text.to_string()),
        JValue::Array(items) => {
            let mut out = Vec::with_capacity(items.len());
            for item in items.iter().filter(|item| !item.is_undefined()) {
                out.push(down(item, below, left)?);
            }
            Value::Array(out)
        }
        JValue::Object(fields) => {
            let mut out = Map::with_capacity(fields.len());
            for (key, field) in fields.iter().filter(|(_, field)| !field.is_undefined()) {
                out.insert(key.clone(), down(field, below, left)?);
            }
            Value::Object(out)
        }
        JValue::Undefined => return Err(EvaluationError::Undefined),
        _ => return Err(EvaluationError::Unsupported),
    })
}

/// A number as JavaScript prints it: whole where it is whole.
pub(super) fn number_of(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() <= EXACT_LIMIT {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// Whether a value has only numbers in the form in which they come back from an evaluation.
pub(super) fn is_normal(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_i64() || number.as_f64().is_some_and(|size| size.fract() != 0.0)
        }
        Value::Array(items) => items.iter().all(is_normal),
        Value::Object(fields) => fields.values().all(is_normal),
        _ => true,
    }
}

/// A value as it would come back from an evaluation that only looked it up.
pub(super) fn looked_up(value: &Value) -> Value {
    if is_normal(value) {
        value.clone()
    } else {
        normalised(value)
    }
}

fn normalised(value: &Value) -> Value {
    match value {
        // What fits into a `long` stays exact on AWS.
        Value::Number(number) if number.as_i64().is_none() => {
            number.as_f64().map_or(Value::Null, number_of)
        }
        Value::Array(items) => Value::Array(items.iter().map(normalised).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| (key.clone(), normalised(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}
