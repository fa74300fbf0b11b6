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
            let why = outcome
                .map(|outcome| format!("{:?} {:?}", outcome.error, outcome.cause))
                .unwrap_or_default();
            return Err(format!("status {ours} instead of {status} {why}"));
        }
    }
    if let Some(outcome) = ran
        .outcome
        .as_ref()
        .filter(|_| !case.has_flag("history_without_terminal_event"))
    {
        if !expected["output"].is_null() || expected["status"] == "SUCCEEDED" {
            let output = outcome
                .output
                .as_ref()
                .map_or(Value::Null, |output| output.value().clone());
            same(&expected["output"], &output, "output")?;
        }
        for (field, ours) in [("error", &outcome.error), ("cause", &outcome.cause)] {
            let ours = ours.as_deref().map_or(Value::Null, Value::from);
            same(&expected[field], &ours, field)?;
        }
        if let (Some(text), Some(output)) = (expected["output_text"].as_str(), &outcome.output) {
            same_output_text(text, output.text())?;
        }
    }
    match case.events() {
        Some(events) => history(case, events, &ran.history),
        None => Ok(()),
    }
}

/// The exact text: what differs must be a placeholder, the order of members, or the recorder's own spaces.
fn same_output_text(expected: &str, ours: &str) -> Result<(), String> {
    if expected == ours {
        return Ok(());
    }
    match (serde_json::from_str(expected), serde_json::from_str(ours)) {
        (Ok(expected), Ok(ours)) => same(&expected, &ours, "output text"),
        _ => Err(format!("output text {ours} instead of {expected}")),
    }
}

fn history(case: &Case, expected: &[Value], ours: &[Value]) -> Result<(), String> {
    let mut expected = as_of_today(expected, &case.recorded);
    let mut ours = ours.to_vec();
    if case.has_flag("parallel_events_sorted") {
        // Sorting, the recorder lost the event that ends the branches.
        for events in [&mut expected, &mut ours] {
            events.retain(|event| {
                event["type"] != "ParallelStateSucceeded" && event["type"] != "ParallelStateFailed"
            });
        }
    }
    if case.has_flag("history_without_terminal_event") {
        ours.truncate(expected.len());
    }
    let (expected, ours) = (expected.as_slice(), ours.as_slice());
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
        let Some(place) = left
            .iter()
            .position(|candidate| same(&wanted, candidate, "").is_ok())
        else {
            return Err(format!(
                "no event like {wanted}; in order: {}",
                in_order.err().unwrap_or_default()
            ));
        };
        left.remove(place);
    }
    Ok(())
}

/// Since this day an execution can be redriven, and its context object counts how often.
const REDRIVE: &str = "2023-11-15";

/// Recordings are a few years old; the engine does as AWS does now.
///
/// Until the autumn of 2024, AWS let the exit of a distributed Map follow `MapRunSucceeded`; since then it follows what that
/// follows.
fn as_of_today(events: &[Value], recorded: &str) -> Vec<Value> {
    let mut events = events.to_vec();
    if recorded < REDRIVE {
        events.iter_mut().for_each(count_redrives);
    }
    for event in &mut events {
        // Until the summer of 2024 the first state was shown the input as it was written.
        let Some(Value::String(text)) = event.pointer_mut("/stateEnteredEventDetails/input") else {
            continue;
        };
        if let Ok(parsed) = serde_json::from_str::<Value>(text) {
            *text = parsed.to_string();
        }
    }
    for place in 0..events.len() {
        if events[place]["type"] != "MapStateExited" {
            continue;
        }
        let previous = events[place]["previousEventId"].clone();
        let run = events
            .iter()
            .find(|event| event["type"] == "MapRunSucceeded" && event["id"] == previous);
        if let Some(before) = run.map(|run| run["previousEventId"].clone()) {
            events[place]["previousEventId"] = before;
        }
    }
    events
}

fn count_redrives(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_execution = ["Id", "StartTime", "RoleArn"]
                .iter()
                .all(|field| fields.contains_key(*field));
            if is_execution {
                fields.insert("RedriveCount".to_owned(), Value::from(0));
            }
            fields.values_mut().for_each(count_redrives);
        }
        Value::Array(items) => items.iter_mut().for_each(count_redrives),
        _ => {}
    }
}

fn ordered(expected: &[Value], ours: &[Value]) -> Result<(), String> {
    for (place, event) in expected.iter().enumerate() {
        let Some(candidate) = ours.get(place) else {
            return Err(format!(
                "the history ends before event {}: {}",
                place + 1,
                event["type"]
            ));
        };
        same(
            event,
            candidate,
            &format!("event {} ({})", place + 1, event["type"]),
        )?;
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
    let differs = || {
        Err(format!(
            "{place}: {} instead of {}",
            shown(ours),
            shown(expected)
        ))
    };
    match (expected, ours) {
        (Value::Object(expected_fields), Value::Object(our_fields)) => {
            for (key, value) in expected_fields {
                let Some(ours) = our_fields.get(key) else {
                    return Err(format!("{place}: no '{key}' ({})", shown(value)));
                };
                same(value, ours, &format!("{place}/{key}"))?;
            }
            match our_fields
                .keys()
                .find(|key| !expected_fields.contains_key(*key))
            {
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
        (Value::Object(_) | Value::Array(_), Value::String(text)) => {
            match serde_json::from_str::<Value>(text) {
                Ok(parsed @ (Value::Object(_) | Value::Array(_))) => same(expected, &parsed, place),
                _ => differs(),
            }
        }
        (Value::String(expected), Value::String(ours)) if same_text(expected, ours) => Ok(()),
        (Value::String(word), Value::Number(_)) if stands_for_anything(word) => Ok(()),
        (Value::Number(left), Value::Number(right)) => {
            let same_kind = left.is_f64() == right.is_f64();
            if same_kind && left.as_f64() == right.as_f64() {
                Ok(())
            } else {
                differs()
            }
        }
        // A bare number in an output was parsed in a few recordings.
        (Value::Number(number), Value::String(text)) if number.to_string() == *text => Ok(()),
        _ if expected == ours => Ok(()),
        _ => differs(),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    text.chars().take(400).collect()
}

fn same_text(expected: &str, ours: &str) -> bool {
    let ours = &ours.replace(ACTIVITY.1, ACTIVITY.0);
    if expected == ours {
        return true;
    }
    if expected.starts_with(['{', '[']) && ours.starts_with(['{', '[']) {
        // JSON inside JSON: the recorder put placeholders into some of it, and printed some again with other spaces.
        if let (Ok(expected), Ok(ours)) =
            (serde_json::from_str(expected), serde_json::from_str(ours))
        {
            return same(&expected, &ours, "").is_ok();
        }
    }
    stands_for_anything(expected) || fits(&pieces(expected), ours)
}

/// Words the recorder put in place of what differs from run to run.
fn stands_for_anything(word: &str) -> bool {
    const WORDS: [&str; 11] = [
        "timestamp",
        "date",
        "start-date",
        "stop-date",
        "a_task_token",
        "a_message_id",
        "map_run_arn",
        "generated-uuid",
        "RandomNumberGenerated",
        "x-amzn-RequestId",
        "RequestId",
    ];
    WORDS.contains(&word) || (word.starts_with('<') && word.ends_with("date>"))
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
    let [first, rest @ ..] = pieces else {
        return false;
    };
    let Some(mut left) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, middle)) = rest.split_last() else {
        return left.is_empty();
    };
    for piece in middle {
        match left.find(piece.as_str()) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last.as_str())
}
