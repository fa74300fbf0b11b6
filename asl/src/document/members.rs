//! Takes members out of an object one by one, and puts them into one in order.

use serde_json::{Number, Value};

use crate::{
    jsonata,
    model::{Fields, Selection, Source},
};

/// The members of an object that have not been understood yet.
pub(super) struct Unread(Fields);

impl Unread {
    pub(super) fn of(value: &Value) -> Option<Unread> {
        value.as_object().cloned().map(Unread)
    }

    /// What nobody has taken.
    pub(super) fn rest(self) -> Fields {
        self.0
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    /// Takes a member if it can be understood, and leaves it where it is otherwise.
    pub(super) fn with<T>(
        &mut self,
        name: &str,
        understand: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let understood = self.0.get(name).and_then(understand);
        if understood.is_some() {
            self.0.shift_remove(name);
        }
        understood
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.with(name, |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn integer(&mut self, name: &str) -> Option<u64> {
        self.with(name, Value::as_u64)
    }

    pub(super) fn number(&mut self, name: &str) -> Option<Number> {
        self.with(name, number)
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Fields> {
        self.with(name, |value| value.as_object().cloned())
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        self.with(name, |value| {
            let text = value.as_str()?;
            words
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, meaning)| *meaning)
        })
    }

    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.with(name, |value| {
            value
                .as_array()?
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect()
        })
    }

    pub(super) fn list<T>(
        &mut self,
        name: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.with(name, |value| value.as_array()?.iter().map(&read).collect())
    }

    /// A list whose absence is an empty one. An empty list stays unread, for it would be printed as none.
    pub(super) fn filled_list<T>(
        &mut self,
        name: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Vec<T> {
        let filled = self
            .0
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty());
        if filled {
            self.list(name, read).unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    pub(super) fn selection(&mut self, name: &str) -> Option<Selection> {
        self.with(name, |value| match value {
            Value::Null => Some(Selection::Nothing),
            Value::String(path) => Some(Selection::Path(path.clone())),
            _ => None,
        })
    }

    pub(super) fn source_of_integer(&mut self, name: &str, path_name: &str) -> Option<Source<u64>> {
        self.source(name, path_name, Value::as_u64)
    }

    pub(super) fn source_of_number(
        &mut self,
        name: &str,
        path_name: &str,
    ) -> Option<Source<Number>> {
        self.source(name, path_name, number)
    }

    /// Text is never a substitution here: `${…}` in text is text like any other.
    pub(super) fn source_of_text(&mut self, name: &str, path_name: &str) -> Option<Source<String>> {
        self.with(name, |value| {
            let text = value.as_str()?.to_owned();
            Some(if jsonata::is_expression(&text) {
                Source::Jsonata(text)
            } else {
                Source::Literal(text)
            })
        })
        .or_else(|| self.text(path_name).map(Source::Path))
    }

    fn source<T>(
        &mut self,
        name: &str,
        path_name: &str,
        literal: impl Fn(&Value) -> Option<T>,
    ) -> Option<Source<T>> {
        self.with(name, |value| {
            let Some(text) = value.as_str() else {
                return literal(value).map(Source::Literal);
            };
            if jsonata::is_expression(text) {
                Some(Source::Jsonata(text.to_owned()))
            } else if text.starts_with("${") && text.ends_with('}') {
                Some(Source::Substitution(text.to_owned()))
            } else {
                None
            }
        })
        .or_else(|| self.text(path_name).map(Source::Path))
    }
}

fn number(value: &Value) -> Option<Number> {
    value.as_number().cloned()
}

/// Members in the order in which they are put.
#[derive(Default)]
pub(super) struct Written(Fields);

impl Written {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(super) fn put_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    pub(super) fn put_list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&T) -> Value) {
        if !items.is_empty() {
            self.put(name, items.iter().map(write).collect::<Value>());
        }
    }

    pub(super) fn put_selection(&mut self, name: &str, selection: Option<&Selection>) {
        self.put_some(
            name,
            selection.map(|selection| selection.path().map_or(Value::Null, Value::from)),
        );
    }

    pub(super) fn put_source<T: Clone + Into<Value>>(
        &mut self,
        name: &str,
        path_name: &str,
        source: Option<&Source<T>>,
    ) {
        match source {
            Some(Source::Literal(value)) => self.put(name, value.clone()),
            Some(Source::Jsonata(text) | Source::Substitution(text)) => {
                self.put(name, text.as_str())
            }
            Some(Source::Path(path)) => self.put(path_name, path.as_str()),
            None => {}
        }
    }

    /// The object, with what nobody understood at its end.
    pub(super) fn with(mut self, unknown: &Fields) -> Value {
        self.0.extend(unknown.clone());
        Value::Object(self.0)
    }
}
