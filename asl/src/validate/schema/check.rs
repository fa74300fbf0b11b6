//! Holds an object against its shape.

use super::shape::{Accepts, Shape};
use crate::{
    json::{Kind, Location, Node, Step},
    jsonata,
    model::QueryLanguage,
    timestamp,
    validate::findings::Findings,
};

/// An object that is being looked at.
pub(super) struct Checked<'document> {
    pub(super) node: &'document Node,
    pub(super) location: &'document Location,
    pub(super) language: QueryLanguage,
}

impl Checked<'_> {
    pub(super) fn object(&self, shape: &Shape, extra: &[&str], findings: &mut Findings) {
        if !self.node.is_object() {
            findings.schema(self.location, "Expected value of type [OBJECT]");
            return;
        }
        self.unknown(shape, extra, findings);
        self.required(shape, findings);
        self.exclusive(shape, findings);
        for (name, accepts) in shape.members {
            if let Some(node) = self.node.get(name) {
                self.value(node, &self.location.name(name), accepts, findings);
            }
        }
    }

    fn unknown(&self, shape: &Shape, extra: &[&str], findings: &mut Findings) {
        for member in self.node.members() {
            let name = member.name.as_str();
            if !shape.members.iter().any(|(known, _)| *known == name)
                && !extra.contains(&name)
                && !shape.is_open
            {
                findings.schema_of(
                    self.location,
                    name,
                    format!("Field '{name}' is not supported"),
                );
            }
        }
    }

    fn required(&self, shape: &Shape, findings: &mut Findings) {
        let missing: Vec<&str> = shape
            .required
            .iter()
            .copied()
            .filter(|name| self.node.get(name).is_none())
            .collect();
        if !missing.is_empty() {
            findings.schema(
                self.location,
                format!("These fields are required: [{}]", missing.join(", ")),
            );
        }
    }

    fn exclusive(&self, shape: &Shape, findings: &mut Findings) {
        for (group, one_is_needed) in shape.exclusive {
            let count = group
                .iter()
                .filter(|name| self.node.get(name).is_some())
                .count();
            let names = group.join(", ");
            if count > 1 {
                let message =
                    format!("There should only be one of the following fields: [{names}]");
                findings.schema(self.location, message);
            } else if count == 0 && *one_is_needed {
                let message =
                    format!("This object should have only one of the following fields: [{names}]");
                findings.schema(self.location, message);
            }
        }
    }

    fn value(&self, node: &Node, location: &Location, accepts: &Accepts, findings: &mut Findings) {
        if is_substitution(node) || self.is_computed(node, accepts) {
            return;
        }
        match (accepts, &node.kind) {
            (Accepts::Anything, _)
            | (Accepts::Text | Accepts::TextOrNull, Kind::Text(_))
            | (Accepts::TextOrNull, Kind::Null)
            | (Accepts::Boolean, Kind::Boolean(_))
            | (Accepts::Object, Kind::Object(_)) => {}
            (Accepts::Words(words), Kind::Text(text)) => {
                if !words.contains(&text.as_str()) {
                    let words = words.join(", ");
                    findings.schema(
                        location,
                        format!("Value should be one of the following: [{words}]"),
                    );
                }
            }
            (Accepts::Timestamp, Kind::Text(text)) => {
                if !timestamp::is_rfc3339(text) {
                    findings.schema(location, "String does not match RFC3339 timestamp");
                }
            }
            (Accepts::Integer { min, max }, Kind::Number(number))
                if number.is_i64() || number.is_u64() =>
            {
                range(
                    number.as_f64().unwrap_or_default(),
                    *min,
                    *max,
                    location,
                    findings,
                );
            }
            (Accepts::Number { min, max }, Kind::Number(number)) => {
                range(
                    number.as_f64().unwrap_or_default(),
                    *min,
                    *max,
                    location,
                    findings,
                );
            }
            (Accepts::Texts | Accepts::List, Kind::Array(elements)) => {
                list(
                    elements,
                    matches!(accepts, Accepts::Texts),
                    location,
                    findings,
                );
            }
            _ => findings.schema(
                location,
                format!("Expected value of type {}", accepts.type_name()),
            ),
        }
    }

    /// The numbers of a retrier stand there; AWS computes none of them.
    fn is_retrier(&self) -> bool {
        matches!(self.location.steps(), [.., Step::Name(list), Step::Index(_)] if list == "Retry")
    }

    fn is_computed(&self, node: &Node, accepts: &Accepts) -> bool {
        let may_be_computed = matches!(
            accepts,
            Accepts::Integer { .. } | Accepts::Number { .. } | Accepts::Timestamp
        );
        may_be_computed
            && self.language == QueryLanguage::Jsonata
            && !self.is_retrier()
            && node.text().is_some_and(jsonata::is_expression)
    }
}

/// A definition with `${…}` in it is a template of definitions: each is taken to become what is wanted.
fn is_substitution(node: &Node) -> bool {
    node.text()
        .is_some_and(|text| text.starts_with("${") && text.ends_with('}'))
}

fn range(value: f64, min: f64, max: f64, location: &Location, findings: &mut Findings) {
    if value < min {
        findings.schema(location, format!("Minimum value is {min}"));
    } else if value > max {
        findings.schema(location, format!("Maximum value is {max}"));
    }
}

fn list(elements: &[Node], of_texts: bool, location: &Location, findings: &mut Findings) {
    if elements.is_empty() {
        findings.schema(location, "Value cannot be empty");
    }
    for (index, element) in elements.iter().enumerate() {
        if of_texts && element.text().is_none() {
            findings.schema(&location.index(index), "Expected value of type [STRING]");
        }
    }
}
