//! History events as `GetExecutionHistory` prints them, and what they mean in an execution's story.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Line, Told, Tone, task, words};

/// One history event. Details are as the API prints them, without the name of their kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number in the history, from 1.
    pub id: i64,
    /// The event it came from; 0 for the first.
    pub previous: i64,
    /// When.
    pub at: Timestamp,
    /// `TaskSucceeded` and so on.
    pub kind: String,
    /// `{"name": …}`, `{"output": …}`; null where there are none.
    pub details: Value,
}

/// The JSON is not a history event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventError {
    missing: &'static str,
}

impl std::fmt::Display for EventError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a history event without a readable `{}`", self.missing)
    }
}

impl std::error::Error for EventError {}

impl Event {
    /// Reads an event as the API prints it: `{"id", "previousEventId", "timestamp", "type", "…EventDetails"}`. The
    /// timestamp is seconds (with a fraction) since 1970, or text as in RFC 3339.
    pub fn from_api(event: &Value) -> Result<Self, EventError> {
        let missing = |missing| EventError { missing };
        let details = event
            .as_object()
            .and_then(|members| {
                members
                    .iter()
                    .find(|(key, _)| key.ends_with("EventDetails"))
            })
            .map_or(Value::Null, |(_, details)| details.clone());
        Ok(Self {
            id: event
                .get("id")
                .and_then(Value::as_i64)
                .ok_or(missing("id"))?,
            previous: event
                .get("previousEventId")
                .and_then(Value::as_i64)
                .unwrap_or_default(),
            at: event
                .get("timestamp")
                .and_then(instant)
                .ok_or(missing("timestamp"))?,
            kind: event
                .get("type")
                .and_then(Value::as_str)
                .ok_or(missing("type"))?
                .to_owned(),
            details,
        })
    }

    /// A text of the details.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.details.get(key).and_then(Value::as_str)
    }

    /// A JSON text of the details (`input`, `output`, `parameters`), read.
    #[must_use]
    pub fn json(&self, key: &str) -> Option<Value> {
        serde_json::from_str(self.text(key)?).ok()
    }
}

fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok(),
        number => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "milliseconds of this epoch fit; casting saturates"
            )]
            let milliseconds = (number.as_f64()? * 1_000.0).round() as i64;
            Timestamp::from_millisecond(milliseconds).ok()
        }
    }
}

/// What is going on at an event: which state, which task, since when and for how long at most.
#[derive(Debug, Clone, Default)]
pub(super) struct Going {
    /// The state that was entered last on this way.
    pub state: Option<String>,
    /// What it called.
    pub call: Option<Call>,
}

/// A call under way.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The task's name, or the child workflow's.
    pub task: String,
    /// Whether that is a child workflow.
    pub child: bool,
    /// When it ends by itself.
    pub deadline: Option<Timestamp>,
}

/// The lines of the executions' histories.
pub(super) fn lines(told: Told<'_>) -> Vec<Line> {
    told.histories
        .iter()
        .flat_map(|history| lines_of(told, history))
        .collect()
}

fn lines_of(told: Told<'_>, history: &[Event]) -> Vec<Line> {
    let mut going: BTreeMap<i64, Going> = BTreeMap::new();
    let mut lines = Vec::new();
    for event in history {
        let mut here = going.get(&event.previous).cloned().unwrap_or_default();
        if event.kind.ends_with("StateEntered") {
            here = Going {
                state: event.text("name").map(str::to_owned),
                call: None,
            };
        } else if event.kind == "TaskScheduled" {
            here.call = call(event);
        }
        let said = say(told, history, event, &here).map(|(says, detail, tone)| Line {
            at: event.at,
            says,
            detail,
            tone,
            state: here.state.clone(),
        });
        lines.extend(said);
        going.insert(event.id, here);
    }
    lines
}

fn call(event: &Event) -> Option<Call> {
    let parameters = event.json("parameters").unwrap_or_default();
    let child = event.text("resourceType") == Some("states");
    let task = if child {
        let machine = parameters.get("StateMachineArn")?.as_str()?;
        machine.rsplit(':').next()?.to_owned()
    } else if let Some(task) = parameters.pointer("/Payload/task").and_then(Value::as_str) {
        task.to_owned()
    } else {
        format!(
            "{} {}",
            event.text("resourceType")?,
            event.text("resource")?
        )
    };
    let seconds = event
        .details
        .get("timeoutInSeconds")
        .and_then(Value::as_i64)
        // What a call without a time-out has: AWS's largest, which is no deadline.
        .filter(|seconds| *seconds < 99_999_999);
    Some(Call {
        task,
        child,
        deadline: seconds.map(|seconds| event.at + SignedDuration::from_secs(seconds)),
    })
}

pub(super) type Said = Option<(String, String, Tone)>;

fn say(told: Told<'_>, history: &[Event], event: &Event, here: &Going) -> Said {
    match event.kind.as_str() {
        "ExecutionStarted" if told.order.is_none() => {
            Some(("started".into(), String::new(), Tone::Done))
        }
        "ExecutionSucceeded" if told.order.is_none() => {
            let output = event.json("output").unwrap_or_default();
            Some(("ended".into(), task::outcome(&output), Tone::End))
        }
        "ExecutionFailed" | "ExecutionAborted" | "ExecutionTimedOut" => Some((
            match event.kind.as_str() {
                "ExecutionAborted" => "stopped by hand".into(),
                "ExecutionTimedOut" => "the execution ran out of time".into(),
                _ => "the execution failed".into(),
            },
            trouble(event),
            Tone::Failed,
        )),
        "WaitStateEntered" => Some((
            "waiting before the next try".into(),
            here.state.clone().unwrap_or_default(),
            Tone::Waiting,
        )),
        "TaskSubmitted" => task::submitted(told, here.call.as_ref()?),
        "TaskSucceeded" => {
            let output = event.json("output").unwrap_or_default();
            task::answered(told, here.call.as_ref()?, event.at, &output)
        }
        "TaskTimedOut" => task::timed_out(here.call.as_ref()?),
        "TaskFailed" | "TaskSubmitFailed" | "TaskStartFailed" => {
            let again = history
                .iter()
                .any(|next| next.previous == event.id && next.kind == "TaskScheduled");
            task::failed(
                here.call.as_ref()?,
                event.text("error").unwrap_or_default(),
                event.text("cause").unwrap_or_default(),
                again,
            )
        }
        _ => None,
    }
}

/// `Outage: …`, shortened: causes may hold whole stack traces.
fn trouble(event: &Event) -> String {
    let error = event.text("error").unwrap_or("no error given");
    match event.text("cause").map(task::cause_message) {
        Some(cause) if !cause.is_empty() => format!("{}: {cause}", words::spaced(error)),
        _ => words::spaced(error),
    }
}
