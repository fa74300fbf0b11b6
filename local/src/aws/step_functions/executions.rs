//! Executions: start, stop, describe, list.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::{Event, Json, Start, Status};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    StepFunctions, epoch_seconds,
    machines::Machine,
    names::{check_arn, check_name, execution_arn, express_arn, no_execution},
    operations::with_token,
    pages::page,
};
use crate::{
    aws::error::ApiError,
    scheduler::{RunningExecution, StartRequest, Started, StartedBy, Summary},
};

/// AWS' bound on an execution's input.
const INPUT_BYTES: usize = 262_144;

/// What `StartExecution` and `StartSyncExecution` are asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartExecutionRequest {
    pub(in crate::aws) state_machine_arn: String,
    pub(in crate::aws) name: Option<String>,
    pub(in crate::aws) input: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopExecutionRequest {
    execution_arn: String,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeExecutionRequest {
    execution_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListExecutionsRequest {
    state_machine_arn: Option<String>,
    status_filter: Option<String>,
    map_run_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl StepFunctions {
    pub(super) async fn start_execution(
        &self,
        request: StartExecutionRequest,
    ) -> Result<Value, ApiError> {
        let machine = self.machine(&request.state_machine_arn)?;
        let execution = self.begin(&machine, request, None).await?;
        Ok(json!({
            "executionArn": *execution.facts.start.execution_arn,
            "startDate": epoch_seconds(execution.facts.started_at),
        }))
    }

    /// Starts an execution, or gives the one that runs already under this name and input; a child that the same task
    /// started before, whatever became of it.
    pub(in crate::aws) async fn begin(
        &self,
        machine: &Machine,
        request: StartExecutionRequest,
        started_by: Option<StartedBy>,
    ) -> Result<Arc<RunningExecution>, ApiError> {
        let input = check_input(request.input.as_deref().unwrap_or("{}"))?;
        let name = match request.name {
            Some(name) => name,
            None => shaped_id(&self.clock.fresh_id()),
        };
        check_name(&name)?;
        let machine_name = &machine.record.name;
        let kind = machine.record.kind();
        let arn = match kind {
            WorkflowKind::Standard => execution_arn(machine_name, &name),
            WorkflowKind::Express => {
                express_arn(machine_name, &name, &shaped_id(&self.clock.fresh_id()))
            }
        };
        let start = Start {
            execution_arn: arn.as_str().into(),
            execution_name: name.into(),
            state_machine_arn: machine.record.arn().into(),
            state_machine_name: machine_name.as_str().into(),
            role_arn: machine.record.role_arn.as_str().into(),
            kind,
            input: input.clone(),
            seed: seed(&self.clock.fresh_id()),
        };
        let started = self
            .scheduler
            .start(StartRequest {
                definition: Arc::clone(&machine.definition),
                revision: machine.record.revision.clone(),
                start,
                started_by: started_by.clone(),
            })
            .await?;
        match started {
            Started::New(execution) => Ok(execution),
            Started::Existing(execution) => {
                let is_same_task = started_by.is_some() && execution.facts.started_by == started_by;
                let runs = execution.summary().status == Status::Running;
                if is_same_task || (runs && execution.facts.start.input == input) {
                    return Ok(execution);
                }
                Err(ApiError::step_functions(
                    "ExecutionAlreadyExists",
                    format!("Execution Already Exists: '{arn}'"),
                ))
            }
        }
    }

    pub(super) async fn stop_execution(
        &self,
        request: StopExecutionRequest,
    ) -> Result<Value, ApiError> {
        let execution = self.execution(&request.execution_arn)?;
        let stop = Event::Stop {
            error: request.error,
            cause: request.cause,
        };
        self.scheduler.tell(&execution, stop).await?;
        // One that had ended before keeps its end.
        let stopped = execution.summary().stopped_at;
        let stopped = stopped.unwrap_or_else(|| self.clock.now());
        Ok(json!({"stopDate": epoch_seconds(stopped)}))
    }

    /// The standard execution of an ARN.
    pub fn execution(&self, arn: &str) -> Result<Arc<RunningExecution>, ApiError> {
        check_arn(arn, &["execution"])?;
        self.scheduler.find(arn).ok_or_else(|| no_execution(arn))
    }

    pub(super) async fn describe_execution(
        &self,
        request: DescribeExecutionRequest,
    ) -> Result<Value, ApiError> {
        let execution = self.execution(&request.execution_arn)?;
        Ok(described(&execution))
    }

    pub(super) async fn list_executions(
        &self,
        request: ListExecutionsRequest,
    ) -> Result<Value, ApiError> {
        if request.map_run_arn.is_some() {
            return Err(validation("map runs are not served here"));
        }
        let Some(arn) = &request.state_machine_arn else {
            return Err(validation(
                "Must specify exactly one of State Machine Arn or Map Run Arn",
            ));
        };
        let machine = self.machine(arn)?;
        if machine.record.is_express {
            return Err(ApiError::step_functions(
                "StateMachineTypeNotSupported",
                format!("State Machine Type Not Supported: '{arn}'"),
            ));
        }
        let status = request.status_filter.as_deref();
        let statuses = [
            "RUNNING",
            "SUCCEEDED",
            "FAILED",
            "TIMED_OUT",
            "ABORTED",
            "PENDING_REDRIVE",
        ];
        if let Some(unknown) = status.filter(|status| !statuses.contains(status)) {
            return Err(validation(&format!(
                "1 validation error detected: Value '{unknown}' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                statuses.join(", ")
            )));
        }
        let found: Vec<_> = self
            .scheduler
            .list(Some(arn))
            .into_iter()
            .map(|execution| (execution.summary(), execution))
            .filter(|(summary, _)| status.is_none_or(|status| summary.status.as_str() == status))
            .collect();
        let (found, next) = page(
            found,
            &format!("{arn} {}", status.unwrap_or("ALL")),
            request.max_results,
            request.next_token.as_deref(),
        )?;
        let items: Vec<Value> = found
            .iter()
            .map(|(summary, execution)| listed(summary, execution))
            .collect();
        Ok(with_token(json!({"executions": items}), next))
    }
}

fn validation(message: &str) -> ApiError {
    ApiError::step_functions("ValidationException", message)
}

fn listed(summary: &Summary, execution: &RunningExecution) -> Value {
    let start = &execution.facts.start;
    let mut item = json!({
        "executionArn": *start.execution_arn,
        "stateMachineArn": *start.state_machine_arn,
        "name": *start.execution_name,
        "status": summary.status.as_str(),
        "startDate": epoch_seconds(execution.facts.started_at),
        "redriveCount": 0,
    });
    if let (Some(item), Some(stopped)) = (item.as_object_mut(), summary.stopped_at) {
        item.insert("stopDate".to_owned(), epoch_seconds(stopped).into());
    }
    item
}

/// An execution as `DescribeExecution` tells it.
pub(super) fn described(execution: &RunningExecution) -> Value {
    let summary = execution.summary();
    let mut told = listed(&summary, execution);
    let Some(members) = told.as_object_mut() else {
        return told;
    };
    let included = json!({"included": true});
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    add("input", execution.facts.start.input.text().into());
    add("inputDetails", included.clone());
    if let Some(output) = &summary.output {
        add("output", output.text().into());
        add("outputDetails", included);
    }
    if let Some(error) = &summary.error {
        add("error", (**error).into());
    }
    if let Some(cause) = &summary.cause {
        add("cause", (**cause).into());
    }
    // Redrive is not served here, so nothing is redrivable.
    add("redriveStatus", "NOT_REDRIVABLE".into());
    let reason = match summary.status {
        Status::Running => "Execution is RUNNING and cannot be redriven".to_owned(),
        Status::Succeeded => "Execution is SUCCEEDED and cannot be redriven".to_owned(),
        _ => "redrive is not served here".to_owned(),
    };
    add("redriveStatusReason", reason.into());
    told
}

/// Reads an execution's input and keeps its text.
pub(super) fn check_input(text: &str) -> Result<Json, ApiError> {
    let refused = |why: String| {
        ApiError::step_functions(
            "InvalidExecutionInput",
            format!("Invalid State Machine Execution Input: '{why}'"),
        )
    };
    if text.trim().is_empty() {
        return Err(refused("Invalid execution input.".to_owned()));
    }
    if text.len() > INPUT_BYTES {
        return Err(validation(&format!(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to {INPUT_BYTES}"
        )));
    }
    if let Err(error) = comanda_asl::json::read(text) {
        return Err(refused(error.mistake.to_string()));
    }
    Json::from_text(text).map_err(|error| refused(error.to_string()))
}

/// A fresh id in the shape that AWS gives to names it makes up.
fn shaped_id(fresh: &str) -> String {
    uuid::Uuid::try_parse(fresh).map_or_else(|_| fresh.to_owned(), |id| id.to_string())
}

/// The engine's chance, from a fresh id's first 64 bits.
fn seed(fresh: &str) -> u64 {
    let digits = fresh.get(..16).unwrap_or(fresh);
    u64::from_str_radix(digits, 16).unwrap_or_default()
}
