//! What paths, intrinsic functions and expressions may refer to while a state runs.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::context::ContextSource;
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
    pub(crate) context: &'run ContextSource<'run>,
    made_context: OnceCell<Value>,
    pub(crate) variables: &'run Variables,
    pub(crate) chance: &'run Cell<Chance>,
}

impl<'run> Scope<'run> {
    pub(crate) fn new(
        data: &'run Value,
        context: &'run ContextSource<'run>,
        variables: &'run Variables,
        chance: &'run Cell<Chance>,
    ) -> Scope<'run> {
        Scope {
            data,
            context,
            made_context: OnceCell::new(),
            variables,
            chance,
        }
    }

    /// The context object.
    pub(crate) fn context(&self) -> &Value {
        self.made_context.get_or_init(|| self.context.object())
    }

    /// What a path leads to.
    pub(crate) fn select<'scope>(
        &'scope self,
        path: &JsonPath,
    ) -> Result<Cow<'scope, Value>, PathNotFound> {
        match path.root() {
            Root::Data => path.select(self.data),
            Root::Context => match path.leading_fields() {
                (Some(first), second) if self.made_context.get().is_none() => {
                    let with_input = second.is_none_or(|field| field == "Input");
                    let part = self.context.part(|name| name == first, with_input);
                    path.select_from(part).map(Cow::Owned)
                }
                _ => path.select(self.context()),
            },
            Root::Variable(name) => match self.variables.get(name) {
                Some(value) => path.select(value.value()),
                None => Err(PathNotFound(format!(
                    "No results for path: {}",
                    path.text()
                ))),
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
