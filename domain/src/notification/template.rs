//! A message with placeholders, checked when it is read, so that sending can never fail for its sake (N4, F038, F040).

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a template may speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// `{order_id}`: the store's order number as the customer sees it, `0001`.
    OrderId,
    /// `{total}`: `R$ 44,80`.
    Total,
    /// `{delivery_time}`: `35 minutos`.
    DeliveryTime,
}

impl Placeholder {
    const ALL: [(&'static str, Self); 3] = [
        ("order_id", Self::OrderId),
        ("total", Self::Total),
        ("delivery_time", Self::DeliveryTime),
    ];
}

/// A text with placeholders that are all known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Placeholder),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplateError {
    /// A placeholder that nothing fills.
    #[error(
        "`{{{0}}}` is not a placeholder; there are {{order_id}}, {{total}} and {{delivery_time}}"
    )]
    UnknownPlaceholder(String),
    /// `{` without `}`, or the reverse.
    #[error("a brace has no partner; placeholders are written {{order_id}}")]
    UnpairedBrace,
    /// Nothing to say, or more than a channel takes.
    #[error("a template has 1 to {} characters", Template::LIMIT)]
    Length,
}

impl Template {
    /// WhatsApp takes 1,600 characters; values need room too.
    pub const LIMIT: usize = 1_000;

    /// Reads a text; refuses what could not be filled in later.
    pub fn parse(source: impl Into<String>) -> Result<Self, InvalidTemplateError> {
        let source = source.into();
        if source.trim().is_empty() || source.chars().count() > Self::LIMIT {
            return Err(InvalidTemplateError::Length);
        }
        let mut parts = Vec::new();
        let mut rest = source.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or(InvalidTemplateError::UnpairedBrace)?;
            let known = Placeholder::ALL
                .into_iter()
                .find(|(known, _)| *known == name);
            let (_, placeholder) = known.ok_or_else(|| {
                InvalidTemplateError::UnknownPlaceholder(name.chars().take(40).collect())
            })?;
            parts.push(literal(before)?);
            parts.push(Part::Value(placeholder));
            rest = after;
        }
        parts.push(literal(rest)?);
        Ok(Self { source, parts })
    }

    /// The text with its values. One pass: a value that looks like a placeholder stays as it is.
    #[must_use]
    pub fn render(&self, values: &Values) -> String {
        let mut text = String::with_capacity(self.source.len() + 32);
        for part in &self.parts {
            let piece = match part {
                Part::Text(piece) => piece,
                Part::Value(Placeholder::OrderId) => &values.order_id,
                Part::Value(Placeholder::Total) => &values.total,
                Part::Value(Placeholder::DeliveryTime) => &values.delivery_time,
            };
            // Writing to a String cannot fail.
            let _ = text.write_str(piece);
        }
        text
    }

    /// The placeholders in the order of the text: the variables of a channel's approved template.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(placeholder) => Some(*placeholder),
            Part::Text(_) => None,
        })
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

fn literal(text: &str) -> Result<Part, InvalidTemplateError> {
    if text.contains('}') {
        return Err(InvalidTemplateError::UnpairedBrace);
    }
    Ok(Part::Text(text.to_owned()))
}

/// One value for each placeholder; none can be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// `0001`.
    pub order_id: String,
    /// `R$ 44,80`.
    pub total: String,
    /// `35 minutos`.
    pub delivery_time: String,
}

impl TryFrom<String> for Template {
    type Error = InvalidTemplateError;
    fn try_from(source: String) -> Result<Self, Self::Error> {
        Self::parse(source)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.source
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidTemplateError as E, Template, Values};

    #[track_caller]
    fn check(source: &str, expected: Result<&str, E>) {
        let values = Values {
            order_id: "0001".to_owned(),
            total: "R$ 44,80".to_owned(),
            // A value is text, whatever it looks like.
            delivery_time: "{total}".to_owned(),
        };
        let rendered = Template::parse(source).map(|template| template.render(&values));
        assert_eq!(rendered, expected.map(str::to_owned), "{source}");
    }

    #[test]
    fn what_is_known_is_filled_in_once() {
        check("sem nada", Ok("sem nada"));
        check("Pedido #{order_id}: {total}", Ok("Pedido #0001: R$ 44,80"));
        check("{total}{total}", Ok("R$ 44,80R$ 44,80"));
        check("em {delivery_time}.", Ok("em {total}."));
    }

    #[test]
    fn what_could_not_be_filled_in_is_refused_on_reading() {
        check("Olá {name}", Err(E::UnknownPlaceholder("name".to_owned())));
        check("{}", Err(E::UnknownPlaceholder(String::new())));
        check("{order_id", Err(E::UnpairedBrace));
        check("order_id}", Err(E::UnpairedBrace));
        check(
            "{{order_id}}",
            Err(E::UnknownPlaceholder("{order_id".to_owned())),
        );
        check("   ", Err(E::Length));
        check(&"a".repeat(1_001), Err(E::Length));
    }
}
