//! Nested executions: `states:startExecution`, with or without waiting for the end.

use std::sync::Arc;

use comanda_asl::{Pattern, Resource};
use serde_json::{Map, Value, json};

use super::{StartError, TaskCall, TaskError, TaskRef, VirtualTime};
use crate::event::{Event, Outcome, Status};
use crate::failure::names;
use crate::json::Json;

/// Who waits for the end of a nested execution.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) task: TaskRef,
    pattern: Pattern,
}

impl VirtualTime {
    /// Starts a nested execution where the task asks for one of a machine that is known here. Any other call comes back.
    pub(super) fn start_nested(&mut self, call: TaskCall) -> Option<TaskCall> {
        let pattern = match call.request.target() {
            Resource::Service(integration)
                if integration.service == "states" && integration.action == "startExecution" =>
            {
                integration.pattern
            }
            _ => return Some(call),
        };
        let arguments = call.request.arguments.value();
        let machine = arguments
            .get("StateMachineArn")
            .and_then(Value::as_str)
            .unwrap_or("");
        if self.machine_arn(machine).is_none() {
            return Some(call);
        }
        let name = arguments.get("Name").and_then(Value::as_str);
        let input = match arguments.get("Input") {
            Some(Value::String(text)) => {
                Json::from_text(text).unwrap_or_else(|_| Json::new(json!({})))
            }
            Some(other) => Json::new(other.clone()),
            None => Json::new(json!({})),
        };
        let waits = matches!(pattern, Pattern::Sync | Pattern::Sync2);
        let parent = waits.then(|| Parent {
            task: call.task.clone(),
            pattern,
        });
        let started = self.now().as_millisecond();
        match self.start_for(machine, name, input, parent) {
            Err(error) => self.refuse(&call.task, &error),
            Ok(arn) => {
                let answer = Json::new(json!({ "ExecutionArn": &*arn, "StartDate": started }));
                // The task is waiting, since this is the moment it was asked for.
                let _ = match pattern {
                    Pattern::RequestResponse => self.complete(&call.task, Ok(answer)),
                    _ => self.submitted(&call.task, answer),
                };
            }
        }
        None
    }

    fn refuse(&mut self, task: &TaskRef, error: &StartError) {
        let name = match error {
            StartError::NoSuchMachine(_) => "StepFunctions.StateMachineDoesNotExistException",
            StartError::AlreadyExists(_) => "StepFunctions.ExecutionAlreadyExistsException",
        };
        let _ = self.complete(task, Err(TaskError::new(name, error.to_string())));
    }

    /// An execution ended: whoever waits for it is told.
    pub(super) fn tell_parent(&mut self, index: usize, outcome: &Outcome) {
        let Some(running) = self.executions.get_mut(index) else {
            return;
        };
        let Some(parent) = running.parent.take() else {
            return;
        };
        self.nested.remove(&parent.task);
        let described = Json::new(self.describe(index, outcome, parent.pattern));
        let result = match outcome.status {
            Status::Succeeded => Ok(described),
            _ => Err(TaskError::new(names::TASK_FAILED, described.text())),
        };
        let _ = self.complete(&parent.task, result);
    }

    /// An execution as the service describes it to a task that waited for it.
    fn describe(&self, index: usize, outcome: &Outcome, pattern: Pattern) -> Value {
        let Some(running) = self.executions.get(index) else {
            return Value::Null;
        };
        let start = running.execution.start();
        let document = |json: &Json| match pattern {
            Pattern::Sync2 => json.value().clone(),
            _ => Value::from(json.text()),
        };
        let included = json!({ "Included": true });
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if let Some(cause) = &outcome.cause {
            put("Cause", Value::from(&**cause));
        }
        if let Some(error) = &outcome.error {
            put("Error", Value::from(&**error));
        }
        put("ExecutionArn", Value::from(&*start.execution_arn));
        put("Input", document(&start.input));
        put("InputDetails", included.clone());
        put("Name", Value::from(&*start.execution_name));
        if let Some(output) = &outcome.output {
            put("Output", document(output));
            put("OutputDetails", included);
        }
        let started = running.execution.started_at().unwrap_or(outcome.at);
        put("StartDate", Value::from(started.as_millisecond()));
        put("StateMachineArn", Value::from(&*start.state_machine_arn));
        put("Status", Value::from(outcome.status.as_str()));
        put("StopDate", Value::from(outcome.at.as_millisecond()));
        Value::Object(fields)
    }

    /// Stops the nested execution that a given-up task waited for.
    pub(super) fn stop_nested(&mut self, task: &TaskRef) {
        if let Some(index) = self.nested.remove(task) {
            if let Some(running) = self.executions.get_mut(index) {
                running.parent = None;
            }
            let cause =
                "The execution that started this one is over or gave the task up.".to_owned();
            self.send(
                index,
                Event::Stop {
                    error: None,
                    cause: Some(cause),
                },
            );
        }
    }
}

/// Keeps the compiler honest about what is shared between threads: definitions are, executions move.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<Arc<crate::definition::Definition>>();
    moved::<crate::execution::Execution>();
};
