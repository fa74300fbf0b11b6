//! The workflows port on the engine in virtual time.

use std::{future::poll_fn, sync::Mutex, task::Poll};

use comanda_engine::{
    Status,
    virtual_time::{StartError, TaskError, TaskResult, TokenError, VirtualTime},
};
use comanda_tasks::ports::{Answer, Completion, OutageError, Started, SyncEnd, Workflows};
use serde_json::Value;

use super::{SharedTime, lock};

/// Starts executions and completes tokens in the world's own engine.
pub(crate) struct EngineWorkflows {
    time: SharedTime,
    /// Express executions may share a name; here each gets its own.
    express_count: Mutex<u64>,
}

impl EngineWorkflows {
    pub fn new(time: SharedTime) -> Self {
        Self::after(time, 0)
    }

    /// In an engine that has run so many express executions.
    pub fn after(time: SharedTime, express_count: u64) -> Self {
        Self {
            time,
            express_count: Mutex::new(express_count),
        }
    }

    /// How many express executions there were.
    #[cfg(feature = "explore")]
    pub fn express_count(&self) -> u64 {
        *lock(&self.express_count)
    }

    fn start_now(&self, workflow: &str, name: &str, input: Value) -> Result<Started, OutageError> {
        let mut time = lock(&self.time);
        match time.start(workflow, name, input.clone().into()) {
            Ok(_) => Ok(Started::Running),
            Err(StartError::AlreadyExists(arn)) => {
                let same = time.execution(&arn).is_some_and(|execution| {
                    execution.status() == Status::Running
                        && *execution.start().input.value() == input
                });
                Ok(if same {
                    Started::Running
                } else {
                    Started::AlreadyExists
                })
            }
            Err(error @ StartError::NoSuchMachine(_)) => Err(not_done(&error.to_string())),
        }
    }

    fn complete(&self, token: &str, result: TaskResult) -> Completion {
        match lock(&self.time).complete_token(token, result) {
            Ok(()) => Completion::Accepted,
            Err(TokenError::TooLate) => Completion::TooLate,
            Err(TokenError::Unknown) => Completion::Invalid,
        }
    }
}

fn not_done(detail: &str) -> OutageError {
    OutageError::NotDone {
        party: "step functions",
        detail: detail.to_owned(),
    }
}

/// How an execution ended, once it has.
fn end(time: &VirtualTime, arn: &str) -> Option<SyncEnd> {
    let outcome = time.execution(arn)?.outcome()?;
    let text = |part: &Option<std::sync::Arc<str>>| part.as_deref().unwrap_or_default().to_owned();
    Some(match &outcome.output {
        Some(output) if outcome.status == Status::Succeeded => {
            SyncEnd::Succeeded(output.value().clone())
        }
        _ => SyncEnd::Failed {
            error: text(&outcome.error),
            cause: text(&outcome.cause),
        },
    })
}

impl Workflows for EngineWorkflows {
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError> {
        Box::pin(async move { self.start_now(workflow, name, input) })
    }

    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError> {
        Box::pin(async move {
            let unique = {
                let mut count = lock(&self.express_count);
                *count += 1;
                format!("{name}.{count}")
            };
            let started = lock(&self.time).start(workflow, &unique, input.into());
            let arn = started.map_err(|error| not_done(&error.to_string()))?;
            poll_fn(|_| match end(&lock(&self.time), &arn) {
                Some(end) => Poll::Ready(Ok(end)),
                None => Poll::Pending,
            })
            .await
        })
    }

    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move { Ok(self.complete(token, Ok(output.into()))) })
    }

    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        cause: &'a str,
    ) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move { Ok(self.complete(token, Err(TaskError::new(error, cause)))) })
    }
}
