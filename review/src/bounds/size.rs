//! How many bytes an execution carries at most, as its contracts' schemas say.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::{
    machine::{self, awaits_token, task},
    release::Release,
};

/// What a call has around its input: the task's name, the execution's ARN, and a token where it asks.
const CALL_BYTES: u64 = 512;
const TOKEN_BYTES: u64 = 1_200;
/// A character in JSON: `\u0000`.
const CHARACTER_BYTES: u64 = 6;
/// A whole number with its sign, an instant, a truth.
const NUMBER_BYTES: u64 = 20;
const INSTANT_BYTES: u64 = 40;
/// References go in circles for recursive types.
const DEPTH_MAX: usize = 24;

/// The largest thing that an execution carries, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payload {
    /// Bytes of the largest, without the fields that have no bound.
    pub most_bytes: u64,
    /// What that is: `the input of SweepPage`.
    pub of: String,
    /// Fields that no schema bounds: `SweepPage.cursor`.
    pub unbounded: BTreeSet<String>,
}

/// The payloads of a workflow: its own ends, and its tasks'.
pub(super) fn payload(release: &Release, name: &str, definition: &Value) -> Payload {
    let mut found = Payload::default();
    if let Some(machine) = release.machines.get(name) {
        let of = |schema: &Option<Value>| schema.clone().unwrap_or_default();
        found.add("the workflow's input", name, &of(&machine.input), 0);
        found.add("the workflow's output", name, &of(&machine.output), 0);
    }
    for at in machine::all(definition) {
        let Some((task, contract)) =
            task(at.state).and_then(|task| release.tasks.get_key_value(task))
        else {
            continue;
        };
        let around = CALL_BYTES
            + if awaits_token(at.state) {
                TOKEN_BYTES
            } else {
                0
            };
        found.add(
            &format!("the input of {task}"),
            task,
            &contract.input,
            around,
        );
        found.add(&format!("the answer of {task}"), task, &contract.output, 0);
    }
    found
}

impl Payload {
    fn add(&mut self, of: &str, owner: &str, schema: &Value, around: u64) {
        let mut sizing = Sizing {
            root: schema,
            unbounded: &mut self.unbounded,
        };
        let bytes = sizing.size(schema, owner, 0).saturating_add(around);
        if bytes > self.most_bytes {
            self.most_bytes = bytes;
            of.clone_into(&mut self.of);
        }
    }
}

struct Sizing<'a> {
    root: &'a Value,
    unbounded: &'a mut BTreeSet<String>,
}

impl Sizing<'_> {
    fn size(&mut self, schema: &Value, path: &str, depth: usize) -> u64 {
        if depth > DEPTH_MAX {
            self.unbounded.insert(path.to_owned());
            return 0;
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return words.iter().map(length).max().unwrap_or(0);
        }
        if let Some(word) = schema.get("const") {
            return length(word);
        }
        let reference = schema.get("$ref").and_then(Value::as_str);
        let target =
            reference.and_then(|reference| self.root.pointer(reference.strip_prefix('#')?));
        if let Some(target) = target.cloned() {
            return self.size(&target, path, depth + 1);
        }
        let variants = ["oneOf", "anyOf"]
            .iter()
            .filter_map(|word| schema.get(word)?.as_array())
            .flatten();
        let largest = variants
            .map(|variant| self.size(variant, path, depth + 1))
            .max();
        largest.unwrap_or(0).max(self.own(schema, path, depth))
    }

    fn own(&mut self, schema: &Value, path: &str, depth: usize) -> u64 {
        let types = schema.get("type");
        let is = |name: &str| match types {
            Some(Value::String(only)) => only == name,
            Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(name)),
            _ => false,
        };
        if is("string") {
            return self.text(schema, path);
        }
        if is("array") {
            let items = schema.get("items").cloned().unwrap_or_default();
            let of_one = self.size(&items, &format!("{path}[]"), depth + 1) + 1;
            let Some(most) = schema.get("maxItems").and_then(Value::as_u64) else {
                self.unbounded.insert(path.to_owned());
                return of_one + 2;
            };
            return most.saturating_mul(of_one).saturating_add(2);
        }
        let members = schema.get("properties").and_then(Value::as_object);
        if let Some(members) = members {
            let sizes = members.iter().map(|(name, member)| {
                let below = format!("{path}.{name}");
                name.len() as u64 + 4 + self.size(member, &below, depth + 1)
            });
            return sizes.fold(2, u64::saturating_add);
        }
        if is("integer") || is("number") {
            NUMBER_BYTES
        } else {
            5
        }
    }

    fn text(&mut self, schema: &Value, path: &str) -> u64 {
        let format = schema.get("format").and_then(Value::as_str);
        if format.is_some_and(|format| format.starts_with("date")) {
            return INSTANT_BYTES;
        }
        let Some(most) = schema.get("maxLength").and_then(Value::as_u64) else {
            self.unbounded.insert(path.to_owned());
            return 2;
        };
        // A pattern of plain characters leaves nothing to escape.
        let is_plain = schema
            .get("pattern")
            .and_then(Value::as_str)
            .is_some_and(|pattern| pattern.is_ascii() && !pattern.contains("\\s"));
        2 + most * if is_plain { 1 } else { CHARACTER_BYTES }
    }
}

fn length(value: &Value) -> u64 {
    value.to_string().len() as u64
}
