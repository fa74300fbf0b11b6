//! One schema, read: references followed, and what its unions are made of. Comparing two is left to others.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{BreakageKind, DEPTH_MAX};

/// A schema with references followed and unions sorted out.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    pub(super) types: &'a str,
    pub(super) is_nullable: bool,
    pub(super) is_anything: bool,
    pub(super) members: BTreeMap<String, &'a Value>,
    pub(super) required: Vec<&'a str>,
    /// A closed list's words.
    pub(super) words: Vec<String>,
    /// A tagged union's cases.
    pub(super) cases: BTreeMap<String, &'a Value>,
    pub(super) items: Option<&'a Value>,
    pub(super) length_max: Option<u64>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(root: &'a Value, schema: &'a Value) -> Self {
        let mut shape = Self::default();
        shape.add(root, schema, 0);
        let says_nothing = shape.types.is_empty() && !shape.is_closed() && !shape.is_nullable;
        shape.is_anything = says_nothing;
        shape
    }

    fn add(&mut self, root: &'a Value, schema: &'a Value, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| root.pointer(pointer))
        {
            self.add(root, target, depth + 1);
        }
        match schema.get("type") {
            Some(Value::String(name)) => self.add_type(name),
            Some(Value::Array(names)) => {
                for name in names.iter().filter_map(Value::as_str) {
                    self.add_type(name);
                }
            }
            _ => {}
        }
        self.length_max = whole(schema, "maxLength")
            .or_else(|| whole(schema, "maxItems"))
            .or(self.length_max);
        self.minimum = number(schema, "minimum").or(self.minimum);
        self.maximum = number(schema, "maximum").or(self.maximum);
        let words = schema.get("enum").and_then(Value::as_array);
        let words = words.into_iter().flatten().chain(schema.get("const"));
        self.words.extend(words.map(|word| {
            word.as_str()
                .map_or_else(|| word.to_string(), str::to_owned)
        }));
        if let Some(members) = schema.get("properties").and_then(Value::as_object) {
            self.members
                .extend(members.iter().map(|(name, member)| (name.clone(), member)));
        }
        let required = schema.get("required").and_then(Value::as_array);
        self.required
            .extend(required.into_iter().flatten().filter_map(Value::as_str));
        self.items = schema.get("items").or(self.items);
        for word in ["anyOf", "oneOf"] {
            let alternatives = schema.get(word).and_then(Value::as_array);
            for alternative in alternatives.into_iter().flatten() {
                self.add_alternative(root, alternative, depth);
            }
        }
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.add(root, part, depth + 1);
        }
    }

    /// One variant of a union: a word, a case with its one member, null, or a whole other shape.
    fn add_alternative(&mut self, root: &'a Value, alternative: &'a Value, depth: usize) {
        let members = alternative.get("properties").and_then(Value::as_object);
        let is_tagged = alternative.get("additionalProperties") == Some(&Value::Bool(false));
        match members {
            Some(members) if is_tagged && members.len() == 1 => {
                self.cases
                    .extend(members.iter().map(|(name, case)| (name.clone(), case)));
            }
            // A word in each variant says which one it is: `{"type": "ORDER_STATUS", …}`.
            Some(members) if members.values().any(|member| member.get("const").is_some()) => {
                let tag = members
                    .values()
                    .find_map(|member| member.get("const")?.as_str());
                self.cases
                    .insert(tag.unwrap_or_default().to_owned(), alternative);
            }
            _ => self.add(root, alternative, depth + 1),
        }
    }

    fn add_type(&mut self, name: &'a str) {
        if name == "null" {
            self.is_nullable = true;
        } else {
            self.types = name;
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        !self.words.is_empty() || !self.cases.is_empty()
    }

    /// What kind of thing it is; words and cases of a union are one kind, since a word may become a case.
    pub(super) fn kind(&self) -> &str {
        if self.is_closed() {
            "union"
        } else {
            self.types
        }
    }

    pub(super) fn words(&self) -> String {
        match (self.is_closed(), self.types) {
            (true, _) => "one of a list".to_owned(),
            (false, "") => "nothing".to_owned(),
            (false, "object") => "a structure".to_owned(),
            (false, "array") => "a list".to_owned(),
            (false, name) => format!("{} {name}", if name == "integer" { "an" } else { "a" }),
        }
    }

    pub(super) fn narrower_than(&self, writer: &Self) -> Vec<BreakageKind> {
        let most = |length: Option<u64>| {
            length
                .and_then(|most| u32::try_from(most).ok())
                .map(f64::from)
        };
        // A minimum is a maximum, counted downwards.
        let down = |bound: Option<f64>| bound.map(|bound| -bound);
        let bounds = [
            (self.maximum, writer.maximum, "at most", ""),
            (down(self.minimum), down(writer.minimum), "at least", ""),
            (
                most(self.length_max),
                most(writer.length_max),
                "at most",
                " long",
            ),
        ];
        bounds
            .into_iter()
            .filter_map(|(reader, writer, before, behind)| {
                let reader = reader?;
                let stated = if before == "at least" {
                    -reader
                } else {
                    reader
                };
                let words = format!("{before} {stated}{behind}");
                match writer {
                    None => Some(BreakageKind::Unstated(words)),
                    Some(writer) => (writer > reader).then_some(BreakageKind::Bound(words)),
                }
            })
            .collect()
    }
}

fn whole(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn number(schema: &Value, name: &str) -> Option<f64> {
    schema.get(name).and_then(Value::as_f64)
}
