//! What paths, intrinsic functions and expressions may refer to while a state runs.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::json::Json;
use crate::jsonpath::{JsonPath, PathNotFound, Root};
use crate::seed::Chance;

/// The variables a state can read, by name; shared until one is assigned.
pub(crate) type Variables = Arc<BTreeMap<Arc<str>, Json>>;

/// What can be referred to.
pub(crate) struct Scope<'run> {
    /// `$`.
    pub(crate) data: &'run Value,
    /// Makes `$$`, which most states never ask for.
    pub(crate) context: &'run dyn Fn() -> Value,
    pub(crate) made_context: OnceCell<Value>,
    pub(crate) variables: &'run Variables,
    pub(crate) chance: &'run Cell<Chance>,
    pub(crate) now: Timestamp,
}

impl<'run> Scope<'run> {
    /// The same surroundings around other data.
    pub(crate) fn with_data<'data>(&'data self, data: &'data Value) -> Scope<'data> {
        Scope {
            data,
            context: self.context,
            made_context: OnceCell::new(),
            variables: self.variables,
            chance: self.chance,
            now: self.now,
        }
    }

    /// The context object.
    pub(crate) fn context(&self) -> &Value {
        self.made_context.get_or_init(self.context)
    }

    /// What a path leads to.
    pub(crate) fn select<'scope>(&'scope self, path: &JsonPath) -> Result<Cow<'scope, Value>, PathNotFound> {
        match path.root() {
            Root::Data => path.select(self.data),
            Root::Context => path.select(self.context()),
            Root::Variable(name) => match self.variables.get(name) {
                Some(value) => path.select(value.value()),
                None => Err(PathNotFound(format!("No results for path: {}", path.text()))),
            },
        }
    }

    /// Takes something from chance.
    pub(crate) fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        let mut chance = self.chance.get();
        let drawn = draw(&mut chance);
        self.chance.set(chance);
        drawn
    }
}
