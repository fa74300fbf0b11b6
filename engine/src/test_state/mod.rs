//! One state alone, tried out with given data and, where it would call somebody, with a given answer: `TestState`.
//!
//! [`read_request`] and [`write_response`] speak the service's JSON; who carries requests, and who really calls a service where
//! nothing is mocked ([`pending_call`]), is somebody else.

mod check;
mod constraints;
mod evaluate;
mod inspection;
mod request;
mod service_answer;
mod service_catalog;
mod single;

pub use request::{TestWorld, read_request, write_response};

use std::sync::Arc;

use comanda_asl::{Resource, StateMachine};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::json::Json;

/// What is tried out, and with what.
#[derive(Clone)]
pub struct StateTest {
    /// The state, alone in a machine or among others.
    pub definition: StateMachine,
    /// Which state, also one inside a Map or Parallel; the only one when absent.
    pub state_name: Option<String>,
    /// The state's input.
    pub input: Json,
    /// The context object, in place of one that is made up.
    pub context: Option<Value>,
    /// The variables the state finds.
    pub variables: Map<String, Value>,
    /// What it is answered in place of anybody; needed by Map and Parallel.
    pub mock: Option<Mock>,
    /// What whoever was really called answered, where nothing is mocked.
    pub answer: Option<StateAnswer>,
    /// The role it runs as.
    pub role_arn: Option<Arc<str>>,
    /// Whether secrets are to be shown; nothing here holds any, but a mock and this exclude each other.
    pub reveal_secrets: bool,
    /// How much of the data's way is shown.
    pub inspection_level: InspectionLevel,
    /// The region of the execution that is made up.
    pub region: Arc<str>,
    /// Its account.
    pub account_id: Arc<str>,
    /// How often the state's retrier has applied before.
    pub retrier_retry_count: u64,
    /// How many iterations of the Map failed.
    pub map_iteration_failure_count: Option<u64>,
    /// What the Map's `ItemReader` would have read.
    pub map_item_reader_data: Option<String>,
    /// Which of a Map's or Parallel's states the mocked error comes from.
    pub error_caused_by_state: Option<String>,
    /// What time it is.
    pub now: Timestamp,
    /// Where random numbers and ids come from.
    pub seed: u64,
}

/// An answer that nobody gave.
#[derive(Clone)]
pub struct Mock {
    /// The answer.
    pub answer: StateAnswer,
    /// How it is held against the API of the service it is said to come from.
    pub validation: FieldValidation,
}

/// What a state is answered.
#[derive(Clone)]
pub enum StateAnswer {
    /// A result.
    Result(Json),
    /// An error.
    Error {
        /// Its name.
        error: Option<Arc<str>>,
        /// What is said about it.
        cause: Option<Arc<str>>,
    },
}

/// How a mocked result is held against the API of its service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// What is there must fit, and what is required must be there.
    #[default]
    Strict,
    /// What is there must fit.
    Present,
    /// Not at all.
    None,
}

/// How much of the data's way a test shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InspectionLevel {
    /// The outcome.
    #[default]
    Info,
    /// The steps of input and output too.
    Debug,
    /// All that, and for HTTP tasks request and response.
    Trace,
}

/// What a tested Task would have somebody do.
pub struct TestCall {
    /// Who is called.
    pub resource: Resource,
    /// With what.
    pub arguments: Json,
}

/// What became of the state.
#[derive(Debug, Clone, PartialEq)]
pub struct TestedState {
    /// How it ended.
    pub status: TestStatus,
    /// What it gave.
    pub output: Option<Json>,
    /// The error's name.
    pub error: Option<Arc<str>>,
    /// What is said about the error.
    pub cause: Option<Arc<str>>,
    /// The state that would follow.
    pub next_state: Option<String>,
    /// What happened to the data on the way, as the service's API has it: documents as text.
    pub inspection: Map<String, Value>,
}

/// How a tested state ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStatus {
    /// Well.
    Succeeded,
    /// With an error that nothing is done about.
    Failed,
    /// With an error after which it would be tried again.
    Retriable,
    /// With an error that leads to another state.
    CaughtError,
}

impl TestStatus {
    /// The status as the service's API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            TestStatus::Succeeded => "SUCCEEDED",
            TestStatus::Failed => "FAILED",
            TestStatus::Retriable => "RETRIABLE",
            TestStatus::CaughtError => "CAUGHT_ERROR",
        }
    }
}

/// A test that cannot be made, in the service's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestStateError {
    /// The request contradicts itself or the state.
    #[error("{0}")]
    Validation(String),
    /// The definition is none.
    #[error("{0}")]
    InvalidDefinition(String),
    /// The input is not JSON.
    #[error("{0}")]
    InvalidExecutionInput(String),
}

impl TestStateError {
    /// The exception's name in the service's API.
    pub fn exception(&self) -> &'static str {
        match self {
            TestStateError::Validation(_) => "ValidationException",
            TestStateError::InvalidDefinition(_) => "InvalidDefinition",
            TestStateError::InvalidExecutionInput(_) => "InvalidExecutionInput",
        }
    }
}

/// Tries out a state.
pub fn test_state(test: &StateTest) -> Result<TestedState, TestStateError> {
    let single = single::isolate(&test.definition, test.state_name.as_deref())?;
    check::request(test, &single.state)?;
    evaluate::run(test, &single)
}

/// The call that has to be made before [`test_state`] can tell the outcome: its answer belongs into [`StateTest::answer`].
pub fn pending_call(test: &StateTest) -> Result<Option<TestCall>, TestStateError> {
    let single = single::isolate(&test.definition, test.state_name.as_deref())?;
    check::request(test, &single.state)?;
    let comanda_asl::StateKind::Task(task) = &single.state.kind else {
        return Ok(None);
    };
    if test.mock.is_some() || test.answer.is_some() {
        return Ok(None);
    }
    let arguments = evaluate::arguments(test, &single)?;
    Ok(arguments.map(|arguments| TestCall {
        resource: task.target(),
        arguments,
    }))
}
