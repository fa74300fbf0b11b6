//! Whether a mocked answer looks like an answer of the service it is said to come from.
//!
//! What each service answers with is described in `engine/services`; services and actions that are not described there are
//! not judged.

use comanda_asl::{Integration, Pattern, Resource};
use serde_json::Value;

use super::FieldValidation;
use super::service_catalog::{Bounds, Catalog, Shape};

/// Judges an answer; the words of the service where it does not fit.
pub(super) fn judge(
    resource: &Resource,
    answer: &Value,
    validation: FieldValidation,
) -> Result<(), String> {
    let (integration, is_optimised) = match resource {
        Resource::Service(integration) => (integration, true),
        Resource::Sdk(integration) => (integration, false),
        _ => return Ok(()),
    };
    let Some((service, action)) =
        described(integration).filter(|_| validation != FieldValidation::None)
    else {
        return Ok(());
    };
    let Some(catalog) = Catalog::of(service) else {
        return Ok(());
    };
    let Some(shape) = catalog.answer(action) else {
        return Ok(());
    };
    let judge = Judge {
        catalog,
        requires: validation == FieldValidation::Strict,
        parses: is_optimised,
    };
    match (judge.value(answer, shape, None), answer) {
        (Err(words), Value::Object(_)) => {
            Err(format!("Mock result schema validation error: {words}"))
        }
        (Err(_), _) => Err("Mocked result must be a JSON object.".to_owned()),
        (Ok(()), _) => Ok(()),
    }
}

/// The service and the action whose answer comes out of a task in the end; none where anything may come.
fn described(integration: &Integration) -> Option<(&str, &str)> {
    let service = match integration.service.as_str() {
        "states" => "sfn",
        "events" => "eventbridge",
        "elasticmapreduce" => "emr",
        "emr-containers" => "emrcontainers",
        "emr-serverless" => "emrserverless",
        "bedrock" if integration.action == "invokeModel" => "bedrock-runtime",
        "bedrockruntime" => "bedrock-runtime",
        other => other,
    };
    let action = integration.action.as_str();
    match (integration.pattern, service, action) {
        (Pattern::RequestResponse, ..) => Some((service, action)),
        // With `.sync:2` input and output come parsed, so that no description of the API fits them.
        (Pattern::Sync, "sfn", "startExecution") => Some((service, "describeExecution")),
        (Pattern::Sync, "athena", "startQueryExecution") => Some((service, "getQueryExecution")),
        // Who brings a token back brings any JSON; other jobs end with parts of their services' answers.
        _ => None,
    }
}

struct Judge {
    catalog: Catalog,
    /// Whether what is required must be there.
    requires: bool,
    /// Whether bytes that hold JSON have been parsed, as the optimised integrations do.
    parses: bool,
}

impl Judge {
    /// `field` is the nearest field's name; elements of lists and maps go by the name of what holds them.
    fn value(&self, value: &Value, shape: Shape, field: Option<&str>) -> Result<(), String> {
        let must = |be: &str| {
            Err(format!(
                "Field '{}' must be {be}",
                field.unwrap_or_default()
            ))
        };
        match (shape, value) {
            (Shape::Any, _) => Ok(()),
            (Shape::Bytes(_), _) if self.parses => Ok(()),
            (Shape::Bytes(bounds) | Shape::Text(bounds), Value::String(text)) => {
                length(text.chars().count(), &bounds, field)
            }
            (Shape::Bytes(_) | Shape::Text(_), _) => must("a string"),
            (Shape::Enumeration(name), Value::String(text)) => {
                if self.catalog.has_value(name, text) {
                    Ok(())
                } else {
                    Err(format!(
                        "Field '{}' is not an expected value",
                        field.unwrap_or_default()
                    ))
                }
            }
            (Shape::Enumeration(_), _) => must("a string"),
            (Shape::Number(bounds), Value::Number(number)) => {
                range(number.as_f64().unwrap_or_default(), &bounds, field)
            }
            (Shape::Number(_), _) => must("a number"),
            (Shape::Boolean, Value::Bool(_)) => Ok(()),
            (Shape::Boolean, _) => must("a boolean"),
            (Shape::List(inner, bounds), Value::Array(elements)) => {
                length(elements.len(), &bounds, field)?;
                elements
                    .iter()
                    .try_for_each(|element| self.value(element, Shape::read(inner), field))
            }
            (Shape::List(..), _) => must("an array"),
            (Shape::Map(inner, bounds), Value::Object(entries)) => {
                length(entries.len(), &bounds, field)?;
                entries
                    .values()
                    .try_for_each(|entry| self.value(entry, Shape::read(inner), field))
            }
            (Shape::Structure(name), Value::Object(fields)) => self.structure(name, fields),
            (Shape::Map(..) | Shape::Structure(_), _) => must("an object"),
        }
    }

    fn structure(&self, name: &str, given: &serde_json::Map<String, Value>) -> Result<(), String> {
        let fields = || self.catalog.fields(name);
        if self.requires
            && let Some(missing) =
                fields().find(|field| field.is_required && !given.contains_key(field.name))
        {
            return Err(format!("Required field '{}' is missing", missing.name));
        }
        // Fields that are not described are let through: services get more of them.
        for (name, value) in given {
            if let Some(field) = fields().find(|field| field.name == name) {
                self.value(value, Shape::read(field.shape), Some(name))?;
            }
        }
        Ok(())
    }
}

fn length(length: usize, bounds: &Bounds, field: Option<&str>) -> Result<(), String> {
    let field = field.unwrap_or_default();
    let length = length as f64;
    if bounds.least.is_some_and(|least| length < least) {
        return Err(format!(
            "Field '{field}' is smaller than the minimum length"
        ));
    }
    if bounds.most.is_some_and(|most| length > most) {
        return Err(format!("Field '{field}' exceeds the maximum length"));
    }
    Ok(())
}

fn range(number: f64, bounds: &Bounds, field: Option<&str>) -> Result<(), String> {
    let field = field.unwrap_or_default();
    if bounds.least.is_some_and(|least| number < least) {
        return Err(format!("Field '{field}' is less than the minimum value"));
    }
    if bounds.most.is_some_and(|most| number > most) {
        return Err(format!("Field '{field}' exceeds the maximum value"));
    }
    Ok(())
}
