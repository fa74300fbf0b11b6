//! `StartSyncExecution`: an Express execution, waited for.

use comanda_engine::Status;
use serde_json::{Value, json};

use super::{
    StepFunctions, epoch_seconds,
    executions::{StartExecutionRequest, is_metadata_only},
};
use crate::aws::error::ApiError;

impl StepFunctions {
    pub(super) async fn start_sync_execution(
        &self,
        request: StartExecutionRequest,
    ) -> Result<Value, ApiError> {
        let target = self.target(&request.state_machine_arn)?;
        if !target.machine.record.is_express {
            return Err(ApiError::step_functions(
                "StateMachineTypeNotSupported",
                "This operation is not supported by this type of state machine",
            ));
        }
        let included = json!({"included": !is_metadata_only(request.included_data.as_deref())});
        let with_data = included.get("included") == Some(&Value::Bool(true));
        let execution = self.begin(&target, request, None).await?;
        let mut closing = self.closing.clone();
        let ended = tokio::select! {
            ended = execution.ended() => ended,
            _ = closing.wait_for(|closing| *closing) => None,
        };
        let Some(summary) = ended else {
            return Err(ApiError::common(
                "ServiceUnavailable",
                "the stack is shutting down; the execution goes on when it is up again",
            ));
        };
        let start = &execution.facts.start;
        let stopped = summary.stopped_at.unwrap_or(execution.facts.started_at);
        let milliseconds = stopped
            .duration_since(execution.facts.started_at)
            .as_millis()
            .max(0);
        let mut told = json!({
            "executionArn": *start.execution_arn,
            "stateMachineArn": *start.state_machine_arn,
            "name": *start.execution_name,
            "startDate": epoch_seconds(execution.facts.started_at),
            "stopDate": epoch_seconds(stopped),
            "status": status(summary.status),
            "inputDetails": included,
            // AWS bills by 100 milliseconds and 64 MB, at least one of each.
            "billingDetails": {
                "billedDurationInMilliseconds": milliseconds.div_euclid(100).saturating_add(1) as i64 * 100,
                "billedMemoryUsedInMB": 64,
            },
        });
        if let Some(members) = told.as_object_mut() {
            if with_data {
                members.insert("input".to_owned(), start.input.text().into());
            }
            if let Some(output) = &summary.output {
                if with_data {
                    members.insert("output".to_owned(), output.text().into());
                }
                members.insert("outputDetails".to_owned(), included);
            }
            if let Some(header) = &execution.facts.through.trace_header {
                members.insert("traceHeader".to_owned(), header.as_str().into());
            }
            if let Some(error) = &summary.error {
                members.insert("error".to_owned(), (**error).into());
            }
            if let Some(cause) = &summary.cause {
                members.insert("cause".to_owned(), (**cause).into());
            }
        }
        Ok(told)
    }
}

/// The synchronous API knows three ends; a stopped execution is a failed one.
fn status(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "SUCCEEDED",
        Status::TimedOut => "TIMED_OUT",
        Status::Running | Status::Failed | Status::Aborted => "FAILED",
    }
}
