//! The context object: what a state can learn about its execution, its machine and itself.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::event::TaskToken;
use crate::execution::Start;
use crate::json::Json;
use crate::timestamp;

/// What the context object is made from, when somebody asks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContextSource<'run> {
    pub(crate) start: &'run Start,
    pub(crate) started: Timestamp,
    /// How often the execution was redriven, and when last.
    pub(crate) redrives: u64,
    pub(crate) redriven: Option<Timestamp>,
    /// The child execution of a distributed Map that the state runs in.
    pub(crate) child: Option<&'run ChildExecution>,
    pub(crate) state_name: &'run str,
    pub(crate) entered: Timestamp,
    /// Only for states that can be tried again.
    pub(crate) retry_count: Option<u64>,
    pub(crate) item: Option<&'run MapItem>,
    pub(crate) token: Option<&'run TaskToken>,
    /// What stands in for all of it, where a single state is tried out.
    pub(crate) given: Option<&'run Value>,
}

/// A child execution of a distributed Map: what its states see in place of their parent's execution.
#[derive(Debug, Clone)]
pub(crate) struct ChildExecution {
    /// No other child of the execution has had it.
    pub(crate) number: u64,
    pub(crate) arn: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) input: Json,
    pub(crate) started: Timestamp,
    /// The Map's label, or its name.
    pub(crate) label: Arc<str>,
    /// The run it belongs to, by its place among the execution's map runs.
    pub(crate) map_run: usize,
    pub(crate) item_count: u64,
    pub(crate) is_express: bool,
}

/// The item of the iteration that a state runs in.
#[derive(Debug, Clone)]
pub(crate) struct MapItem {
    pub(crate) index: usize,
    pub(crate) value: Json,
    pub(crate) key: Option<Arc<str>>,
    pub(crate) source: Option<Arc<str>>,
}

impl<'run> ContextSource<'run> {
    /// `Execution.Id`.
    pub(crate) fn execution_arn(&self) -> &'run str {
        match self.child {
            Some(child) => &child.arn,
            None => &self.start.execution_arn,
        }
    }

    /// `Execution.Name`.
    pub(crate) fn execution_name(&self) -> &'run str {
        match self.child {
            Some(child) => &child.name,
            None => &self.start.execution_name,
        }
    }

    /// `Execution.Input`.
    pub(crate) fn execution_input(&self) -> &'run Json {
        match self.child {
            Some(child) => &child.input,
            None => &self.start.input,
        }
    }

    /// The context object.
    pub(crate) fn object(&self) -> Value {
        self.part(|_| true, true)
    }

    /// The context object with these members only, and the execution's input only if asked for: a Map's items look at
    /// it thousands of times, and its data may be large.
    pub(crate) fn part(&self, is_wanted: impl Fn(&str) -> bool, with_input: bool) -> Value {
        if let Some(given) = self.given {
            let mut given = given.clone();
            if let (Some(item), Some(fields)) = (self.item, given.as_object_mut()) {
                fields.insert("Map".to_owned(), item.object());
            }
            return given;
        }
        let mut context = Map::new();
        let mut put = |name: &str, make: &dyn Fn() -> Value| {
            if is_wanted(name) {
                context.insert(name.to_owned(), make());
            }
        };
        put("Execution", &|| self.execution(with_input));
        put("StateMachine", &|| self.state_machine());
        put("State", &|| self.state());
        if let Some(item) = self.item {
            put("Map", &|| item.object());
        }
        if let Some(token) = self.token {
            put("Task", &|| json!({ "Token": token.as_str() }));
        }
        Value::Object(context)
    }

    fn execution(&self, with_input: bool) -> Value {
        let start = self.start;
        let started = self.child.map_or(self.started, |child| child.started);
        let mut execution = Map::new();
        let mut put = |name: &str, value: Value| execution.insert(name.to_owned(), value);
        put("Id", self.execution_arn().into());
        if with_input {
            put("Input", self.execution_input().value().clone());
        }
        put("StartTime", timestamp::milliseconds(started).into());
        put("Name", self.execution_name().into());
        put("RoleArn", (&*start.role_arn).into());
        put("RedriveCount", self.redrives.into());
        if let Some(at) = self.redriven {
            put("RedriveTime", timestamp::milliseconds(at).into());
        }
        Value::Object(execution)
    }

    fn state_machine(&self) -> Value {
        let start = self.start;
        let label = self
            .child
            .map(|child| format!("/{}", child.label))
            .unwrap_or_default();
        json!({
            "Id": format!("{}{label}", start.state_machine_arn),
            "Name": format!("{}{label}", start.state_machine_name),
        })
    }

    fn state(&self) -> Value {
        let mut state = Map::new();
        let mut put = |name: &str, value: Value| state.insert(name.to_owned(), value);
        put("Name", self.state_name.into());
        put("EnteredTime", timestamp::milliseconds(self.entered).into());
        if let Some(count) = self.retry_count {
            put("RetryCount", count.into());
        }
        Value::Object(state)
    }
}

impl MapItem {
    /// The item as the context object has it.
    fn object(&self) -> Value {
        let mut inner = Map::new();
        inner.insert("Index".to_owned(), Value::from(self.index));
        if let Some(key) = &self.key {
            inner.insert("Key".to_owned(), Value::from(&**key));
        }
        inner.insert("Value".to_owned(), self.value.value().clone());
        if let Some(source) = &self.source {
            inner.insert("Source".to_owned(), Value::from(&**source));
        }
        json!({ "Item": inner })
    }
}
