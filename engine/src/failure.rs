//! What can go wrong in a state, and the names ASL has for it.

use std::sync::Arc;

use crate::jsonata::{EvaluationError, Expression};

/// Error names that the language itself gives.
pub mod names {
    /// Matches every error but `States.Runtime`.
    pub const ALL: &str = "States.ALL";
    /// A task ran out of time.
    pub const TIMEOUT: &str = "States.Timeout";
    /// A task fell silent.
    pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    /// A task failed.
    pub const TASK_FAILED: &str = "States.TaskFailed";
    /// The definition and the data do not fit; ends the execution.
    pub const RUNTIME: &str = "States.Runtime";
    /// Data grew beyond the limit.
    pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    /// A JSONata expression failed.
    pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
    /// An intrinsic function failed.
    pub const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";
    /// A `ResultPath` and the input do not fit.
    pub const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
    /// No rule of a Choice applied.
    pub const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
    /// Too many items of a distributed Map failed.
    pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
    /// A distributed Map could not read its items.
    pub const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";
    /// A distributed Map could not write its results.
    pub const RESULT_WRITER_FAILED: &str = "States.ResultWriterFailed";
}

/// Why a state cannot go on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
    /// An error somebody reported; its cause stands as it was given.
    Reported(Reported),
    /// An expression failed: history says so, and `Retry` and `Catch` apply.
    Query {
        message: String,
        location: Option<Arc<str>>,
    },
    /// The definition and the data do not fit. The cause tells the state and the event.
    Misfit {
        error: &'static str,
        message: String,
    },
}

/// An error with its cause; either may be missing, since whoever answers a task may leave them out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reported {
    pub(crate) error: Option<Arc<str>>,
    pub(crate) cause: Option<Arc<str>>,
    /// Neither `Retry` nor `Catch` applies: the execution ends.
    pub(crate) fatal: bool,
    /// It is the timeout of a task that fell silent, so that `States.HeartbeatTimeout` is for it too.
    pub(crate) heartbeat: bool,
}

impl Failure {
    pub(crate) fn reported(error: &str, cause: Option<&str>) -> Failure {
        Failure::Reported(Reported {
            error: Some(Arc::from(error)),
            cause: cause.map(Arc::from),
            ..Reported::default()
        })
    }

    pub(crate) fn runtime(message: impl Into<String>) -> Failure {
        Failure::Misfit {
            error: names::RUNTIME,
            message: message.into(),
        }
    }

    pub(crate) fn misfit(error: &'static str, message: impl Into<String>) -> Failure {
        Failure::Misfit {
            error,
            message: message.into(),
        }
    }

    pub(crate) fn query(message: impl Into<String>) -> Failure {
        Failure::Query {
            message: message.into(),
            location: None,
        }
    }

    /// An expression gave no value.
    pub(crate) fn evaluation(
        expression: &Expression,
        location: &Arc<str>,
        error: EvaluationError,
    ) -> Failure {
        let what = match error {
            EvaluationError::Threw(message) => {
                format!("threw an error during evaluation. {message}")
            }
            EvaluationError::Undefined => "returned nothing (undefined).".to_owned(),
            EvaluationError::Unsupported => "returned an unsupported result type.".to_owned(),
        };
        Failure::expression(expression, location, &what)
    }

    /// An expression gave a value of the wrong type.
    pub(crate) fn unexpected_type(
        expression: &Expression,
        location: &Arc<str>,
        expected: &str,
        value: &serde_json::Value,
    ) -> Failure {
        let what = format!(
            "returned an unexpected result type. Expected '{expected}', but was '{}' for value: {value}",
            type_name(value)
        );
        Failure::expression(expression, location, &what)
    }

    /// What an expression did, in AWS's words.
    pub(crate) fn expression(expression: &Expression, location: &Arc<str>, what: &str) -> Failure {
        Failure::Query {
            message: format!(
                "The JSONata expression '{}' specified for the field '{location}' {what}",
                expression.source()
            ),
            location: Some(Arc::clone(location)),
        }
    }
}

/// The name of a value's type, as AWS's messages have it.
pub(crate) fn type_name(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "boolean",
        serde_json::Value::Number(_) => "number",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "array",
        serde_json::Value::Object(_) => "object",
    }
}
