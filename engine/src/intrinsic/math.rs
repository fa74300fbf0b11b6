//! Functions on numbers.

use serde_json::Value;

use crate::scope::Scope;
use crate::seed::{Chance, seeded_unit};

pub(super) fn add(left: &Value, right: &Value) -> Result<Value, String> {
    match (rounded(left), rounded(right)) {
        (Some(left), Some(right)) => left
            .checked_add(right)
            .map(Value::from)
            .ok_or_else(|| "The sum is out of range.".to_owned()),
        _ => Err("The arguments must be numbers.".to_owned()),
    }
}

/// A number in `from..to`; the same for the same seed.
pub(super) fn random(
    from: &Value,
    to: &Value,
    seed: Option<&Value>,
    scope: &Scope<'_>,
) -> Result<Value, String> {
    let (Some(from), Some(to)) = (rounded(from), rounded(to)) else {
        return Err("The arguments must be numbers.".to_owned());
    };
    let unit = match seed {
        None => scope.draw(Chance::next_unit),
        Some(seed) => seeded_unit(seed.as_f64().ok_or("The seed must be a number.")?),
    };
    let span = to.saturating_sub(from);
    if span <= 0 {
        return Err("The end of the range must be greater than its start.".to_owned());
    }
    Ok(Value::from(from + (unit * span as f64) as i64))
}

/// A number to the nearest integer, halves towards positive infinity, as Java rounds.
pub(super) fn rounded(value: &Value) -> Option<i64> {
    if let Some(integer) = value.as_i64() {
        return Some(integer);
    }
    let nearest = (value.as_f64()? + 0.5).floor();
    (nearest.abs() < 9.2e18).then_some(nearest as i64)
}
