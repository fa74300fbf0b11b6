//! Following a path into a document.

use std::cell::Cell;
use std::fmt::Write as _;

use serde_json::Value;

use super::{PathNotFound, Segment};

/// The one place a definite path leads to.
pub(super) fn one<'value>(
    segments: &[Segment],
    root: &'value Value,
) -> Result<&'value Value, PathNotFound> {
    let mut current = root;
    for (depth, segment) in segments.iter().enumerate() {
        current = step(segment, current).ok_or_else(|| missing(segments, depth, current))?;
    }
    Ok(current)
}

pub(super) fn step<'value>(segment: &Segment, value: &'value Value) -> Option<&'value Value> {
    match segment {
        Segment::Field(name) => value.as_object()?.get(&**name),
        Segment::Index(index) => element(value.as_array()?, *index),
        _ => None,
    }
}

fn element(items: &[Value], index: i64) -> Option<&Value> {
    let position = match usize::try_from(index) {
        Ok(position) => position,
        // Negative indices count from the end.
        Err(_) => items
            .len()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    items.get(position)
}

/// For each place the path before leads to, an object of the members with these names that are there.
pub(super) fn merged(
    names: &[Box<str>],
    before: &[Segment],
    root: &Value,
) -> Result<Value, PathNotFound> {
    let walk = Walk::new(root);
    let pick = |value: &Value| {
        let fields = value.as_object()?;
        let picked = names
            .iter()
            .filter_map(|name| Some((name.to_string(), fields.get(&**name)?.clone())));
        Some(Value::Object(picked.collect()))
    };
    let is_definite = before
        .iter()
        .all(|segment| matches!(segment, Segment::Field(_) | Segment::Index(_)));
    if !is_definite {
        let found = walk.many(before, root);
        walk.came_to_its_end()?;
        return Ok(found.into_iter().filter_map(pick).collect());
    }
    let found = one(before, root)?;
    pick(found).ok_or_else(|| no_object(&format!("['{}']", names.join("','")), before, found))
}

/// How many places a path may come by: `..` after `..` visits the same ones again and again.
const VISITS_LIMIT: usize = 3_000_000;

/// A walk through a document, which ends early where it would take too long.
pub(super) struct Walk<'value> {
    pub(super) root: &'value Value,
    visits_left: Cell<usize>,
}

impl<'value> Walk<'value> {
    pub(super) fn new(root: &'value Value) -> Walk<'value> {
        Walk {
            root,
            visits_left: Cell::new(VISITS_LIMIT),
        }
    }

    /// Says so where the walk ended early.
    pub(super) fn came_to_its_end(&self) -> Result<(), PathNotFound> {
        if self.visits_left.get() > 0 {
            return Ok(());
        }
        Err(PathNotFound(format!(
            "The path comes by more than {VISITS_LIMIT} places."
        )))
    }

    fn visit(&self) -> bool {
        let left = self.visits_left.get().saturating_sub(1);
        self.visits_left.set(left);
        left > 0
    }

    /// All places a path leads to from somewhere in the document, in the document's order; none is an answer too.
    pub(super) fn many<'part>(
        &self,
        segments: &[Segment],
        start: &'part Value,
    ) -> Vec<&'part Value> {
        let mut current = vec![start];
        for segment in segments {
            let mut next = Vec::new();
            for value in current {
                self.spread(segment, value, &mut next);
            }
            current = next;
        }
        current
    }

    fn spread<'part>(&self, segment: &Segment, value: &'part Value, out: &mut Vec<&'part Value>) {
        if !self.visit() {
            return;
        }
        match segment {
            Segment::Field(_) | Segment::Index(_) => out.extend(step(segment, value)),
            Segment::Fields(names) => {
                let fields = value.as_object();
                let found = names.iter().filter_map(|name| fields?.get(&**name));
                out.extend(found);
            }
            Segment::Indices(indices) => {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                out.extend(indices.iter().filter_map(|index| element(items, *index)));
            }
            Segment::Slice(from, to, step) => {
                out.extend(slice(value, *from, *to).iter().step_by(*step));
            }
            Segment::Wildcard => out.extend(children(value)),
            Segment::Filter(filter) => match value {
                // AWS says it: `@` never stands for a scalar.
                Value::Array(items) => out.extend(items.iter().filter(|item| {
                    matches!(item, Value::Object(_) | Value::Array(_))
                        && self.visit()
                        && filter.holds(item, self)
                })),
                other => out.extend(filter.holds(other, self).then_some(other)),
            },
            Segment::Descend(inner) => {
                self.spread(inner, value, out);
                for child in children(value) {
                    self.spread(segment, child, out);
                }
            }
        }
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

fn slice(value: &Value, from: Option<i64>, to: Option<i64>) -> &[Value] {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let place = |index: i64| {
        let counted = if index < 0 {
            length.saturating_add(index)
        } else {
            index
        };
        usize::try_from(counted.clamp(0, length)).unwrap_or(0)
    };
    let (from, to) = (place(from.unwrap_or(0)), place(to.unwrap_or(length)));
    items.get(from..to).unwrap_or(&[])
}

/// The words for a path whose segment at `depth` leads nowhere from `found`.
fn missing(segments: &[Segment], depth: usize, found: &Value) -> PathNotFound {
    let last = depth + 1 == segments.len();
    if last && found.is_object() && matches!(segments.get(depth), Some(Segment::Field(_))) {
        return PathNotFound(format!("No results for path: {}", written(segments)));
    }
    intermediate(segments, depth, found)
}

fn intermediate(segments: &[Segment], depth: usize, found: &Value) -> PathNotFound {
    let upto = |end: usize| written(segments.get(..end).unwrap_or(segments));
    PathNotFound(match segments.get(depth) {
        Some(Segment::Field(_)) if found.is_object() => {
            format!("Missing property in path {}", upto(depth + 1))
        }
        Some(Segment::Field(name)) => {
            let before = segments.get(..depth).unwrap_or(segments);
            return no_object(&format!("['{name}']"), before, found);
        }
        Some(Segment::Index(index)) if !found.is_array() => {
            format!("Filter: [{index}] can only be applied to arrays. Current context is: {found}")
        }
        _ => format!("No results for path: {}", written(segments)),
    })
}

fn no_object(property: &str, before: &[Segment], found: &Value) -> PathNotFound {
    // Jayway's provider unwraps what it takes out of an object, and nothing else.
    let is_unwrapped = matches!(before.last(), Some(Segment::Field(_)));
    PathNotFound(format!(
        "Expected to find an object with property {property} in path {} but found '{}'. This is not a json \
         object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.",
        written(before),
        java_class(found, is_unwrapped),
    ))
}

fn java_class(value: &Value, is_unwrapped: bool) -> String {
    let (node, class) = match value {
        Value::Null if is_unwrapped => return "null".to_owned(),
        Value::Null => ("Null", ""),
        Value::Bool(_) => ("Boolean", "lang.Boolean"),
        Value::Number(number) if number.is_f64() => ("Double", "lang.Double"),
        Value::Number(number) => match number.as_i64() {
            Some(integer) if i32::try_from(integer).is_ok() => ("Int", "lang.Integer"),
            Some(_) => ("Long", "lang.Long"),
            None => ("BigInteger", "math.BigInteger"),
        },
        Value::String(_) => ("Text", "lang.String"),
        Value::Array(_) => ("Array", ""),
        Value::Object(_) => ("Object", ""),
    };
    if is_unwrapped && !class.is_empty() {
        format!("java.{class}")
    } else {
        format!("com.fasterxml.jackson.databind.node.{node}Node")
    }
}

/// A path as Jayway prints it: `$['a'][0]`.
fn written(segments: &[Segment]) -> String {
    let mut out = String::from("$");
    for segment in segments {
        // Writing into a String cannot fail.
        let _ = match segment {
            Segment::Field(name) => write!(out, "['{name}']"),
            Segment::Index(index) => write!(out, "[{index}]"),
            Segment::Wildcard => write!(out, "[*]"),
            Segment::Slice(from, to, _) => {
                let side =
                    |index: &Option<i64>| index.map(|index| index.to_string()).unwrap_or_default();
                write!(out, "[{}:{}]", side(from), side(to))
            }
            Segment::Fields(names) => write!(out, "['{}']", names.join("','")),
            Segment::Indices(indices) => {
                let indices: Vec<String> = indices.iter().map(ToString::to_string).collect();
                write!(out, "[{}]", indices.join(","))
            }
            Segment::Descend(_) => write!(out, ".."),
            Segment::Filter(_) => write!(out, "[?]"),
        };
    }
    out
}
