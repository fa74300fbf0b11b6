//! Whether whoever reads by one JSON Schema understands all that is written by another.
//!
//! It knows what our contracts are made of: objects, closed lists of words, tagged unions, arrays, references. Members that
//! a reader does not know are passed over by serde, and break nothing. Words such as `description` say nothing.

mod shape;

use std::collections::BTreeMap;

use serde_json::Value;

use self::shape::Shape;

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

#[cfg(test)]
mod tests;
