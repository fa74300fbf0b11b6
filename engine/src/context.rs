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
    pub(crate) state_name: &'run str,
    pub(crate) entered: Timestamp,
    /// Only for states that can be tried again.
    pub(crate) retry_count: Option<u64>,
    pub(crate) item: Option<&'run MapItem>,
    pub(crate) token: Option<&'run TaskToken>,
}

/// The item of the iteration that a state runs in.
#[derive(Debug, Clone)]
pub(crate) struct MapItem {
    pub(crate) index: usize,
    pub(crate) value: Json,
    pub(crate) key: Option<Arc<str>>,
}

impl ContextSource<'_> {
    /// The context object.
    pub(crate) fn object(&self) -> Value {
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
        context.insert(
            "Execution".to_owned(),
            json!({
                "Id": &*start.execution_arn,
                "Input": start.input.value(),
                "StartTime": timestamp::milliseconds(self.started),
                "Name": &*start.execution_name,
                "RoleArn": &*start.role_arn,
                "RedriveCount": 0,
            }),
        );
        context.insert(
            "StateMachine".to_owned(),
            json!({ "Id": &*start.state_machine_arn, "Name": &*start.state_machine_name }),
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
