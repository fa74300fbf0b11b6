//! Values as DynamoDB's typed attributes, and back, by the JSON Schema of their type.
//!
//! The schema is what serde's form is known by for every type, leaves of the domain included. Lists and enums that carry
//! something are left to tasks.

use serde_json::{Map, Value};

use crate::draft::Argument;
use crate::expression::node::{self, NodeKind, NodeRef};

/// The result, or the field that cannot be stored and why.
pub(super) type Marshalled<A> = Result<A, (String, &'static str)>;

/// What a schema says of a value, as far as attributes tell it apart.
enum Shape<'a> {
    Text,
    Number,
    Truth,
    Members(&'a Map<String, Value>),
}

/// The names of an object's members.
pub(super) fn members(root: &Value) -> Vec<String> {
    let properties = root.get("properties").and_then(Value::as_object);
    properties
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default()
}

/// A member of the schema's object as an attribute.
pub(super) fn marshal(value: NodeRef, member: &'static str, root: &Value) -> Marshalled<Argument> {
    let schema = root
        .get("properties")
        .and_then(|properties| properties.get(member))
        .unwrap_or(&Value::Null);
    attribute(value, schema, root, member)
}

fn attribute(value: NodeRef, schema: &Value, root: &Value, path: &str) -> Marshalled<Argument> {
    let (schema, optional) = required(schema, root);
    let typed = |kind: &'static str, value: NodeRef| match value.kind() {
        NodeKind::Literal(Value::Null) if optional => Argument::Members(vec![(
            "NULL".to_owned(),
            Argument::Node(node::literal(true)),
        )]),
        NodeKind::Literal(_) => Argument::Members(vec![(kind.to_owned(), Argument::Node(value))]),
        _ if optional => Argument::Node(node::call(kind, vec![value], false)),
        _ => Argument::Members(vec![(kind.to_owned(), Argument::Node(value))]),
    };
    // Numbers travel as texts.
    let number = |value: NodeRef| match value.kind() {
        NodeKind::Literal(Value::Number(number)) => node::literal(number.to_string()),
        NodeKind::Literal(_) => value,
        _ if optional => value,
        _ => node::call("$string", vec![value], false),
    };
    match shape(schema, root).ok_or_else(|| unknown(path))? {
        Shape::Text => Ok(typed("S", value)),
        Shape::Truth => Ok(typed("BOOL", value)),
        Shape::Number => Ok(typed("N", number(value))),
        Shape::Members(_) if optional => {
            Err((path.to_owned(), "an optional struct is left to a task"))
        }
        Shape::Members(properties) => {
            let mut attributes = Vec::new();
            for (name, schema) in properties {
                let key: &'static str = Box::leak(name.clone().into_boxed_str());
                let inner = attribute(
                    node::field(value, key, false),
                    schema,
                    root,
                    &format!("{path}.{name}"),
                )?;
                attributes.push((name.clone(), inner));
            }
            Ok(Argument::Members(vec![(
                "M".to_owned(),
                Argument::Members(attributes),
            )]))
        }
    }
}

/// JSONata that makes the value out of the attributes at a place.
pub(super) fn unmarshal(of: &str, root: &Value) -> Marshalled<String> {
    let properties = root.get("properties").and_then(Value::as_object);
    let properties = properties.ok_or_else(|| unknown("the row"))?;
    object(of, properties, root, "")
}

fn object(
    of: &str,
    properties: &Map<String, Value>,
    root: &Value,
    path: &str,
) -> Marshalled<String> {
    let mut made = Vec::new();
    for (name, schema) in properties {
        let key = Value::from(name.as_str());
        let value = read(
            &format!("{of}.`{name}`"),
            schema,
            root,
            &format!("{path}{name}"),
        )?;
        made.push(format!("{key}: {value}"));
    }
    Ok(format!("{{{}}}", made.join(", ")))
}

fn read(of: &str, schema: &Value, root: &Value, path: &str) -> Marshalled<String> {
    let (schema, optional) = required(schema, root);
    let (place, value) = match shape(schema, root).ok_or_else(|| unknown(path))? {
        Shape::Text => (format!("{of}.S"), format!("{of}.S")),
        Shape::Truth => (format!("{of}.BOOL"), format!("{of}.BOOL")),
        Shape::Number => (format!("{of}.N"), format!("$number({of}.N)")),
        Shape::Members(properties) => (
            format!("{of}.M"),
            object(&format!("{of}.M"), properties, root, &format!("{path}."))?,
        ),
    };
    Ok(if optional {
        format!("($exists({place}) ? {value} : null)")
    } else {
        value
    })
}

fn unknown(path: &str) -> (String, &'static str) {
    (
        path.to_owned(),
        "only texts, numbers, truth values, unit enums and structs of them can; leave it to a task",
    )
}

/// The schema without the possibility of `null`, and whether there was one.
fn required<'a>(schema: &'a Value, root: &'a Value) -> (&'a Value, bool) {
    let schema = resolved(schema, root);
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        return (schema, types.iter().any(|kind| kind == "null"));
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let is_null = |choice: &&Value| choice.get("type").is_some_and(|kind| kind == "null");
        let some = choices.iter().find(|choice| !is_null(choice));
        return (
            some.map_or(schema, |some| resolved(some, root)),
            choices.iter().any(|choice| is_null(&choice)),
        );
    }
    (schema, false)
}

fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let pointer = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'));
    pointer
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}

fn shape<'a>(schema: &'a Value, root: &'a Value) -> Option<Shape<'a>> {
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        // A unit enum whose variants are documented.
        let all_texts = choices
            .iter()
            .all(|choice| matches!(shape(resolved(choice, root), root), Some(Shape::Text)));
        return all_texts.then_some(Shape::Text);
    }
    let kind = match schema.get("type")? {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null")?.as_str()?,
        kind => kind.as_str()?,
    };
    match kind {
        "string" => Some(Shape::Text),
        "integer" | "number" => Some(Shape::Number),
        "boolean" => Some(Shape::Truth),
        "object" => schema
            .get("properties")
            .and_then(Value::as_object)
            .map(Shape::Members),
        _ => None,
    }
}
