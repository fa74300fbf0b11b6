//! Functions on numbers.

use serde_json::Value;

use crate::scope::Scope;
use crate::seed::{Chance, seeded_unit};

/// The sum of two numbers, each rounded first; all three must be 32-bit integers.
pub(super) fn add(left: &Value, right: &Value) -> Option<Value> {
    let (left, right) = (rounded(left)?, rounded(right)?);
    left.checked_add(right).map(Value::from)
}

/// A number in `from..to`; the same for the same seed.
pub(super) fn random(
    from: &Value,
    to: &Value,
    seed: Option<&Value>,
    scope: &Scope<'_>,
) -> Option<Value> {
    let (from, to) = (whole(from)?, whole(to)?);
    let span = Some(to.saturating_sub(from)).filter(|span| *span > 0)?;
    let unit = match seed {
        None => scope.draw(Chance::next_unit),
        Some(seed) => seeded_unit(seed.as_f64()?),
    };
    Some(Value::from(from + (unit * span as f64) as i64))
}

/// A number to the nearest integer, halves towards positive infinity, as Java rounds.
fn rounded(value: &Value) -> Option<i32> {
    if let Some(integer) = value.as_i64() {
        return i32::try_from(integer).ok();
    }
    let nearest = (value.as_f64()? + 0.5).floor();
    (nearest.abs() <= 2_147_483_648.0)
        .then_some(nearest as i64)
        .and_then(|nearest| i32::try_from(nearest).ok())
}

/// A number without what is behind its point: AWS rounds to the nearest integer only in `States.MathAdd`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    if let Some(integer) = value.as_i64() {
        return Some(integer);
    }
    let whole = value.as_f64()?.trunc();
    (whole.abs() < 9.2e18).then_some(whole as i64)
}
