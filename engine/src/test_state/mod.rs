//! One state alone, tried out with given data and, where it would call somebody, with a given answer: `TestState`.
//!
//! What an answer must look like for the service it is said to come from is not judged here: that takes the services' own models.

mod check;
mod evaluate;
mod inspection;
mod single;

use std::sync::Arc;

use comanda_asl::StateMachine;
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
    /// What it is answered; needed by Map and Parallel.
    pub mock: Option<Mock>,
    /// The role it runs as.
    pub role_arn: Option<Arc<str>>,
    /// Whether secrets are to be shown; nothing here holds any, but a mock and this exclude each other.
    pub reveal_secrets: bool,
    /// The region of the execution that is made up.
    pub region: Arc<str>,
    /// Its account.
    pub account_id: Arc<str>,
    /// How often the state's retrier has applied before.
    pub retrier_retry_count: u64,
    /// How many iterations of the Map failed.
    pub map_iteration_failure_count: Option<u64>,
    /// What time it is.
    pub now: Timestamp,
    /// Where random numbers and ids come from.
    pub seed: u64,
}

/// What a state is answered.
#[derive(Clone)]
pub enum Mock {
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
    /// `ValidationException`.
    #[error("{0}")]
    Validation(String),
    /// `InvalidDefinition`.
    #[error("{0}")]
    InvalidDefinition(String),
}

/// Tries out a state.
pub fn test_state(test: &StateTest) -> Result<TestedState, TestStateError> {
    let single = single::isolate(&test.definition, test.state_name.as_deref())?;
    check::request(test, &single.state)?;
    evaluate::run(test, &single)
}
