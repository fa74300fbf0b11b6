//! From the text of a call to its function and arguments.

use std::sync::Arc;

use serde_json::Value;

use super::{Argument, Call, Function, NAMES};
use crate::jsonpath::JsonPath;

/// How deep calls may stand in calls; AWS allows ten.
const DEPTH_LIMIT: usize = 10;

/// A text that is no call of an intrinsic function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a call of an intrinsic function: {reason}")]
pub struct IntrinsicSyntaxError {
    text: String,
    reason: &'static str,
}

pub(super) fn call(text: &str) -> Result<Call, IntrinsicSyntaxError> {
    nested(text.trim(), 0).map_err(|reason| IntrinsicSyntaxError {
        text: text.to_owned(),
        reason,
    })
}

fn nested(text: &str, depth: usize) -> Result<Call, &'static str> {
    if depth >= DEPTH_LIMIT {
        return Err("calls stand in calls more than ten deep");
    }
    let (name, rest) = text.split_once('(').ok_or("a '(' is missing")?;
    let function = NAMES
        .iter()
        .find(|(known, _)| *known == name.trim())
        .map(|(_, function)| *function)
        .ok_or("there is no such function")?;
    let inner = rest
        .trim_end()
        .strip_suffix(')')
        .ok_or("a ')' is missing")?;
    let arguments = split(inner)?
        .into_iter()
        .enumerate()
        .map(|(place, text)| {
            // `States.Format` tells `\\{}` from `{}` itself, in its template.
            let is_template = function == Function::Format && place == 0;
            argument(text.trim(), depth, is_template)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Call {
        text: Arc::from(text),
        function,
        arguments,
    })
}

/// The arguments of a call, cut at the commas that stand in no quote, bracket or call.
fn split(text: &str) -> Result<Vec<&str>, &'static str> {
    let mut arguments = Vec::new();
    let (mut start, mut depth, mut quoted, mut escaped) = (0, 0_i32, false, false);
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match character {
            '\\' if quoted => escaped = true,
            '\'' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                arguments.push(text.get(start..at).unwrap_or(""));
                start = at + 1;
            }
            _ => {}
        }
    }
    if quoted || depth != 0 {
        return Err("a quote or bracket is not closed");
    }
    let last = text.get(start..).unwrap_or("");
    if !(arguments.is_empty() && last.trim().is_empty()) {
        arguments.push(last);
    }
    Ok(arguments)
}

fn argument(text: &str, depth: usize, is_template: bool) -> Result<Argument, &'static str> {
    if text.starts_with("States.") {
        return nested(text, depth + 1).map(Argument::Call);
    }
    if text.starts_with('$') {
        return JsonPath::parse(text)
            .map(Argument::Path)
            .map_err(|_| "an argument is no path");
    }
    if let Some(inner) = text.strip_prefix('\'') {
        let inner = inner.strip_suffix('\'').ok_or("a quote is not closed")?;
        return Ok(Argument::Literal(Value::String(unescaped(
            inner,
            is_template,
        ))));
    }
    match serde_json::from_str(text) {
        Ok(literal @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => {
            Ok(Argument::Literal(literal))
        }
        _ => Err(
            "an argument is neither a path, a call, a quoted text, a number, true, false nor null",
        ),
    }
}

/// A text without its backslashes; a template keeps those before braces and backslashes.
fn unescaped(text: &str, is_template: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some(kept @ ('{' | '}' | '\\')) if is_template => out.extend(['\\', kept]),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
