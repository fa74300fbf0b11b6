//! The history of an execution as AWS writes it: types, details, ids. Who writes what when is up to the states.

mod details;
mod event;

pub use details::{
    ActivityScheduled, ActivityStarted, ActivitySucceeded, DataDetails, Details, ErrorDetails,
    EvaluationFailed, ExecutionRedriven, ExecutionStarted, ExecutionSucceeded,
    LambdaFunctionScheduled, LambdaFunctionSucceeded, MapIteration, MapRunRedriven, MapRunStarted,
    MapStateStarted, StateEntered, StateExited, TaskCredentials, TaskFailed, TaskOutput,
    TaskScheduled, TaskStarted,
};
pub use event::{EventType, HistoryEvent};
