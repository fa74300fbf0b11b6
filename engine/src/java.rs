//! What Java makes of JSON where AWS lets it be seen: the text of a value, and the order of a set. What the functions that
//! need it do is their own business.

use std::collections::BTreeMap;

use serde_json::Value;

/// A value as Java's `toString` has it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(double) if number.is_f64() => double_text(double),
            _ => number.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{key}={}", text(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// `Double.toString`: digits around a point from a thousandth to ten million, else `d.dddE±n`; always a digit behind the
/// point.
fn double_text(double: f64) -> String {
    let scientific = format!("{double:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let size = double.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        // Shortest digits, as above, and at least one behind the point.
        return format!("{double:?}");
    }
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

/// The different values among these, in the order in which a `HashSet` made of them gives them.
pub(crate) fn hash_set(values: &[Value]) -> Vec<Value> {
    let wanted = values.len() * 4 / 3 + 1;
    let places = u32::try_from(wanted.max(16).next_power_of_two()).unwrap_or(u32::MAX);
    let mut table: BTreeMap<u32, Vec<(u32, &Value)>> = BTreeMap::new();
    for value in values {
        let hash = hash(value);
        let spread = hash ^ (hash >> 16);
        let place = table.entry(spread & places.wrapping_sub(1)).or_default();
        if !place
            .iter()
            .any(|(known, kept)| *known == hash && *kept == value)
        {
            place.push((hash, value));
        }
    }
    let kept = table.into_values().flatten();
    kept.map(|(_, value)| value.clone()).collect()
}

/// `hashCode`, as bits.
fn hash(value: &Value) -> u32 {
    let fold = |bits: u64| (bits ^ (bits >> 32)) as u32;
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) if i32::try_from(integer).is_ok() => integer as u32,
            (Some(integer), _) => fold(integer as u64),
            (None, Some(large)) => ((large >> 32) as u32)
                .wrapping_mul(31)
                .wrapping_add(large as u32),
            (None, None) => fold(number.as_f64().unwrap_or_default().to_bits()),
        },
        Value::String(text) => text_hash(text),
        Value::Array(items) => items.iter().fold(1, |sum: u32, item| {
            sum.wrapping_mul(31).wrapping_add(hash(item))
        }),
        Value::Object(fields) => fields.iter().fold(0, |sum: u32, (key, value)| {
            sum.wrapping_add(text_hash(key) ^ hash(value))
        }),
    }
}

fn text_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |sum: u32, unit| {
        sum.wrapping_mul(31).wrapping_add(u32::from(unit))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        assert_eq!(text(value), expected);
    }

    #[test]
    fn numbers_look_as_java_writes_them() {
        check(&json!(12_345_678.9), "1.23456789E7");
        check(&json!(0.0001), "1.0E-4");
        check(&json!(0.001), "0.001");
        check(&json!(9_999_999.5), "9999999.5");
        check(&json!(1e7), "1.0E7");
        check(&json!(-2.5e300), "-2.5E300");
        check(&json!(100.0), "100.0");
        check(&json!(-0.0), "-0.0");
        check(&json!(12_345_678_901_u64), "12345678901");
        check(
            &json!({ "a": [1.0, null, "x"], "b": {} }),
            "{a=[1.0, null, x], b={}}",
        );
    }

    #[track_caller]
    fn check_set(values: &Value, expected: &Value) {
        let values = values.as_array().cloned().unwrap_or_default();
        assert_eq!(&Value::Array(hash_set(&values)), expected);
    }

    /// As observed on AWS.
    #[test]
    fn a_set_has_the_order_of_its_hashes() {
        check_set(&json!([true, false, true]), &json!([false, true]));
        check_set(&json!([[1, 2], [1, 2], [2, 1]]), &json!([[2, 1], [1, 2]]));
        check_set(&json!([null, null, 1, null]), &json!([null, 1]));
        check_set(&json!([1, "1", 1, "01"]), &json!([1, "1", "01"]));
        check_set(&json!(["a", "b", "a", "c", "b"]), &json!(["a", "b", "c"]));
        check_set(
            &json!([{ "a": 1, "b": 2 }, { "b": 2, "a": 1 }]),
            &json!([{ "a": 1, "b": 2 }]),
        );
    }
}
