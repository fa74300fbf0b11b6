//! What the events of a history say beyond their type, field by field as AWS has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::json::{Json, as_text};

/// The details of one event; each variant is written under the key AWS uses for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are AWS's and say it all")]
pub enum Details {
    ActivityFailedEventDetails(ErrorDetails),
    ActivityScheduledEventDetails(Box<ActivityScheduled>),
    ActivityStartedEventDetails(ActivityStarted),
    ActivitySucceededEventDetails(ActivitySucceeded),
    ActivityTimedOutEventDetails(ErrorDetails),
    EvaluationFailedEventDetails(Box<EvaluationFailed>),
    ExecutionAbortedEventDetails(ErrorDetails),
    ExecutionFailedEventDetails(ErrorDetails),
    ExecutionRedrivenEventDetails(ExecutionRedriven),
    ExecutionStartedEventDetails(ExecutionStarted),
    ExecutionSucceededEventDetails(ExecutionSucceeded),
    ExecutionTimedOutEventDetails(ErrorDetails),
    LambdaFunctionFailedEventDetails(ErrorDetails),
    LambdaFunctionScheduledEventDetails(Box<LambdaFunctionScheduled>),
    LambdaFunctionSucceededEventDetails(LambdaFunctionSucceeded),
    LambdaFunctionTimedOutEventDetails(ErrorDetails),
    MapIterationAbortedEventDetails(MapIteration),
    MapIterationFailedEventDetails(MapIteration),
    MapIterationStartedEventDetails(MapIteration),
    MapIterationSucceededEventDetails(MapIteration),
    MapRunFailedEventDetails(ErrorDetails),
    MapRunRedrivenEventDetails(MapRunRedriven),
    MapRunStartedEventDetails(MapRunStarted),
    MapStateStartedEventDetails(MapStateStarted),
    StateEnteredEventDetails(StateEntered),
    StateExitedEventDetails(StateExited),
    TaskFailedEventDetails(Box<TaskFailed>),
    TaskScheduledEventDetails(Box<TaskScheduled>),
    TaskStartedEventDetails(TaskStarted),
    TaskSubmittedEventDetails(TaskOutput),
    TaskSucceededEventDetails(TaskOutput),
    TaskTimedOutEventDetails(Box<TaskFailed>),
}

/// Whether data was cut to fit; this engine never cuts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDetails {
    /// Whether it was cut.
    pub truncated: bool,
}

/// The name of an error and what is said about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorDetails {
    /// The error's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
}

/// An activity task was put up for workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityScheduled {
    /// The activity's ARN.
    pub resource: Arc<str>,
    /// What the worker is given.
    #[serde(with = "as_text")]
    pub input: Json,
    /// Whether the input was cut.
    pub input_details: DataDetails,
    /// After how many seconds it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_in_seconds: Option<u64>,
    /// How many seconds may pass between heartbeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_in_seconds: Option<u64>,
}

/// A worker took an activity task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityStarted {
    /// The worker's name for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_name: Option<Arc<str>>,
}

/// A worker answered.
pub type ActivitySucceeded = LambdaFunctionSucceeded;

/// A JSONata expression failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationFailed {
    /// The error's name.
    pub error: Arc<str>,
    /// What is said about it.
    pub cause: Arc<str>,
    /// The field the expression stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Arc<str>>,
    /// The state's name.
    pub state: Arc<str>,
}

/// The execution goes on after an end without success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionRedriven {
    /// For the how many-th time.
    pub redrive_count: u64,
}

/// The execution began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionStarted {
    /// Its input, as written by whoever started it.
    #[serde(with = "as_text")]
    pub input: Json,
    /// Whether the input was cut.
    pub input_details: DataDetails,
    /// The role it runs as.
    pub role_arn: Arc<str>,
}

/// The execution ended well.
pub type ExecutionSucceeded = LambdaFunctionSucceeded;

/// A Lambda function was called by its own ARN.
pub type LambdaFunctionScheduled = ActivityScheduled;

/// Output without anything else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LambdaFunctionSucceeded {
    /// The output.
    #[serde(with = "as_text")]
    pub output: Json,
    /// Whether the output was cut.
    pub output_details: DataDetails,
}

/// One iteration of a Map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapIteration {
    /// The Map state's name.
    pub name: Arc<str>,
    /// Which iteration.
    pub index: u64,
}

/// A distributed Map began its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunStarted {
    /// The run's ARN.
    pub map_run_arn: Arc<str>,
}

/// The run of a distributed Map goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunRedriven {
    /// The run's ARN.
    pub map_run_arn: Arc<str>,
    /// How often that has happened.
    pub redrive_count: u64,
}

/// A Map knows its items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapStateStarted {
    /// How many there are; a distributed Map says it too where it reads them from its input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// A state was entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateEntered {
    /// The state's name.
    pub name: Arc<str>,
    /// What it was given.
    #[serde(with = "as_text")]
    pub input: Json,
    /// Whether the input was cut.
    pub input_details: DataDetails,
}

/// A state was left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateExited {
    /// The state's name.
    pub name: Arc<str>,
    /// What it gave.
    #[serde(with = "as_text")]
    pub output: Json,
    /// Whether the output was cut.
    pub output_details: DataDetails,
    /// The variables it set, each as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_variables: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// Whether the variables were cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_variables_details: Option<DataDetails>,
}

/// The role a task is called as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskCredentials {
    /// The role's ARN.
    pub role_arn: Arc<str>,
}

/// A call to a service failed or ran out of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskFailed {
    /// The service.
    pub resource_type: Arc<str>,
    /// The action.
    pub resource: Arc<str>,
    /// The error's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
}

/// A call to a service answered: at once, or for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskOutput {
    /// The service.
    pub resource_type: Arc<str>,
    /// The action.
    pub resource: Arc<str>,
    /// The answer.
    #[serde(with = "as_text")]
    pub output: Json,
    /// Whether the answer was cut.
    pub output_details: DataDetails,
}

/// A call to a service is about to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskScheduled {
    /// The service.
    pub resource_type: Arc<str>,
    /// The action.
    pub resource: Arc<str>,
    /// The region the call goes to.
    pub region: Arc<str>,
    /// What it is given.
    #[serde(with = "as_text")]
    pub parameters: Json,
    /// After how many seconds it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_in_seconds: Option<u64>,
    /// How many seconds may pass between heartbeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_in_seconds: Option<u64>,
    /// The role it is called as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_credentials: Option<TaskCredentials>,
}

/// The call is being made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskStarted {
    /// The service.
    pub resource_type: Arc<str>,
    /// The action.
    pub resource: Arc<str>,
}
