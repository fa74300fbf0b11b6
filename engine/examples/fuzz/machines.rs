//! Definitions with all state types in both languages, some of them damaged.

use serde_json::{Map, Value, json};

use super::chance::Chance;
use super::{data, expressions, kinds, texts};

/// The names of the states of one machine.
const NAMES: &[&str] = &["A", "B", "C", "D", "E", "F"];

pub const RESOURCES: &[&str] = &[
    "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "arn:aws:lambda:sa-east-1:000000000000:function:f",
    "arn:aws:states:sa-east-1:000000000000:activity:a",
    "arn:aws:states:::states:startExecution.sync:2",
    "arn:aws:states:::aws-sdk:dynamodb:getItem",
    "arn:aws:states:::sqs:sendMessage",
    "arn:aws:states:::s3:getObject",
    "nothing",
];

pub const ERRORS: &[&str] = &[
    "States.ALL",
    "States.TaskFailed",
    "States.Timeout",
    "States.HeartbeatTimeout",
    "States.Runtime",
    "Busy",
    "",
];

/// A definition. Most can be run.
pub fn definition(chance: &mut Chance) -> Value {
    let is_jsonata = chance.once_in(2);
    let mut root = machine(chance, is_jsonata, 2);
    if let Some(fields) = root.as_object_mut() {
        if is_jsonata {
            fields.insert("QueryLanguage".to_owned(), json!("JSONata"));
        }
        if chance.once_in(4) {
            fields.insert(
                "TimeoutSeconds".to_owned(),
                json!(chance.one_of(&[1_u64, 60, 99_999_999, u64::MAX])),
            );
        }
    }
    if chance.once_in(3) {
        damage(chance, &mut root);
    }
    root
}

/// A definition whose one state computes something.
pub fn computing(field: &str, text: &str) -> Value {
    let (language, state) = match field {
        "expression" => (
            "JSONata",
            json!({ "Type": "Pass", "Output": format!("{{% {text} %}}"), "End": true }),
        ),
        _ => (
            "JSONPath",
            json!({ "Type": "Pass", "Parameters": { "x.$": text }, "End": true }),
        ),
    };
    json!({ "QueryLanguage": language, "StartAt": "A", "States": { "A": state } })
}

pub fn machine(chance: &mut Chance, is_jsonata: bool, levels: usize) -> Value {
    let count = 1 + chance.below(if levels == 2 { NAMES.len() } else { 2 });
    let mut states = Map::new();
    for place in 0..count {
        let state = state(chance, is_jsonata, levels, place, count);
        states.insert(name(place), state);
    }
    json!({ "StartAt": "A", "States": states })
}

pub fn name(place: usize) -> String {
    NAMES.get(place).copied().unwrap_or("A").to_owned()
}

fn state(
    chance: &mut Chance,
    is_jsonata: bool,
    levels: usize,
    place: usize,
    count: usize,
) -> Value {
    let own = if chance.once_in(10) {
        !is_jsonata
    } else {
        is_jsonata
    };
    let kinds: &[&str] = if levels == 0 {
        &["Pass", "Task", "Wait", "Choice", "Succeed", "Fail"]
    } else {
        &[
            "Pass", "Pass", "Task", "Task", "Wait", "Choice", "Choice", "Succeed", "Fail", "Map",
            "Map", "Parallel",
        ]
    };
    let kind = chance.one_of(kinds);
    let mut fields = Map::new();
    fields.insert("Type".to_owned(), json!(kind));
    if own != is_jsonata {
        fields.insert(
            "QueryLanguage".to_owned(),
            json!(if own { "JSONata" } else { "JSONPath" }),
        );
    }
    let next = if chance.once_in(8) {
        chance.below(count)
    } else {
        place + 1
    };
    if !matches!(kind, "Choice" | "Succeed" | "Fail") {
        if next < count {
            fields.insert("Next".to_owned(), json!(name(next)));
        } else {
            fields.insert("End".to_owned(), json!(true));
        }
    }
    flow(chance, own, kind, &mut fields);
    match kind {
        "Task" => kinds::task(chance, own, &mut fields),
        "Wait" => kinds::wait(chance, own, &mut fields),
        "Choice" => kinds::choice(chance, own, count, &mut fields),
        "Fail" => {
            fields.insert("Error".to_owned(), json!(chance.one_of(ERRORS)));
            fields.insert("Cause".to_owned(), text(chance, own));
        }
        "Map" => kinds::map(chance, own, levels, &mut fields),
        "Parallel" => {
            let branches: Vec<Value> = (0..=chance.below(3))
                .map(|_| machine(chance, own, levels - 1))
                .collect();
            fields.insert("Branches".to_owned(), Value::Array(branches));
        }
        _ => {}
    }
    if matches!(kind, "Task" | "Map" | "Parallel") {
        kinds::handlers(chance, own, count, &mut fields);
    }
    Value::Object(fields)
}

/// What all states have: how data comes in and goes out.
fn flow(chance: &mut Chance, is_jsonata: bool, kind: &str, fields: &mut Map<String, Value>) {
    let mut maybe = |chance: &mut Chance, name: &str, value: Value| {
        if chance.once_in(4) {
            fields.insert(name.to_owned(), value);
        }
    };
    let assigned = if is_jsonata {
        json!({ "x": hole(chance, true) })
    } else {
        json!({ "x.$": texts::path(chance) })
    };
    if kind != "Fail" {
        maybe(chance, "Assign", assigned);
    }
    if is_jsonata {
        let output = template(chance, true, 2);
        maybe(chance, "Output", output);
    } else if kind != "Fail" {
        for name in ["InputPath", "OutputPath", "ResultPath"] {
            let path = if chance.once_in(4) {
                Value::Null
            } else {
                json!(texts::path(chance))
            };
            if chance.once_in(3) {
                maybe(chance, name, path);
            }
        }
        if matches!(kind, "Pass" | "Task" | "Parallel" | "Map") {
            let parameters = template(chance, false, 2);
            maybe(chance, "Parameters", parameters);
            let selector = template(chance, false, 2);
            maybe(chance, "ResultSelector", selector);
        }
    }
}

/// A value that is computed.
pub fn hole(chance: &mut Chance, is_jsonata: bool) -> Value {
    if is_jsonata {
        json!(format!("{{% {} %}}", expressions::expression(chance, 2)))
    } else if chance.once_in(2) {
        json!(texts::call(chance, 2))
    } else {
        json!(texts::path(chance))
    }
}

/// JSON with holes.
pub fn template(chance: &mut Chance, is_jsonata: bool, levels: usize) -> Value {
    match chance.below(if levels == 0 { 2 } else { 4 }) {
        0 => data::value(chance, 1),
        1 if is_jsonata => hole(chance, true),
        2 => (0..chance.below(3))
            .map(|_| template(chance, is_jsonata, levels - 1))
            .collect(),
        _ => {
            let mut fields = Map::new();
            for key in ["a", "items"] {
                if is_jsonata {
                    fields.insert(
                        key.to_owned(),
                        template(chance, true, levels.saturating_sub(1)),
                    );
                } else {
                    fields.insert(format!("{key}.$"), hole(chance, false));
                }
            }
            Value::Object(fields)
        }
    }
}

pub fn text(chance: &mut Chance, is_jsonata: bool) -> Value {
    if is_jsonata && chance.once_in(2) {
        hole(chance, true)
    } else {
        json!("why")
    }
}

pub fn seconds(chance: &mut Chance) -> Value {
    json!(chance.one_of(&[
        0_u64,
        1,
        5,
        60,
        99_999_999,
        9_223_372_036_854_775_807,
        u64::MAX
    ]))
}

/// Puts something wrong anywhere in the document.
fn damage(chance: &mut Chance, document: &mut Value) {
    for _ in 0..=chance.below(2) {
        let replacement = data::value(chance, 2);
        let pointer = somewhere(chance, document);
        let Some(node) = document.pointer_mut(&pointer) else {
            continue;
        };
        match node {
            Value::String(text) if !chance.once_in(3) => {
                *text = texts::damaged(chance, std::mem::take(text))
            }
            Value::Object(fields) if !chance.once_in(3) => {
                let place = chance.below(fields.len());
                let key = fields.keys().nth(place).cloned();
                if let Some(key) = key {
                    fields.shift_remove(&key);
                }
            }
            Value::Array(items) if !chance.once_in(3) => {
                let copied = items.first().cloned();
                items.extend(copied);
            }
            other => *other = replacement,
        }
    }
}

/// The JSON pointer of a place in the document that a walk from the top ends at.
fn somewhere(chance: &mut Chance, value: &Value) -> String {
    let mut pointer = String::new();
    let mut current = value;
    while !chance.once_in(6) {
        let (key, inner) = match current {
            Value::Array(items) => {
                let place = chance.below(items.len());
                (place.to_string(), items.get(place))
            }
            Value::Object(fields) => {
                let place = chance.below(fields.len());
                let found = fields.iter().nth(place);
                (
                    found.map_or(String::new(), |(key, _)| key.clone()),
                    found.map(|(_, inner)| inner),
                )
            }
            _ => break,
        };
        let Some(inner) = inner else { break };
        pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        current = inner;
    }
    pointer
}
