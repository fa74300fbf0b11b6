//! Whether whoever reads by one JSON Schema understands all that is written by another.
//!
//! It knows what our contracts are made of: objects, closed lists of words, tagged unions, arrays, references. Members that
//! a reader does not know are passed over by serde, and break nothing. Words such as `description` say nothing.

use std::collections::BTreeMap;

use serde_json::Value;

/// One reason why a reader does not understand a writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakage {
    /// Where in the data: `order.orderId`; empty for all of it.
    pub path: String,
    /// What the writer does.
    pub kind: BreakageKind,
}

/// What the writer does that the reader does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BreakageKind {
    /// Never writes a member that is read.
    Removed,
    /// Sometimes leaves out, or writes as null, what must be there.
    Optional,
    /// Writes a word or case that is not known.
    Case(String),
    /// Writes something else: from, to.
    Type(String, String),
    /// Writes more than the reader takes, which is this.
    Bound(String),
    /// May or may not: the reader states a bound where the writer states none.
    Unstated(String),
}

impl Breakage {
    /// The last member's name, where there is a path.
    pub fn name(&self) -> &str {
        if self.path.is_empty() {
            "all of it"
        } else {
            &self.path
        }
    }
}

/// What of the writer the reader does not understand. A schema that is absent (null) promises and demands nothing.
pub fn breakages(reader: &Value, writer: &Value) -> Vec<Breakage> {
    let mut found = Vec::new();
    if !reader.is_null() && !writer.is_null() {
        let pair = Pair { reader, writer };
        pair.compare(reader, writer, &mut Vec::new(), 0, &mut found);
    }
    // A member that may be left out may usually be null as well: one reason, not two.
    found.dedup();
    found
}

/// What one schema has and another has not, for people: fields and cases by their path.
pub fn parts(schema: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(schema, schema, String::new(), 0, &mut found);
    found
}

/// References go in circles for recursive types; nothing of ours is deeper.
const DEPTH_MAX: usize = 24;

fn collect(
    root: &Value,
    at: &Value,
    path: String,
    depth: usize,
    found: &mut BTreeMap<String, String>,
) {
    if depth > DEPTH_MAX {
        return;
    }
    let shape = Shape::of(root, at);
    if !path.is_empty() {
        let optional = if shape.is_nullable { " or null" } else { "" };
        found.insert(path.clone(), format!("{}{optional}", shape.words()));
    }
    let below = |name: &str| match path.as_str() {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    for word in &shape.words {
        found.insert(below(&format!("\"{word}\"")), "case".to_owned());
    }
    for (name, member) in shape.members.iter().chain(&shape.cases) {
        collect(root, member, below(name), depth + 1, found);
    }
    if let Some(items) = shape.items {
        collect(root, items, format!("{path}[]"), depth + 1, found);
    }
}

struct Pair<'a> {
    reader: &'a Value,
    writer: &'a Value,
}

impl Pair<'_> {
    fn compare(
        &self,
        reader: &Value,
        writer: &Value,
        path: &mut Vec<String>,
        depth: usize,
        found: &mut Vec<Breakage>,
    ) {
        if depth > DEPTH_MAX {
            return;
        }
        let reader = Shape::of(self.reader, reader);
        let writer = Shape::of(self.writer, writer);
        let mut say = |kind| {
            found.push(Breakage {
                path: path.join("."),
                kind,
            });
        };
        if reader.is_anything {
            return;
        }
        if writer.is_nullable && !reader.is_nullable {
            say(BreakageKind::Optional);
        }
        if reader.kind() != writer.kind() {
            let is_number = |shape: &Shape<'_>| ["integer", "number"].contains(&shape.types);
            let widens = is_number(&reader) && is_number(&writer) && reader.types == "number";
            if !widens && !writer.kind().is_empty() && !reader.kind().is_empty() {
                say(BreakageKind::Type(reader.words(), writer.words()));
                return;
            }
        }
        if reader.is_closed() {
            let known = |word: &&String| !reader.words.contains(word);
            for word in writer.words.iter().filter(known) {
                say(BreakageKind::Case(word.clone()));
            }
            for name in writer
                .cases
                .keys()
                .filter(|name| !reader.cases.contains_key(*name))
            {
                say(BreakageKind::Case(name.clone()));
            }
        }
        // Every one: a bound that is only stated now must not stand before one that was narrowed.
        for bound in reader.narrower_than(&writer) {
            say(bound);
        }
        self.compare_members(&reader, &writer, path, depth, found);
        for (name, case) in &reader.cases {
            if let Some(written) = writer.cases.get(name) {
                path.push(name.clone());
                self.compare(case, written, path, depth + 1, found);
                path.pop();
            }
        }
        if let (Some(reader), Some(writer)) = (reader.items, writer.items) {
            path.push("[]".to_owned());
            self.compare(reader, writer, path, depth + 1, found);
            path.pop();
        }
    }

    fn compare_members(
        &self,
        reader: &Shape<'_>,
        writer: &Shape<'_>,
        path: &mut Vec<String>,
        depth: usize,
        found: &mut Vec<Breakage>,
    ) {
        for (name, member) in &reader.members {
            path.push(name.clone());
            let must = reader.required.contains(&name.as_str());
            match writer.members.get(name) {
                None if must => found.push(Breakage {
                    path: path.join("."),
                    kind: BreakageKind::Removed,
                }),
                // An optional member that is gone is read as absent, which the reader knows; what it held is lost all the same.
                None => {}
                Some(written) => {
                    if must && !writer.required.contains(&name.as_str()) {
                        found.push(Breakage {
                            path: path.join("."),
                            kind: BreakageKind::Optional,
                        });
                    }
                    self.compare(member, written, path, depth + 1, found);
                }
            }
            path.pop();
        }
    }
}

/// A schema with references followed and unions sorted out.
#[derive(Debug, Default)]
struct Shape<'a> {
    types: &'a str,
    is_nullable: bool,
    is_anything: bool,
    members: BTreeMap<String, &'a Value>,
    required: Vec<&'a str>,
    /// A closed list's words.
    words: Vec<String>,
    /// A tagged union's cases.
    cases: BTreeMap<String, &'a Value>,
    items: Option<&'a Value>,
    length_max: Option<u64>,
    minimum: Option<f64>,
    maximum: Option<f64>,
}

impl<'a> Shape<'a> {
    fn of(root: &'a Value, schema: &'a Value) -> Self {
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

    fn is_closed(&self) -> bool {
        !self.words.is_empty() || !self.cases.is_empty()
    }

    /// What kind of thing it is; words and cases of a union are one kind, since a word may become a case.
    fn kind(&self) -> &str {
        if self.is_closed() {
            "union"
        } else {
            self.types
        }
    }

    fn words(&self) -> String {
        match (self.is_closed(), self.types) {
            (true, _) => "one of a list".to_owned(),
            (false, "") => "nothing".to_owned(),
            (false, "object") => "a structure".to_owned(),
            (false, "array") => "a list".to_owned(),
            (false, name) => format!("{} {name}", if name == "integer" { "an" } else { "a" }),
        }
    }

    fn narrower_than(&self, writer: &Self) -> Vec<BreakageKind> {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{BreakageKind, breakages, parts};

    #[track_caller]
    fn check(reader: Value, writer: Value, expected: &[&str]) {
        let told: Vec<String> = breakages(&reader, &writer)
            .iter()
            .map(|breakage| format!("{} {:?}", breakage.name(), breakage.kind))
            .collect();
        assert_eq!(told, expected);
    }

    fn object(members: Value, required: &[&str]) -> Value {
        json!({"type": "object", "properties": members, "required": required})
    }

    #[test]
    fn members_that_the_reader_does_not_know_break_nothing() {
        let old = object(json!({"a": {"type": "string"}}), &["a"]);
        let new = object(
            json!({"a": {"type": "string"}, "b": {"type": "string"}}),
            &["a", "b"],
        );
        check(old.clone(), new.clone(), &[]);
        check(new, old, &["b Removed"]);
    }

    #[test]
    fn what_may_be_absent_is_not_what_must_be_there() {
        let must = object(json!({"a": {"type": "string"}}), &["a"]);
        let may = object(json!({"a": {"type": ["string", "null"]}}), &[]);
        check(must.clone(), may.clone(), &["a Optional"]);
        check(may, must, &[]);
    }

    #[test]
    fn cases_are_compared_through_references() {
        let of = |words: &[&str]| {
            let words: Vec<Value> = words
                .iter()
                .map(|word| json!({"const": word, "type": "string"}))
                .collect();
            json!({"type": "object", "properties": {"by": {"$ref": "#/$defs/Actor"}}, "required": ["by"],
                "$defs": {"Actor": {"oneOf": words}}})
        };
        check(of(&["A"]), of(&["A", "B"]), &["by Case(\"B\")"]);
        check(of(&["A", "B"]), of(&["A"]), &[]);
    }

    #[test]
    fn a_union_gains_a_case_and_a_case_gains_a_member() {
        let paid = |member: &str| {
            json!({"type": "object", "additionalProperties": false, "required": ["paid"], "properties":
                {"paid": object(json!({member: {"type": "string"}}), &[member])}})
        };
        let expired = json!({"const": "expired", "type": "string"});
        let old = json!({"oneOf": [paid("newsId")]});
        check(
            old.clone(),
            json!({"oneOf": [paid("newsId"), expired]}),
            &["all of it Case(\"expired\")"],
        );
        check(
            old,
            json!({"oneOf": [paid("id")]}),
            &["paid.newsId Removed"],
        );
    }

    #[test]
    fn variants_are_told_apart_by_the_word_inside_of_them() {
        let variant = |tag: &str, member: &str| {
            object(
                json!({"type": {"type": "string", "const": tag}, member: {"type": "string"}}),
                &["type", member],
            )
        };
        let reader = json!({"oneOf": [variant("A", "one"), variant("B", "two")]});
        check(reader.clone(), json!({"oneOf": [variant("A", "one")]}), &[]);
        check(
            reader,
            json!({"oneOf": [variant("A", "other"), variant("C", "two")]}),
            &["all of it Case(\"C\")", "A.one Removed"],
        );
    }

    #[test]
    fn other_types_and_narrower_bounds_are_said() {
        check(
            json!({"type": "integer"}),
            json!({"type": "string"}),
            &["all of it Type(\"an integer\", \"a string\")"],
        );
        check(json!({"type": "number"}), json!({"type": "integer"}), &[]);
        check(
            json!({"type": "integer", "maximum": 5}),
            json!({"type": "integer", "maximum": 6}),
            &["all of it Bound(\"at most 5\")"],
        );
        check(
            json!({"type": "string", "maxLength": 5}),
            json!({"type": "string"}),
            &["all of it Unstated(\"at most 5 long\")"],
        );
        check(
            json!({"type": "integer", "minimum": 5, "maximum": 99}),
            json!({"type": "integer", "minimum": 1}),
            &[
                "all of it Unstated(\"at most 99\")",
                "all of it Bound(\"at least 5\")",
            ],
        );
        assert!(
            breakages(&Value::Null, &json!({"type": "string"})).is_empty(),
            "nothing is demanded"
        );
    }

    #[test]
    fn parts_are_listed_by_path() {
        let schema = object(
            json!({"a": {"type": "array", "items": {"enum": ["X"]}}, "b": {"type": ["integer", "null"]}}),
            &["a"],
        );
        let listed: Vec<String> = parts(&schema)
            .into_iter()
            .map(|(path, words)| format!("{path}: {words}"))
            .collect();
        assert_eq!(
            listed,
            [
                "a: a list",
                "a[]: one of a list",
                "a[].\"X\": case",
                "b: an integer or null"
            ]
        );
        assert!(matches!(
            breakages(&json!({"enum": ["X"]}), &json!({"enum": ["Y"]}))[0].kind,
            BreakageKind::Case(_)
        ));
    }
}
