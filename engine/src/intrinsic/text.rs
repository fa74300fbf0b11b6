//! Functions on text.

use serde_json::Value;

pub(super) fn format(template: &str, arguments: &[&Value]) -> Result<Value, String> {
    let mut out = String::with_capacity(template.len());
    let mut arguments = arguments.iter();
    let mut rest = template.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => out.extend(rest.next()),
            '{' if rest.peek() == Some(&'}') => {
                rest.next();
                let argument = arguments
                    .next()
                    .ok_or("There are more {} than arguments.")?;
                out.push_str(&java_text(argument));
            }
            other => out.push(other),
        }
    }
    if arguments.next().is_some() {
        return Err("There are more arguments than {}.".to_owned());
    }
    Ok(Value::String(out))
}

/// A value as Java's `toString` has it, which is what AWS puts into a text.
fn java_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(java_text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{key}={}", java_text(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// The pieces between any of the separators; empty pieces are left out.
pub(super) fn split(text: &str, separators: &str) -> Value {
    let pieces = text
        .split(|character| separators.contains(character))
        .filter(|piece| !piece.is_empty());
    Value::Array(pieces.map(Value::from).collect())
}
