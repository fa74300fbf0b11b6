//! Intrinsic functions: what may stand where a path may in a JSONPath payload template.

mod array;
mod compile;
mod encode;
mod json;
mod math;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use comanda_asl::intrinsic::Function;
use serde_json::Value;

use crate::java::hash_set;
use crate::jsonpath::{JsonPath, PathNotFound};
use crate::scope::Scope;

pub use compile::IntrinsicSyntaxError;
pub(crate) use encode::digest;

/// A compiled call of an intrinsic function.
#[derive(Debug, Clone)]
pub struct Call {
    text: Arc<str>,
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Literal(Value),
    Path(JsonPath),
    Call(Call),
}

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// An argument's path leads nowhere.
    Path(JsonPathText, PathNotFound),
    /// The function does not take what it was given.
    Argument(String),
}

/// A path, as text, for the words of an error.
pub(crate) type JsonPathText = Arc<str>;

impl Call {
    /// Compiles a call.
    pub fn parse(text: &str) -> Result<Call, IntrinsicSyntaxError> {
        compile::call(text)
    }

    /// The call as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, CallError> {
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            arguments.push(match argument {
                Argument::Literal(value) => Cow::Borrowed(value),
                Argument::Call(call) => Cow::Owned(call.evaluate(scope)?),
                Argument::Path(path) => scope
                    .select(path)
                    .map_err(|missing| CallError::Path(Arc::from(path.text()), missing))?,
            });
        }
        apply(self.function, &arguments, scope).map_err(CallError::Argument)
    }
}

/// The function's value, or AWS's words for why there is none: whatever a function cannot take are invalid arguments.
fn apply(
    function: Function,
    arguments: &[Cow<'_, Value>],
    scope: &Scope<'_>,
) -> Result<Value, String> {
    let given: Vec<&Value> = arguments.iter().map(AsRef::as_ref).collect();
    let made = match (function, given.as_slice()) {
        (Function::Format, [Value::String(template), rest @ ..]) => {
            return text::format(template, rest);
        }
        (Function::StringToJson, [Value::String(text)]) => return json::parse(text),
        (Function::JsonToString, [value]) => Some(Value::String(value.to_string())),
        (Function::Array, items) => Some(items.iter().map(|item| (*item).clone()).collect()),
        (Function::ArrayPartition, [Value::Array(items), size]) => array::partition(items, size),
        (Function::ArrayContains, [Value::Array(items), wanted]) => {
            Some(array::contains(items, wanted))
        }
        (Function::ArrayRange, [first, last, step]) => array::range(first, last, step),
        (Function::ArrayGetItem, [Value::Array(items), index]) => array::item(items, index),
        (Function::ArrayLength, [Value::Array(items)]) => Some(Value::from(items.len())),
        (Function::ArrayUnique, [Value::Array(items)]) => Some(Value::Array(hash_set(items))),
        (Function::Base64Encode, [Value::String(text)]) => encode::to_base64(text),
        (Function::Base64Decode, [Value::String(text)]) => encode::from_base64(text),
        (Function::Hash, [data, Value::String(algorithm)]) => encode::hash(data, algorithm),
        (Function::JsonMerge, [Value::Object(left), Value::Object(right), deep]) => {
            json::merge(left, right, deep)
        }
        (Function::MathAdd, [left, right]) => math::add(left, right),
        (Function::MathRandom, [from, to]) => math::random(from, to, None, scope),
        (Function::MathRandom, [from, to, seed]) => math::random(from, to, Some(seed), scope),
        (Function::StringSplit, [Value::String(text), Value::String(separators)]) => {
            Some(text::split(text, separators))
        }
        (Function::UUID, []) => Some(Value::String(scope.draw(crate::seed::Chance::next_uuid))),
        _ => None,
    };
    made.ok_or_else(|| format!("Invalid arguments in {}", function.name()))
}
