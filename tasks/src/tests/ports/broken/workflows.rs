//! Executions and tokens that are not Step Functions'.

use std::sync::Arc;

use serde_json::Value;

use super::check;
use crate::{
    ports::{Answer, Completion, OutageError, Ports, Started, SyncEnd, Workflows},
    testing::{block_on, contract::workflows},
    tests::ports::memory::Memory,
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    StartsAgain,
    TokensWorkTwice,
    CallsUnknownTokensLate,
    KnowsEveryWorkflow,
    SwallowsFailures,
}

struct BrokenWorkflows(Arc<dyn Workflows>, Fault);

impl BrokenWorkflows {
    fn completion(&self, completion: Completion) -> Completion {
        match (self.1, completion) {
            (Fault::TokensWorkTwice, Completion::TooLate) => Completion::Accepted,
            (Fault::CallsUnknownTokensLate, Completion::Invalid) => Completion::TooLate,
            (_, completion) => completion,
        }
    }
}

impl Workflows for BrokenWorkflows {
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError> {
        Box::pin(async move {
            match self.0.start(workflow, name, input).await {
                Ok(Started::AlreadyExists) if self.1 == Fault::StartsAgain => Ok(Started::Running),
                Err(_) if self.1 == Fault::KnowsEveryWorkflow => Ok(Started::Running),
                answer => answer,
            }
        })
    }

    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError> {
        Box::pin(async move {
            match self.0.start_sync(workflow, name, input).await {
                Ok(SyncEnd::Failed { .. }) if self.1 == Fault::SwallowsFailures => {
                    Ok(SyncEnd::Succeeded(Value::Null))
                }
                answer => answer,
            }
        })
    }

    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move { Ok(self.completion(self.0.succeed(token, output).await?)) })
    }

    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        cause: &'a str,
    ) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move { Ok(self.completion(self.0.fail(token, error, cause).await?)) })
    }
}

#[test]
fn executions_that_break_a_rule_are_found_out() {
    let faults: &[(Fault, &[&str])] = &[
        (
            Fault::StartsAgain,
            &[
                "a_name_is_one_execution",
                "an_ended_execution_keeps_its_name",
            ],
        ),
        (
            Fault::TokensWorkTwice,
            &[
                "a_token_completes_once",
                "a_failed_token_is_used_up_too",
                "a_step_that_timed_out_is_too_late",
            ],
        ),
        (
            Fault::CallsUnknownTokensLate,
            &["what_was_never_a_token_is_invalid"],
        ),
        (
            Fault::KnowsEveryWorkflow,
            &["nobody_has_started_an_unknown_workflow"],
        ),
        (
            Fault::SwallowsFailures,
            &["an_express_execution_answers_with_its_end"],
        ),
    ];
    check(&[workflows::CASES], faults, |fault| {
        let rig = Memory::new().around(|ports| Ports {
            workflows: Arc::new(BrokenWorkflows(ports.workflows.clone(), fault)),
            ..ports
        });
        block_on(workflows::broken(&rig))
    });
}
