//! Tasks as the driver hands them out, and the ways an answer can come to nothing.

use std::sync::Arc;

use crate::event::{TaskId, TaskRequest};
use crate::json::Json;

/// A task of one of many executions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskRef {
    /// The execution's ARN.
    pub execution: Arc<str>,
    /// The task's number in it.
    pub task: TaskId,
}

/// A task that is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskCall {
    /// Whose task it is; answers name it.
    pub task: TaskRef,
    /// The name of the machine whose execution asks.
    pub state_machine: Arc<str>,
    /// What is to be done.
    pub request: TaskRequest,
}

/// What became of a task.
pub type TaskResult = Result<Json, TaskError>;

/// A task failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskError {
    /// The error's name.
    pub error: Option<String>,
    /// What is said about it.
    pub cause: Option<String>,
}

impl TaskError {
    /// An error with a name and a cause.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> TaskError {
        TaskError {
            error: Some(error.into()),
            cause: Some(cause.into()),
        }
    }
}

/// Nobody waits for the task any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody waits for the task any more")]
pub struct TaskGone;

/// A token that leads to no waiting task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No task was ever given this token.
    #[error("no task was ever given this token")]
    Unknown,
    /// The task of this token is over: answered, timed out or called off.
    #[error("the task of this token is over")]
    TooLate,
}

/// An execution that cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The machine is not known here.
    #[error("there is no state machine '{0}'")]
    NoSuchMachine(String),
    /// The machine has had an execution of this name.
    #[error("the execution '{0}' exists already")]
    AlreadyExists(String),
}

impl StartError {
    /// The exception's name and message in the service's API.
    pub fn exception(&self) -> (&'static str, String) {
        match self {
            StartError::NoSuchMachine(arn) => (
                "StateMachineDoesNotExist",
                format!("State Machine Does Not Exist: '{arn}'"),
            ),
            StartError::AlreadyExists(arn) => (
                "ExecutionAlreadyExists",
                format!("Execution Already Exists: '{arn}'"),
            ),
        }
    }
}
