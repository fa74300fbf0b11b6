//! Functions on text.

use serde_json::Value;

use crate::java;

/// The template with its holes filled, or why it is none.
pub(super) fn format(template: &str, arguments: &[&Value]) -> Result<Value, String> {
    let unmatched = |missing: char, found: char| {
        Err(format!(
            "Invalid template in States.Format: matching '{missing}' not found for '{found}'."
        ))
    };
    let mut out = String::with_capacity(template.len());
    let mut holes = 0;
    let mut rest = template.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => out.extend(rest.next()),
            '{' if rest.peek() == Some(&'}') => {
                rest.next();
                if let Some(argument) = arguments.get(holes) {
                    out.push_str(&java::text(argument));
                }
                holes += 1;
            }
            '{' => return unmatched('}', '{'),
            '}' => return unmatched('{', '}'),
            other => out.push(other),
        }
    }
    if holes != arguments.len() {
        return Err(
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."
                .to_owned(),
        );
    }
    Ok(Value::String(out))
}

/// The pieces between any of the separators; empty pieces are left out.
pub(super) fn split(text: &str, separators: &str) -> Value {
    let pieces = text
        .split(|character| separators.contains(character))
        .filter(|piece| !piece.is_empty());
    Value::Array(pieces.map(Value::from).collect())
}
