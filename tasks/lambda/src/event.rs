//! What Lambda hands over, told apart by shape: a call of a task, an HTTP request, messages of a queue.

use serde::Deserialize;
use serde_json::Value;

use crate::{gateway::GatewayRequest, queue::Record};

/// One invocation's event.
pub(crate) enum Event {
    /// From a state machine.
    Task(Value),
    /// From the HTTP API.
    Request(Box<GatewayRequest>),
    /// From a queue.
    Messages(Vec<Record>),
}

/// An event that is none of these.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownEvent;

#[derive(Deserialize)]
struct Messages {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

impl Event {
    /// serde's errors are dropped: they may quote what is personal.
    pub(crate) fn read(payload: Value) -> Result<Self, UnknownEvent> {
        let has = |key: &str| payload.get(key).is_some();
        if has("task") {
            return Ok(Self::Task(payload));
        }
        if has("requestContext") {
            let request = GatewayRequest::deserialize(payload).map_err(|_| UnknownEvent)?;
            return Ok(Self::Request(Box::new(request)));
        }
        if has("Records") {
            let Messages { records } = Messages::deserialize(payload).map_err(|_| UnknownEvent)?;
            return Ok(Self::Messages(records));
        }
        Err(UnknownEvent)
    }
}
