//! Following a path into a document.

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

fn step<'value>(segment: &Segment, value: &'value Value) -> Option<&'value Value> {
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

/// All places a path leads to, in the document's order; none is an answer too.
pub(super) fn many<'value>(segments: &[Segment], root: &'value Value) -> Vec<&'value Value> {
    let definite = segments
        .iter()
        .take_while(|segment| matches!(segment, Segment::Field(_) | Segment::Index(_)))
        .count();
    let (prefix, rest) = segments
        .split_at_checked(definite)
        .unwrap_or((segments, &[]));
    let mut current = vec![root];
    for segment in prefix {
        current = current
            .into_iter()
            .filter_map(|value| step(segment, value))
            .collect();
    }
    for segment in rest {
        let mut next = Vec::new();
        for value in current {
            spread(segment, value, root, &mut next);
        }
        current = next;
    }
    current
}

fn spread<'value>(
    segment: &Segment,
    value: &'value Value,
    root: &'value Value,
    out: &mut Vec<&'value Value>,
) {
    match segment {
        Segment::Field(_) | Segment::Index(_) => out.extend(step(segment, value)),
        Segment::Fields(names) => {
            out.extend(
                names
                    .iter()
                    .filter_map(|name| value.as_object().and_then(|object| object.get(&**name))),
            );
        }
        Segment::Indices(indices) => {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            out.extend(indices.iter().filter_map(|index| element(items, *index)));
        }
        Segment::Slice(from, to) => out.extend(slice(value, *from, *to)),
        Segment::Wildcard => out.extend(children(value)),
        Segment::Filter(filter) => match value {
            Value::Array(items) => out.extend(items.iter().filter(|item| filter.holds(item, root))),
            other => out.extend(filter.holds(other, root).then_some(other)),
        },
        Segment::Descend(inner) => {
            spread(inner, value, root, out);
            for child in children(value) {
                spread(segment, child, root, out);
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
        Some(Segment::Field(name)) => format!(
            "Expected to find an object with property ['{name}'] in path {} but found '{}'. This is not a json \
             object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.",
            upto(depth),
            java_class(found),
        ),
        Some(Segment::Index(index)) if !found.is_array() => {
            format!("Filter: [{index}] can only be applied to arrays. Current context is: {found}")
        }
        _ => format!("No results for path: {}", written(segments)),
    })
}

fn java_class(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "com.fasterxml.jackson.databind.node.BooleanNode",
        Value::Number(number) if number.is_f64() => {
            "com.fasterxml.jackson.databind.node.DoubleNode"
        }
        Value::Number(_) => "com.fasterxml.jackson.databind.node.IntNode",
        Value::String(_) => "com.fasterxml.jackson.databind.node.TextNode",
        Value::Array(_) => "com.fasterxml.jackson.databind.node.ArrayNode",
        Value::Object(_) => "com.fasterxml.jackson.databind.node.ObjectNode",
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
            Segment::Slice(from, to) => {
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
