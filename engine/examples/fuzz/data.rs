//! JSON data, with a liking for what lies at the edges.

use serde_json::{Map, Number, Value, json};

use super::chance::Chance;

const KEYS: &[&str] = &[
    "a", "b", "c", "items", "total", "name", "at", "", "$", "a.b", "ü",
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "abc",
    "1",
    "1.5",
    "-1",
    "true",
    "null",
    "R$ 1.234,56",
    "ação",
    "😀",
    "\u{0}",
    "a b",
    "{}",
    "{}{}",
    "\\",
    "'",
    "[1,2]",
    "{\"a\":1}",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "0001-01-01T00:00:00Z",
    "2026-01-01T00:00:00+23:59",
    "2026-02-30T00:00:00Z",
    "P1D",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
    "YWJj",
    "SHA-256",
];

/// A number, often one at an edge.
pub fn number(chance: &mut Chance) -> Value {
    match chance.below(12) {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(i64::MIN),
        3 => json!(u64::MAX),
        4 => json!(9_007_199_254_740_993_i64),
        5 => json!(1e308),
        6 => json!(-0.0),
        7 => json!(5e-324),
        8 => json!(0.1),
        // Few digits and small exponents: others come back from a text changed in the last digit.
        9 => {
            let digits = chance.below(1_000_000);
            let exponent = chance.one_of(&[-15, -6, -1, 0, 1, 6, 15]);
            let number: f64 = format!("{digits}e{exponent}").parse().unwrap_or(1.0);
            Number::from_f64(number).map_or(json!(1), Value::Number)
        }
        _ => json!(chance.below(300)),
    }
}

/// Any value, nested up to so many levels.
pub fn value(chance: &mut Chance, levels: usize) -> Value {
    let shape = if levels == 0 {
        chance.below(4)
    } else {
        chance.below(9)
    };
    match shape {
        0 => Value::Null,
        1 => Value::Bool(chance.once_in(2)),
        2 => number(chance),
        3 => text(chance),
        4 | 5 => {
            let length = chance.below(5);
            (0..length).map(|_| value(chance, levels - 1)).collect()
        }
        6 | 7 => {
            let mut fields = Map::new();
            for _ in 0..chance.below(5) {
                fields.insert(chance.one_of(KEYS).to_owned(), value(chance, levels - 1));
            }
            Value::Object(fields)
        }
        _ => large(chance),
    }
}

fn text(chance: &mut Chance) -> Value {
    if chance.once_in(40) {
        return Value::from(chance.one_of(TEXTS).repeat(chance.below(3_000)));
    }
    Value::from(chance.one_of(TEXTS))
}

/// Something long, or something deep.
fn large(chance: &mut Chance) -> Value {
    match chance.below(30) {
        0 => (0..chance.below(20_000))
            .map(|index| json!(index))
            .collect(),
        1 => (0..chance.below(115)).fold(json!(1), |inner, _| json!([inner])),
        2 => (0..chance.below(115)).fold(json!(1), |inner, _| json!({ "a": inner })),
        _ => {
            json!({ "items": [1, 2, 3, 4], "total": 12.5, "name": "Zé", "at": "2026-01-01T12:00:00Z", "a": { "b": [{ "c": 1 }, { "c": 2 }] } })
        }
    }
}
