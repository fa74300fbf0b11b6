//! Compares what ran here with what was recorded, the recorder's placeholders understood.

use serde_json::Value;

use crate::case::{ACTIVITY, Case};
use crate::replay::Ran;

/// Whether a case ran as recorded; the first difference where it did not.
pub fn check(case: &Case, ran: &Ran) -> Result<(), String> {
    let expected = &case.expected;
    if let Some(status) = expected["status"].as_str() {
        let outcome = ran.outcome.as_ref();
        let ours = outcome.map_or("RUNNING", |outcome| outcome.status.as_str());
        if ours != status {
            let why = outcome.map(|outcome| format!("{:?} {:?}", outcome.error, outcome.cause)).unwrap_or_default();
            return Err(format!("status {ours} instead of {status} {why}"));
        }
    }
    if let Some(outcome) = &ran.outcome {
        if !expected["output"].is_null() || expected["status"] == "SUCCEEDED" {
            let output = outcome.output.as_ref().map_or(Value::Null, |output| output.value().clone());
            same(&expected["output"], &output, "output")?;
        }
        for (field, ours) in [("error", &outcome.error), ("cause", &outcome.cause)] {
            let ours = ours.as_deref().map_or(Value::Null, Value::from);
            same(&expected[field], &ours, field)?;
        }
        if let (Some(text), Some(output)) = (expected["output_text"].as_str(), &outcome.output) {
            if !text.starts_with('{') && text != output.text() {
                return Err(format!("output text {} instead of {text}", output.text()));
            }
        }
    }
    match case.events() {
        Some(events) => history(case, events, &ran.history),
        None => Ok(()),
    }
}

fn history(case: &Case, expected: &[Value], ours: &[Value]) -> Result<(), String> {
    let in_order = ordered(expected, ours);
    if in_order.is_ok() || !order_is_free(case) {
        return in_order;
    }
    if expected.len() != ours.len() {
        return in_order;
    }
    let mut left: Vec<Value> = ours.iter().map(without_ids).collect();
    for event in expected {
        let wanted = without_ids(event);
        let Some(place) = left.iter().position(|candidate| same(&wanted, candidate, "").is_ok()) else {
            return Err(format!("no event like {wanted}; in order: {}", in_order.err().unwrap_or_default()));
        };
        left.remove(place);
    }
    Ok(())
}

fn ordered(expected: &[Value], ours: &[Value]) -> Result<(), String> {
    for (place, event) in expected.iter().enumerate() {
        let Some(candidate) = ours.get(place) else {
            return Err(format!("the history ends before event {}: {}", place + 1, event["type"]));
        };
        same(event, candidate, &format!("event {} ({})", place + 1, event["type"]))?;
    }
    if ours.len() > expected.len() {
        return Err(format!("the history goes on: {}", ours[expected.len()]));
    }
    Ok(())
}

/// Branches and iterations that run side by side come in no order that could be told beforehand.
fn order_is_free(case: &Case) -> bool {
    fn side_by_side(value: &Value) -> bool {
        match value {
            Value::Object(fields) => {
                let map = fields.get("Type").is_some_and(|kind| kind == "Map")
                    && fields.get("MaxConcurrency").is_none_or(|limit| limit != 1);
                map || fields.values().any(side_by_side)
            }
            Value::Array(items) => items.iter().any(side_by_side),
            _ => false,
        }
    }
    case.has_flag("parallel_events_sorted") || side_by_side(&case.definition)
}

fn without_ids(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(fields) = event.as_object_mut() {
        fields.shift_remove("id");
        fields.shift_remove("previousEventId");
    }
    event
}

/// Whether ours is what was recorded; the place and both values where it is not.
pub fn same(expected: &Value, ours: &Value, place: &str) -> Result<(), String> {
    let differs = || Err(format!("{place}: {} instead of {}", shown(ours), shown(expected)));
    match (expected, ours) {
        (Value::Object(expected_fields), Value::Object(our_fields)) => {
            for (key, value) in expected_fields {
                let Some(ours) = our_fields.get(key) else {
                    return Err(format!("{place}: no '{key}' ({})", shown(value)));
                };
                same(value, ours, &format!("{place}/{key}"))?;
            }
            match our_fields.keys().find(|key| !expected_fields.contains_key(*key)) {
                Some(extra) => Err(format!("{place}: '{extra}' is too much")),
                None => Ok(()),
            }
        }
        (Value::Array(expected_items), Value::Array(our_items)) => {
            if expected_items.len() != our_items.len() {
                return differs();
            }
            for (index, (expected, ours)) in expected_items.iter().zip(our_items).enumerate() {
                same(expected, ours, &format!("{place}[{index}]"))?;
            }
            Ok(())
        }
        (Value::Object(_) | Value::Array(_), Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(parsed @ (Value::Object(_) | Value::Array(_))) => same(expected, &parsed, place),
            _ => differs(),
        },
        (Value::String(expected), Value::String(ours)) if same_text(expected, ours) => Ok(()),
        // The recorder's words for any time.
        (Value::String(word), Value::Number(_)) if matches!(word.as_str(), "timestamp" | "date") => Ok(()),
        (Value::String(word), Value::Number(_)) if word.starts_with('<') && word.ends_with("date>") => Ok(()),
        (Value::Number(left), Value::Number(right)) => {
            let same_kind = left.is_f64() == right.is_f64();
            if same_kind && left.as_f64() == right.as_f64() { Ok(()) } else { differs() }
        }
        _ if expected == ours => Ok(()),
        _ => differs(),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    text.chars().take(400).collect()
}

fn same_text(expected: &str, ours: &str) -> bool {
    if expected == ours || (expected == ACTIVITY.0 && ours == ACTIVITY.1) {
        return true;
    }
    if expected.starts_with('{') && ours.starts_with('{') {
        // JSON inside JSON: the recorder printed some of it again, with other spaces.
        if let (Ok(expected), Ok(ours)) = (serde_json::from_str(expected), serde_json::from_str(ours)) {
            return same::<>(&expected, &ours, "").is_ok();
        }
    }
    match expected {
        "date" => is_time(ours),
        _ => fits(&pieces(expected), ours),
    }
}

fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

/// The texts between the recorder's placeholders (`<uuid:1>`, `<<task_token>:1>`).
fn pieces(expected: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut depth = 0;
    for character in expected.chars() {
        match character {
            '<' => {
                if depth == 0 {
                    pieces.push(String::new());
                }
                depth += 1;
            }
            '>' if depth > 0 => depth -= 1,
            other if depth == 0 => {
                if let Some(last) = pieces.last_mut() {
                    last.push(other);
                }
            }
            _ => {}
        }
    }
    pieces
}

/// Whether a text has these pieces, in order, with anything between them.
fn fits(pieces: &[String], text: &str) -> bool {
    let [first, rest @ ..] = pieces else { return false };
    let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
    let Some((last, middle)) = rest.split_last() else { return left.is_empty() };
    for piece in middle {
        match left.find(piece.as_str()) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last.as_str())
}
