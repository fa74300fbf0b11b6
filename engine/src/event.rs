//! What comes into an execution (events) and what comes out of it (effects). Both are data that a journal can keep.

use std::fmt;
use std::sync::Arc;

use comanda_asl::Resource;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::history::HistoryEvent;
use crate::json::Json;
use crate::map_run::{ChildStarted, MapRun};

/// A task of one execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u64);

/// A timer of one execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerId(pub u64);

/// The token that lets an outside party answer a task. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskToken(Arc<str>);

impl TaskToken {
    /// Wraps a token's text.
    pub fn new(text: impl Into<Arc<str>>) -> TaskToken {
        TaskToken(text.into())
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TaskToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TaskToken(…)")
    }
}

/// Something that happened, for an execution to react to. Events about tasks and timers that are over are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// Begin running; the first event of every execution.
    Begin,
    /// A worker took the task of an activity.
    ActivityStarted {
        /// The task.
        task: TaskId,
        /// The worker's name for itself.
        worker_name: Option<String>,
    },
    /// The service took the request; the result comes later, by token or when the job ends.
    TaskSubmitted {
        /// The task.
        task: TaskId,
        /// The service's answer.
        output: Json,
    },
    /// The task is done.
    TaskSucceeded {
        /// The task.
        task: TaskId,
        /// Its result.
        output: Json,
    },
    /// The task failed.
    TaskFailed {
        /// The task.
        task: TaskId,
        /// The error's name; whoever holds a token may leave it out.
        error: Option<String>,
        /// What is said about it.
        cause: Option<String>,
    },
    /// The task is still being worked on.
    Heartbeat {
        /// The task.
        task: TaskId,
    },
    /// The time of a timer has come.
    TimerFired {
        /// The timer.
        timer: TimerId,
    },
    /// An activity was deleted, or created again. Activities exist until this says otherwise; it may come before `Begin`.
    ActivityExists {
        /// The activity's ARN.
        activity: Arc<str>,
        /// Whether there is one.
        exists: bool,
    },
    /// Somebody changes the limits of a map run that goes on; what is not given stays.
    UpdateMapRun {
        /// The run's ARN.
        map_run_arn: Arc<str>,
        /// How many children may run at a time; 0 lets the service decide.
        max_concurrency: Option<u64>,
        /// How many items may fail.
        tolerated_failure_count: Option<u64>,
        /// How many in a hundred items may fail.
        tolerated_failure_percentage: Option<f64>,
    },
    /// Somebody stops the execution.
    Stop {
        /// The error's name.
        error: Option<String>,
        /// What is said about it.
        cause: Option<String>,
    },
    /// Somebody wants an execution that ended without success to go on where it failed.
    Redrive,
}

/// Something the driver must do, in the order given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "camelCase")]
pub enum Effect {
    /// Keep an event of the history.
    Record(HistoryEvent),
    /// Have a task done; its answer comes back as an event.
    RunTask(Box<TaskRequest>),
    /// Nobody waits for the task any more.
    CancelTask {
        /// The task.
        task: TaskId,
    },
    /// Send `TimerFired` at that time, or as soon as possible afterwards.
    SetTimer {
        /// The timer.
        timer: TimerId,
        /// When.
        at: Timestamp,
    },
    /// Forget the timer.
    CancelTimer {
        /// The timer.
        timer: TimerId,
    },
    /// A distributed Map started a child execution.
    ChildStarted(Box<ChildStarted>),
    /// Keep an event of the history of a child execution.
    RecordChild {
        /// The child's ARN.
        execution: Arc<str>,
        /// The event.
        event: HistoryEvent,
    },
    /// A child execution is over.
    ChildEnded {
        /// The child's ARN.
        execution: Arc<str>,
        /// How it ended.
        outcome: Outcome,
    },
    /// The run of a distributed Map began or ended. In between, the execution tells how it stands.
    MapRun(Box<MapRun>),
    /// The execution is over.
    Ended(Outcome),
}

/// A task that someone must do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRequest {
    /// Its number in the execution.
    pub task: TaskId,
    /// The state that asks.
    pub state_name: Arc<str>,
    /// The `Resource`, as the definition has it.
    pub resource: Arc<str>,
    /// What the resource is given.
    pub arguments: Json,
    /// With which an outside party answers, where the resource ends in `.waitForTaskToken` or is an activity.
    pub token: Option<TaskToken>,
    /// After how many seconds the engine gives up.
    pub timeout_seconds: Option<u64>,
    /// How many seconds of silence the engine bears.
    pub heartbeat_seconds: Option<u64>,
    /// The role to call as, where the state names one.
    pub role_arn: Option<Arc<str>>,
    /// How often the state has been tried before.
    pub retry_count: u64,
}

impl TaskRequest {
    /// The resource, read.
    pub fn target(&self) -> Resource {
        Resource::parse(&self.resource)
    }
}

/// How an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It goes on.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// Its own `TimeoutSeconds` passed.
    TimedOut,
    /// Somebody stopped it.
    Aborted,
}

impl Status {
    /// The status as the service's API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Never `Running`.
    pub status: Status,
    /// The output, where it ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// The error's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What is said about the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// When.
    pub at: Timestamp,
}
