//! Expressions as ASL's JSON templates: objects stay objects, so that people can read them, and only leaves are JSONata.

use serde_json::{Map, Value};

use super::jsonata::{self, Words};
use crate::expression::node::{NodeKind, NodeRef};
use crate::expression::shape::Tagging;

/// The value as a template: in Arguments, Assign and Output.
pub(crate) fn template(of: NodeRef, words: &Words<'_>) -> Value {
    match of.kind() {
        NodeKind::Literal(value) => constant(value),
        NodeKind::Object(members) => {
            let members = members
                .iter()
                .map(|(key, value)| ((*key).to_owned(), template(value, words)));
            Value::Object(members.collect())
        }
        NodeKind::List(items) => items.iter().map(|item| template(item, words)).collect(),
        NodeKind::Variant {
            shape,
            index,
            payload,
        } => {
            let Some(variant) = shape.variant(*index) else {
                return Value::Null;
            };
            let payload = payload.map(|payload| template(payload, words));
            tagged(shape.tagging, variant.wire, payload)
        }
        _ => expression(&jsonata::leaf(of, words)),
    }
}

/// JSONata between ASL's marks.
pub(crate) fn expression(jsonata: &str) -> Value {
    Value::from(format!("{{% {jsonata} %}}"))
}

fn tagged(tagging: Tagging, wire: &str, payload: Option<Value>) -> Value {
    let mut members = Map::new();
    match tagging {
        Tagging::External => match payload {
            None => return Value::from(wire),
            Some(payload) => {
                members.insert(wire.to_owned(), payload);
            }
        },
        Tagging::Adjacent { tag, content } => {
            members.insert(tag.to_owned(), wire.into());
            if let Some(payload) = payload {
                members.insert(content.to_owned(), payload);
            }
        }
    }
    Value::Object(members)
}

/// A constant, so that none of its texts is taken for JSONata: what an engineer writes as a text is a text.
fn constant(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim_start().starts_with("{%") => {
            expression(&jsonata::constant(value))
        }
        Value::Array(items) => items.iter().map(constant).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, value)| (key.clone(), constant(value)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}
