//! Payload templates: JSON with holes that paths, intrinsic functions or expressions fill.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::intrinsic::{Call, CallError};
use crate::json::Json;
use crate::jsonata::{Expression, Surroundings};
use crate::jsonpath::{JsonPath, PathNotFound};
use crate::scope::Scope;

/// A compiled template.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    /// No holes in here.
    Literal(Json),
    Object(Vec<(String, Template)>),
    Array(Vec<Template>),
    /// JSONPath: the field as it is written, `.$` included, and what fills it.
    Lookup(Arc<str>, Lookup),
    /// JSONata: the place of the expression, and the expression.
    Expression(Arc<str>, Expression),
}

/// A path or a call of an intrinsic function.
#[derive(Debug, Clone)]
pub(crate) enum Lookup {
    Path(JsonPath),
    Call(Call),
}

impl Lookup {
    pub(crate) fn parse(text: &str) -> Result<Lookup, String> {
        if text.trim_start().starts_with("States.") {
            Call::parse(text)
                .map(Lookup::Call)
                .map_err(|error| error.to_string())
        } else {
            JsonPath::parse(text)
                .map(Lookup::Path)
                .map_err(|error| error.to_string())
        }
    }

    /// The path or the call as written.
    pub(crate) fn text(&self) -> &str {
        match self {
            Lookup::Path(path) => path.text(),
            Lookup::Call(call) => call.text(),
        }
    }

    /// What it leads to; `field` names the place in the definition for the words of an error.
    pub(crate) fn value(&self, field: &str, scope: &Scope<'_>) -> Result<Value, Failure> {
        match self {
            Lookup::Path(path) => match scope.select(path) {
                Ok(value) => Ok(value.into_owned()),
                // Here alone AWS finds null behind the end of an array.
                Err(_) if path.leads_behind_an_array(scope.data) => Ok(Value::Null),
                Err(_) => Err(Failure::runtime(format!(
                    "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{}'",
                    path.text(),
                    scope.data
                ))),
            },
            Lookup::Call(call) => call
                .evaluate(scope)
                .map_err(|error| Failure::runtime(failed_call(call, &error, scope))),
        }
    }
}

/// The words for a call that came to nothing. All of it is shown, whichever call inside it failed.
fn failed_call(call: &Call, error: &CallError, scope: &Scope<'_>) -> String {
    let call = call.text();
    match error {
        CallError::Argument(what) => {
            format!("There was an error while evaluating the intrinsic function: {call}. {what}")
        }
        // What Jayway says of an index into something that is no list comes through.
        CallError::Path(_, PathNotFound(what)) if what.starts_with("Filter: ") => {
            format!("The function '{call}' had the following error: {what}")
        }
        CallError::Path(path, _) => {
            // A path into the context object is shown as if it were one into the input.
            let shown = path.strip_prefix('$').filter(|rest| rest.starts_with('$'));
            let path = shown.unwrap_or(path);
            format!(
                "The function '{call}' had the following error: The JsonPath argument for the field '{path}' could not \
                 be found in the input '{}'",
                scope.data
            )
        }
    }
}

impl Template {
    /// Compiles a JSONPath template.
    pub(crate) fn of_paths(value: &Value) -> Result<Template, String> {
        Ok(match value {
            Value::Object(fields) => {
                let mut compiled = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    compiled.push(match (key.strip_suffix(".$"), value) {
                        (Some(name), Value::String(text)) => (
                            name.to_owned(),
                            Template::Lookup(Arc::from(key.as_str()), Lookup::parse(text)?),
                        ),
                        _ => (key.clone(), Template::of_paths(value)?),
                    });
                }
                fold_object(value, compiled)
            }
            Value::Array(items) => {
                let compiled = items
                    .iter()
                    .map(Template::of_paths)
                    .collect::<Result<Vec<_>, _>>()?;
                fold_array(value, compiled)
            }
            other => Template::Literal(Json::new(other.clone())),
        })
    }

    /// Compiles a JSONata template that stands at `location`.
    pub(crate) fn of_expressions(value: &Value, location: &str) -> Result<Template, String> {
        Ok(match value {
            Value::String(text) => match comanda_asl::jsonata::expression(text) {
                Some(source) => Template::Expression(Arc::from(location), compile(source)?),
                None => Template::Literal(Json::new(value.clone())),
            },
            Value::Object(fields) => {
                let mut compiled = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    compiled.push((
                        key.clone(),
                        Template::of_expressions(value, &format!("{location}/{key}"))?,
                    ));
                }
                fold_object(value, compiled)
            }
            Value::Array(items) => {
                let mut compiled = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    compiled.push(Template::of_expressions(
                        item,
                        &format!("{location}[{index}]"),
                    )?);
                }
                fold_array(value, compiled)
            }
            other => Template::Literal(Json::new(other.clone())),
        })
    }

    /// Fills the holes of a JSONPath template.
    pub(crate) fn fill(&self, scope: &Scope<'_>) -> Result<Json, Failure> {
        match self {
            Template::Literal(json) => Ok(json.clone()),
            _ => self.fill_value(scope).map(Json::new),
        }
    }

    fn fill_value(&self, scope: &Scope<'_>) -> Result<Value, Failure> {
        match self {
            Template::Literal(json) => Ok(json.value().clone()),
            Template::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for (key, field) in fields {
                    object.insert(key.clone(), field.fill_value(scope)?);
                }
                Ok(Value::Object(object))
            }
            Template::Array(items) => items
                .iter()
                .map(|item| item.fill_value(scope))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array),
            Template::Lookup(field, lookup) => lookup.value(field, scope),
            Template::Expression(_, expression) => Ok(Value::from(expression.source())),
        }
    }

    /// Evaluates the expressions of a JSONata template.
    pub(crate) fn evaluate(&self, surroundings: &Surroundings<'_>) -> Result<Json, Failure> {
        match self {
            Template::Literal(json) => Ok(json.clone()),
            Template::Expression(location, expression) => expression
                .evaluate(surroundings)
                .map_err(|error| Failure::evaluation(expression, location, error)),
            Template::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for (key, field) in fields {
                    object.insert(key.clone(), field.evaluate(surroundings)?.into_value());
                }
                Ok(Json::new(Value::Object(object)))
            }
            Template::Array(items) => {
                let mut array = Vec::with_capacity(items.len());
                for item in items {
                    array.push(item.evaluate(surroundings)?.into_value());
                }
                Ok(Json::new(Value::Array(array)))
            }
            Template::Lookup(field, _) => Ok(Json::new(Value::from(&**field))),
        }
    }
}

pub(crate) fn compile(source: &str) -> Result<Expression, String> {
    Expression::parse(source).map_err(|error| error.to_string())
}

fn fold_object(value: &Value, fields: Vec<(String, Template)>) -> Template {
    if fields
        .iter()
        .all(|(_, field)| matches!(field, Template::Literal(_)))
    {
        return Template::Literal(Json::new(value.clone()));
    }
    Template::Object(fields)
}

fn fold_array(value: &Value, items: Vec<Template>) -> Template {
    if items
        .iter()
        .all(|item| matches!(item, Template::Literal(_)))
    {
        return Template::Literal(Json::new(value.clone()));
    }
    Template::Array(items)
}
