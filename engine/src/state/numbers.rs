//! The numbers of fields that stand there, lie at the end of a path or come out of an expression, and AWS's words for those
//! that do not fit. What a number is for, the states know.

use std::sync::Arc;

use serde_json::Value;

use crate::definition::Computed;
use crate::failure::Failure;
use crate::flow::View;
use crate::json::Json;

/// The most seconds anything may take.
pub(crate) const SECONDS_LIMIT: i64 = 99_999_999;

/// A number without a fraction.
pub(crate) fn whole(
    view: &View<'_>,
    computed: &Computed<u64>,
    effective: &Json,
    field: &str,
) -> Result<i64, Failure> {
    if let Computed::Literal(number) = computed {
        return Ok(i64::try_from(*number).unwrap_or(i64::MAX));
    }
    let value = view.computed_value(computed, effective)?;
    match (computed, &value) {
        (Computed::Expression(location, expression), other) if !other.is_number() => Err(
            Failure::unexpected_type(expression, location, "number", other),
        ),
        (Computed::Expression(location, _), number) => integer(number).ok_or_else(|| {
            let words = format!("The {field} field cannot be parsed as an integer: {number}");
            at(location, words)
        }),
        _ => integer(&value).ok_or_else(|| wrong_path(computed, &value, field, "integer")),
    }
}

/// Some seconds of a Task's time.
pub(crate) fn seconds(
    view: &View<'_>,
    computed: &Computed<u64>,
    effective: &Json,
    field: &str,
) -> Result<u64, Failure> {
    let seconds = whole(view, computed, effective, field)?;
    let fits = (0..=SECONDS_LIMIT).contains(&seconds);
    match u64::try_from(seconds) {
        Ok(seconds) if fits => Ok(seconds),
        _ => Err(unfit(computed, out_of_range(field, seconds))),
    }
}

/// A number that is not negative.
pub(crate) fn not_negative(
    view: &View<'_>,
    computed: &Computed<u64>,
    effective: &Json,
    field: &str,
    otherwise: impl Fn(i64) -> String,
) -> Result<u64, Failure> {
    let number = whole(view, computed, effective, field)?;
    u64::try_from(number).map_err(|_| unfit(computed, otherwise(number)))
}

/// The words for seconds that are too few or too many.
pub(crate) fn out_of_range(field: &str, seconds: i64) -> String {
    format!("{field} must be between 0 and {SECONDS_LIMIT} but was: {seconds}")
}

/// The failure for a number that does not fit: an expression's own, or one of the definition and the data.
pub(crate) fn unfit<T>(computed: &Computed<T>, words: String) -> Failure {
    match computed {
        Computed::Expression(location, _) => at(location, words),
        _ => Failure::runtime(words),
    }
}

fn at(location: &Arc<str>, message: String) -> Failure {
    Failure::Query {
        message,
        location: Some(Arc::clone(location)),
    }
}

/// The words for a path that leads to something else than it should.
pub(crate) fn wrong_path<T>(
    computed: &Computed<T>,
    value: &Value,
    field: &str,
    expected: &str,
) -> Failure {
    let path = match computed {
        Computed::Lookup(lookup) => lookup.text(),
        _ => "",
    };
    let shown = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    Failure::runtime(format!(
        "The {field}Path field refers to value \"{shown}\" which is not a valid {expected}: {path}"
    ))
}

/// A number without a fraction, or text that is one.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let number = number.as_f64().filter(|number| number.fract() == 0.0);
            number.map(|number| number as i64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
