//! JSON data on its way through an execution: shared, never changed, its text made once.
//! Reading and selecting inside it is the business of `jsonpath` and `jsonata`.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A JSON value that many states, history events and effects share.
///
/// A chain of Pass states hands one document from state to state; cloning it is counting a
/// reference, and its text (which history and the size limits need) is made once.
#[derive(Clone)]
pub struct Json(Arc<Inner>);

struct Inner {
    value: Value,
    text: OnceLock<Box<str>>,
    length: OnceLock<usize>,
}

impl Json {
    /// Wraps a value.
    pub fn new(value: Value) -> Json {
        Json(Arc::new(Inner {
            value,
            text: OnceLock::new(),
            length: OnceLock::new(),
        }))
    }

    /// Parses a text and keeps it as it was written.
    pub fn from_text(text: &str) -> Result<Json, serde_json::Error> {
        let value = serde_json::from_str(text)?;
        Ok(Json(Arc::new(Inner {
            value,
            text: OnceLock::from(Box::from(text)),
            length: OnceLock::new(),
        })))
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// The text, compact unless the document was read from a text.
    pub fn text(&self) -> &str {
        self.0
            .text
            .get_or_init(|| self.0.value.to_string().into_boxed_str())
    }

    /// The same document with compact text.
    pub(crate) fn compact(&self) -> Json {
        let is_compact = self
            .0
            .text
            .get()
            .is_none_or(|text| text.len() == self.length());
        if is_compact {
            self.clone()
        } else {
            Json::new(self.0.value.clone())
        }
    }

    /// Whether this is the other document itself, not only an equal one.
    pub(crate) fn is_shared_with(&self, other: &Json) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// How many bytes the compact text has, which need not be made for this; `usize::MAX` where the data is nested too deep.
    pub fn length(&self) -> usize {
        *self
            .0
            .length
            .get_or_init(|| crate::limits::text_length(&self.0.value))
    }

    /// The value itself, without a copy where nobody else holds it.
    pub fn into_value(self) -> Value {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => inner.value,
            Err(shared) => shared.value.clone(),
        }
    }
}

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0.value
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Json {
        Json::new(value)
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Json) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.value == other.0.value
    }
}

/// Says how large the document is and no more: what it holds may be personal, or a token.
impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Json({} bytes)", self.length())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        Value::deserialize(deserializer).map(Json::new)
    }
}

/// A document that is written as a string holding its JSON text, as the service's API does.
pub(crate) mod as_text {
    use super::{Deserialize, Deserializer, Json, Serializer};

    pub(crate) fn serialize<S: Serializer>(json: &Json, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(json.text())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Json, D::Error> {
        let text = String::deserialize(deserializer)?;
        Json::from_text(&text).map_err(serde::de::Error::custom)
    }
}
