//! What an expression's text tells before it runs: which names it uses, and whether it is a plain path.

use serde_json::Value;

use super::convert::normalised;
use super::{EvaluationError, Surroundings};
use crate::json::Json;

/// The names an expression uses, so that only those are bound. May hold more than are really used, never fewer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses {
    names: Vec<String>,
    /// `$states` stands somewhere without a field's name behind it: all of it is needed.
    whole_states: bool,
    fields: Vec<String>,
}

impl Uses {
    pub(super) fn of(source: &str) -> Uses {
        let mut uses = Uses::default();
        let mut rest = source;
        while let Some((_, after)) = rest.split_once('$') {
            let name = leading_name(after);
            rest = after.get(name.len()..).unwrap_or("");
            if name == "states" {
                let field = rest.strip_prefix('.').map_or("", leading_name);
                if field.is_empty() {
                    uses.whole_states = true;
                } else if !uses.fields.iter().any(|known| known == field) {
                    uses.fields.push(field.to_owned());
                }
            }
            if !name.is_empty() && !uses.names.iter().any(|known| known == name) {
                uses.names.push(name.to_owned());
            }
        }
        uses
    }

    /// Whether a variable or function of this name may be used.
    pub(super) fn name(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Whether this field of `$states` may be used.
    pub(super) fn field(&self, name: &str) -> bool {
        self.whole_states || self.fields.iter().any(|known| known == name)
    }
}

fn leading_name(text: &str) -> &str {
    let end = text
        .find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

/// `$states.input.order.id` or `$total`: no evaluator is needed to follow these through objects.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    root: Root,
    fields: Vec<String>,
}

#[derive(Debug, Clone)]
enum Root {
    Input,
    Result,
    ErrorOutput,
    Variable(String),
}

impl Plain {
    pub(super) fn of(source: &str) -> Option<Plain> {
        let mut parts = source.strip_prefix('$')?.split('.');
        let first = plain_name(parts.next()?)?;
        let root = if first == "states" {
            match parts.next()? {
                "input" => Root::Input,
                "result" => Root::Result,
                "errorOutput" => Root::ErrorOutput,
                _ => return None,
            }
        } else {
            Root::Variable(first.to_owned())
        };
        let fields = parts
            .map(|part| plain_name(part).map(str::to_owned))
            .collect::<Option<Vec<_>>>()?;
        Some(Plain { root, fields })
    }

    /// What the path leads to, or `None` where the answer is not that simple (lists on the way, a function's name).
    pub(super) fn follow(
        &self,
        surroundings: &Surroundings<'_>,
    ) -> Option<Result<Json, EvaluationError>> {
        let root = match &self.root {
            Root::Input => surroundings.input,
            Root::Result => surroundings.result?,
            Root::ErrorOutput => surroundings.error_output?,
            Root::Variable(name) => surroundings.variables.get(name.as_str())?,
        };
        if self.fields.is_empty() {
            return Some(Ok(root.clone()));
        }
        let mut current = root.value();
        for field in &self.fields {
            current = match current {
                Value::Object(fields) => match fields.get(field) {
                    Some(value) => value,
                    None => return Some(Err(EvaluationError::Undefined)),
                },
                Value::Array(_) => return None,
                _ => return Some(Err(EvaluationError::Undefined)),
            };
        }
        Some(Ok(Json::new(normalised(current))))
    }
}

fn plain_name(part: &str) -> Option<&str> {
    let whole = !part.is_empty() && leading_name(part) == part;
    let starts_well = part
        .chars()
        .next()
        .is_some_and(|first| !first.is_ascii_digit());
    (whole && starts_well && !matches!(part, "and" | "or" | "in" | "true" | "false" | "null"))
        .then_some(part)
}
