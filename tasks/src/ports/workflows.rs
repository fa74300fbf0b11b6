//! Executions and task tokens (Step Functions).

use serde_json::Value;

use super::{Answer, OutageError};

/// How long whoever starts an Express workflow waits for its end: for two functions that begin cold, and a slow provider
/// behind one of them. Who waits has a time-out of their own, which is longer.
pub const START_SYNC_SECONDS: u32 = 12;

/// Starts executions and completes task tokens.
pub trait Workflows: Send + Sync {
    /// Starts `workflow` under `name`. The same name and input while it runs is the same execution.
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError>;

    /// Runs an Express workflow to its end, for [`START_SYNC_SECONDS`] at most, and gives its output.
    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError>;

    /// `SendTaskSuccess`. A token that is used up or timed out is [`Completion::TooLate`], not an error.
    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError>;

    /// `SendTaskFailure`.
    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        cause: &'a str,
    ) -> Answer<'a, Completion, OutageError>;
}

/// What a start came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It runs (now, or already under the same name and input).
    Running,
    /// An execution of this name ended, or runs with another input.
    AlreadyExists,
}

/// How a synchronous Express execution ended.
#[derive(Debug, Clone, PartialEq)]
pub enum SyncEnd {
    /// With this output.
    Succeeded(Value),
    /// With this error name and cause.
    Failed {
        /// The error's name.
        error: String,
        /// The cause.
        cause: String,
    },
}

/// What completing a token came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// The waiting step goes on with it.
    Accepted,
    /// The step was completed before, timed out, or its execution ended.
    TooLate,
    /// No such token was ever made.
    Invalid,
}
