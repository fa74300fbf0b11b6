//! The workflows port on the engine in virtual time, with Step Functions' rules about names (providers §4.5).

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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use comanda_asl::WorkflowKind;
    use comanda_engine::Definition;
    use comanda_tasks::testing::{
        block_on,
        contract::{
            self, Doing,
            workflows::{CAUSE, ECHOES, ERROR, FAILS, WAITS, WorkflowsRig},
        },
    };
    use serde_json::json;

    use super::*;

    /// An engine in virtual time with the contract's workflows, and the tokens that its steps wait with.
    struct Rig {
        port: EngineWorkflows,
        tokens: Mutex<BTreeMap<String, String>>,
    }

    impl Rig {
        fn new() -> Self {
            let mut time = VirtualTime::new("2026-11-22T15:00:00Z".parse().expect("an instant"), 1);
            let wait = json!({
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": { "FunctionName": "keep", "Payload": { "token.$": "$$.Task.Token" } },
                "TimeoutSeconds": 60, "End": true,
            });
            let echo = json!({ "Type": "Pass", "End": true });
            let fail = json!({ "Type": "Fail", "Error": ERROR, "Cause": CAUSE });
            for (name, kind, state) in [
                (WAITS, WorkflowKind::Standard, wait),
                (ECHOES, WorkflowKind::Express, echo),
                (FAILS, WorkflowKind::Express, fail),
            ] {
                let text = json!({ "StartAt": "One", "States": { "One": state } }).to_string();
                let machine = comanda_asl::check(&text, kind).machine.expect("sound");
                let definition = Definition::compile(&machine).expect("sound");
                time.register(name, kind, Arc::new(definition));
            }
            Self {
                port: EngineWorkflows::new(Arc::new(Mutex::new(time))),
                tokens: Mutex::default(),
            }
        }

        /// What of the execution of [`WAITS`] of this name is asked for, where there is one.
        fn execution<T>(&self, name: &str, of: impl Fn(&mut VirtualTime, &str) -> T) -> T {
            let mut time = lock(&self.port.time);
            let arn = time
                .executions()
                .map(comanda_engine::Execution::start)
                .find(|start| &*start.execution_name == name && &*start.state_machine_name == WAITS)
                .map(|start| start.execution_arn.to_string());
            of(&mut time, &arn.expect("it was started"))
        }
    }

    impl WorkflowsRig for Rig {
        fn workflows(&self) -> &dyn Workflows {
            &self.port
        }

        fn token<'a>(&'a self, name: &'a str) -> Doing<'a, String> {
            Box::pin(async move {
                let mut tokens = lock(&self.tokens);
                let mut time = lock(&self.port.time);
                while let Some(call) = time.next_call() {
                    let token = call.request.arguments.value().pointer("/Payload/token");
                    let token = token.and_then(Value::as_str).expect("a token");
                    tokens.insert(call.task.execution.to_string(), token.to_owned());
                    time.submitted(&call.task, json!(null).into())
                        .expect("it waits");
                }
                drop(time);
                let arn = self.execution(name, |_, arn| arn.to_owned());
                tokens.get(&arn).expect("it waits with a token").clone()
            })
        }

        fn time_out<'a>(&'a self, name: &'a str) -> Doing<'a, ()> {
            Box::pin(async move {
                self.execution(name, |time, arn| {
                    while time
                        .execution(arn)
                        .is_some_and(|one| one.outcome().is_none())
                    {
                        assert!(time.fire_next_timer(), "it waits for ever");
                    }
                });
            })
        }

        fn end<'a>(&'a self, name: &'a str) -> Doing<'a, Result<Value, String>> {
            Box::pin(async move {
                match self.execution(name, |time, arn| end(time, arn)) {
                    Some(SyncEnd::Succeeded(output)) => Ok(output),
                    Some(SyncEnd::Failed { error, .. }) => Err(error),
                    None => Err("it still waits".to_owned()),
                }
            })
        }
    }

    #[test]
    fn the_engine_in_virtual_time_keeps_the_contract() {
        assert_eq!(block_on(contract::workflows::broken(&Rig::new())), []);
    }
}
