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
    pub(crate) arn: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) input: Json,
    pub(crate) started: Timestamp,
    /// The Map's label, or its name.
    pub(crate) label: Arc<str>,
}

/// The item of the iteration that a state runs in.
#[derive(Debug, Clone)]
pub(crate) struct MapItem {
    pub(crate) index: usize,
    pub(crate) value: Json,
    pub(crate) key: Option<Arc<str>>,
}

impl<'run> ContextSource<'run> {
    /// `Execution.Id`.
    pub(crate) fn execution_arn(&self) -> &'run str {
        match self.child {
            Some(child) => &child.arn,
            None => &self.start.execution_arn,
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
        if let Some(given) = self.given {
            return given.clone();
        }
        let start = self.start;
        let mut state = Map::new();
        state.insert("Name".to_owned(), Value::from(self.state_name));
        state.insert(
            "EnteredTime".to_owned(),
            Value::from(timestamp::milliseconds(self.entered)),
        );
        if let Some(count) = self.retry_count {
            state.insert("RetryCount".to_owned(), Value::from(count));
        }
        let mut context = Map::new();
        let (name, started) = match self.child {
            Some(child) => (&child.name, child.started),
            None => (&start.execution_name, self.started),
        };
        let mut execution = json!({
            "Id": self.execution_arn(),
            "Input": self.execution_input().value(),
            "StartTime": timestamp::milliseconds(started),
            "Name": &**name,
            "RoleArn": &*start.role_arn,
            "RedriveCount": self.redrives,
        });
        if let (Some(execution), Some(at)) = (execution.as_object_mut(), self.redriven) {
            let at = timestamp::milliseconds(at);
            execution.insert("RedriveTime".to_owned(), at.into());
        }
        context.insert("Execution".to_owned(), execution);
        let label = self
            .child
            .map(|child| format!("/{}", child.label))
            .unwrap_or_default();
        context.insert(
            "StateMachine".to_owned(),
            json!({
                "Id": format!("{}{label}", start.state_machine_arn),
                "Name": format!("{}{label}", start.state_machine_name),
            }),
        );
        context.insert("State".to_owned(), Value::Object(state));
        if let Some(item) = self.item {
            let mut inner = Map::new();
            inner.insert("Index".to_owned(), Value::from(item.index));
            if let Some(key) = &item.key {
                inner.insert("Key".to_owned(), Value::from(&**key));
            }
            inner.insert("Value".to_owned(), item.value.value().clone());
            context.insert("Map".to_owned(), json!({ "Item": inner }));
        }
        if let Some(token) = self.token {
            context.insert("Task".to_owned(), json!({ "Token": token.as_str() }));
        }
        Value::Object(context)
    }
}
