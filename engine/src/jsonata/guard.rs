//! What guarded expressions call: the guard, which lets nothing through that would become too large, and `$distinct`.

use std::collections::BTreeSet;

use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::functions;
use jsonata_core::value::JValue;

/// The most characters a text may have on its way; thirty-two times what a state's data may have.
const TEXT_LIMIT: usize = 8 * 1024 * 1024;
/// The most parts a value may have that is built by something which may use it again.
const PARTS_LIMIT: usize = 2_000_000;
const TOO_LARGE: &str = "D1013: The value has become too large.";
/// The most characters of a picture of a number: a number has some three hundred digits.
const PICTURE_LIMIT: usize = 1_000;
/// The largest number that is written with Roman digits, which are as many as its thousands.
const ROMAN_LIMIT: f64 = 10_000_000.0;
/// The largest end of a range: beyond it the evaluator loses count.
pub(super) const RANGE_END_LIMIT: f64 = 9_007_199_254_740_992.0;
/// The guard, and the functions that stand in for others. None of the names can be written.
pub(super) const GUARD: &str = "\u{0}guard";
pub(super) const DISTINCT: &str = "\u{0}distinct";

/// Registers what guarded expressions call.
pub(super) fn register(evaluator: &mut Evaluator) -> Result<(), EvaluatorError> {
    evaluator.register_fn(GUARD, guard)?;
    evaluator.register_fn(DISTINCT, distinct)
}

/// Gives its third argument back, unless what the function that is named first would make of the arguments from there on
/// is too large. The second is the context, which stands in for an argument that is left out.
fn guard(given: &[JValue]) -> Result<JValue, EvaluatorError> {
    let [JValue::String(function), context, arguments @ ..] = given else {
        return Ok(JValue::Undefined);
    };
    let number = |value: &JValue| match value {
        JValue::Number(number) => Some(number.abs()),
        _ => None,
    };
    let fits = match (&**function, arguments) {
        ("..", [end]) => number(end).is_none_or(|end| end <= RANGE_END_LIMIT),
        ("formatInteger", [.., JValue::String(picture)]) if picture.contains(['i', 'I']) => {
            let value = arguments.iter().chain([context]).find_map(number);
            value.is_none_or(|value| value <= ROMAN_LIMIT)
        }
        // The evaluator goes through a picture again for each of its places.
        ("formatNumber", _) => arguments.iter().all(|one| length(one) <= PICTURE_LIMIT),
        ("pad", _) => {
            let width = arguments.iter().find_map(number);
            width.is_none_or(|width| width <= TEXT_LIMIT as f64)
        }
        ("join", [JValue::Array(items), rest @ ..]) => {
            let between = rest.first().map_or(0, length);
            let all = items
                .iter()
                .map(|item| length(item).saturating_add(between));
            all.fold(0, usize::saturating_add) <= TEXT_LIMIT
        }
        ("replace", [JValue::String(text), pattern, JValue::String(instead), ..]) => {
            is_replaceable(text, pattern, instead)
        }
        ("replace", [pattern, JValue::String(instead), ..]) => match context {
            JValue::String(text) => is_replaceable(text, pattern, instead),
            _ => true,
        },
        (_, [value, ..]) => size(value, PARTS_LIMIT) <= PARTS_LIMIT && length(value) <= TEXT_LIMIT,
        (_, []) => true,
    };
    if !fits {
        return Err(EvaluatorError::EvaluationError(TOO_LARGE.to_owned()));
    }
    Ok(arguments.first().cloned().unwrap_or(JValue::Undefined))
}

/// Whether a text with its replacements has a bounded length.
fn is_replaceable(text: &str, pattern: &JValue, instead: &str) -> bool {
    // Captured groups may stand in the replacement again and again.
    let groups = instead.matches('$').count();
    let longest = instead
        .len()
        .saturating_add(groups.saturating_mul(text.len()));
    let bound = |places: usize| places.saturating_mul(longest).saturating_add(text.len());
    if bound(text.len().saturating_add(1)) <= TEXT_LIMIT {
        return true;
    }
    let places = match pattern {
        JValue::String(pattern) if pattern.is_empty() => text.len() + 1,
        JValue::String(pattern) => text.matches(&**pattern).count(),
        JValue::Regex { pattern, flags } => match functions::string::build_regex(pattern, flags) {
            Ok(regex) => regex.find_iter(text).count(),
            Err(_) => return true,
        },
        _ => return true,
    };
    bound(places) <= TEXT_LIMIT
}

/// How long a text is; anything else is not long by itself.
fn length(value: &JValue) -> usize {
    match value {
        JValue::String(text) => text.len(),
        _ => 1,
    }
}

/// How many parts a value has once it is written out; no more are counted than asked for.
pub(super) fn size(value: &JValue, most: usize) -> usize {
    let mut counted: usize = 0;
    let mut open = vec![value];
    while let Some(next) = open.pop() {
        counted = counted.saturating_add(1 + length(next) / 64);
        if counted > most || open.len() > most {
            return most.saturating_add(1);
        }
        match next {
            JValue::Array(items) => open.extend(items.iter()),
            JValue::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    counted
}

/// `$distinct(array)`: the first of all that are equal.
fn distinct(given: &[JValue]) -> Result<JValue, EvaluatorError> {
    let [JValue::Array(items)] = given else {
        return Ok(given.first().cloned().unwrap_or(JValue::Undefined));
    };
    if items.len() <= 1 {
        return Ok(JValue::Array(items.clone()));
    }
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for item in items.iter() {
        // Functions equal nothing.
        if key(item)?.is_none_or(|key| seen.insert(key)) {
            kept.push(item.clone());
        }
    }
    let mut kept = JValue::array(kept);
    if items.sequence {
        kept.mark_sequence();
    }
    Ok(kept)
}

/// A text that equal values share and others do not. The order of an object's fields is no difference.
fn key(value: &JValue) -> Result<Option<String>, EvaluatorError> {
    if size(value, PARTS_LIMIT) > PARTS_LIMIT {
        return Err(EvaluatorError::EvaluationError(TOO_LARGE.to_owned()));
    }
    let plain = super::convert::from_jsonata(value).ok();
    Ok(plain.map(|plain| sorted(&plain).to_string()))
}

fn sorted(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(items) => items.iter().map(sorted).collect(),
        serde_json::Value::Object(fields) => {
            let ordered: std::collections::BTreeMap<&String, &serde_json::Value> =
                fields.iter().collect();
            ordered
                .into_iter()
                .map(|(name, field)| (name.clone(), sorted(field)))
                .collect()
        }
        other => other.clone(),
    }
}
