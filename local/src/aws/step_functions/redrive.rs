//! `RedriveExecution`, and whether an execution can be redriven.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{StepFunctions, epoch_seconds};
use crate::{
    aws::error::ApiError,
    scheduler::{RedriveError, RunningExecution, Summary, refusal},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedriveExecutionRequest {
    execution_arn: String,
    client_token: Option<String>,
}

impl StepFunctions {
    pub(super) async fn redrive_execution(
        &self,
        request: RedriveExecutionRequest,
    ) -> Result<Value, ApiError> {
        let arn = &request.execution_arn;
        let execution = self.execution(arn)?;
        let definition = {
            let machines = self.machines();
            let revision = machines.revisions.get(&execution.facts.revision);
            revision.and_then(|revision| revision.definition.clone())
        };
        if let Some(gone) = self.without_machine(&execution) {
            return Err(not_redrivable(arn, gone));
        }
        let redriven = self
            .scheduler
            .redrive(&execution, definition, request.client_token)
            .await;
        match redriven {
            Ok(at) => Ok(json!({"redriveDate": epoch_seconds(at)})),
            Err(RedriveError::Refused(reason)) => Err(not_redrivable(arn, &reason)),
            Err(RedriveError::Journal(error)) => Err(error.into()),
        }
    }

    /// Why an execution cannot be redriven, if it cannot.
    pub(super) fn redrive_refusal(
        &self,
        execution: &RunningExecution,
        summary: &Summary,
    ) -> Option<&'static str> {
        let refused = refusal(&execution.facts, summary, self.clock.now());
        refused.or_else(|| self.without_machine(execution))
    }

    fn without_machine(&self, execution: &RunningExecution) -> Option<&'static str> {
        let arn = &*execution.facts.start.state_machine_arn;
        let is_there = self.machines().by_arn.contains_key(arn);
        (!is_there).then_some("State machine is in DELETING status")
    }
}

fn not_redrivable(arn: &str, reason: &str) -> ApiError {
    ApiError::step_functions(
        "ExecutionNotRedrivable",
        format!("Execution Not Redrivable: '{arn}: {reason}'"),
    )
}
