//! Executions: start, stop, describe, list.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::{Event, Json, Start, Status, read_execution_input};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    StepFunctions, epoch_seconds, map_runs,
    names::{
        MachineArn, Qualifier, check_arn, check_name, execution_arn, express_arn, invalid,
        machine_of, no_execution,
    },
    operations::with_token,
    pages::PageOf,
    routing::Target,
};
use crate::{
    aws::error::ApiError,
    scheduler::{RunningExecution, StartRequest, Started, StartedBy, Summary, Through},
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
    pub(in crate::aws) trace_header: Option<String>,
    /// Only of a synchronous start.
    pub(in crate::aws) included_data: Option<String>,
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
    included_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListExecutionsRequest {
    state_machine_arn: Option<String>,
    status_filter: Option<String>,
    redrive_filter: Option<String>,
    map_run_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl StepFunctions {
    pub(super) async fn start_execution(
        &self,
        request: StartExecutionRequest,
    ) -> Result<Value, ApiError> {
        let target = self.target(&request.state_machine_arn)?;
        let execution = self.begin(&target, request, None).await?;
        Ok(json!({
            "executionArn": *execution.facts.start.execution_arn,
            "startDate": epoch_seconds(execution.facts.started_at),
        }))
    }

    /// Starts an execution, or gives the one that runs already under this name and input; a child that the same task
    /// started before, whatever became of it.
    pub(in crate::aws) async fn begin(
        &self,
        target: &Target,
        request: StartExecutionRequest,
        started_by: Option<StartedBy>,
    ) -> Result<Arc<RunningExecution>, ApiError> {
        let input = check_input(request.input.as_deref().unwrap_or("{}"))?;
        let name = match request.name {
            Some(name) => name,
            None => shaped_id(&self.clock.fresh_id()),
        };
        check_name(&name)?;
        let record = &target.machine.record;
        let machine_name = &record.name;
        let kind = record.kind();
        let arn = match kind {
            WorkflowKind::Standard => execution_arn(machine_name, &name),
            WorkflowKind::Express => {
                express_arn(machine_name, &name, &shaped_id(&self.clock.fresh_id()))
            }
        };
        let start = Start {
            execution_arn: arn.as_str().into(),
            execution_name: name.into(),
            state_machine_arn: record.arn().into(),
            state_machine_name: machine_name.as_str().into(),
            role_arn: target.settings().role_arn.as_str().into(),
            kind,
            input: input.clone(),
            seed: seed(&self.clock.fresh_id()),
        };
        let started = self
            .scheduler
            .start(StartRequest {
                definition: Arc::clone(&target.definition),
                revision: target.settings().revision.clone(),
                through: Through {
                    trace_header: request.trace_header,
                    ..target.through.clone()
                },
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
        let without_data = is_metadata_only(request.included_data.as_deref());
        if let Some((_, child)) = self.child(&request.execution_arn).await? {
            return Ok(map_runs::described(&child, without_data));
        }
        let execution = self.execution(&request.execution_arn)?;
        let mut told = described(&execution, without_data);
        let refused = self.redrive_refusal(&execution, &execution.summary());
        let status = refused.map_or("REDRIVABLE", |_| "NOT_REDRIVABLE");
        if let Some(told) = told.as_object_mut() {
            told.insert("redriveStatus".to_owned(), status.into());
            if let Some(reason) = refused {
                told.insert("redriveStatusReason".to_owned(), reason.into());
            }
        }
        Ok(told)
    }

    pub(super) async fn list_executions(
        &self,
        request: ListExecutionsRequest,
    ) -> Result<Value, ApiError> {
        let of = (&request.state_machine_arn, &request.map_run_arn);
        let ((Some(arn), None) | (None, Some(arn))) = of else {
            return Err(invalid(
                "Must specify exactly one of State Machine Arn or Map Run Arn",
            ));
        };
        let page = PageOf {
            list: &format!(
                "{arn} {:?} {:?}",
                request.status_filter, request.redrive_filter
            ),
            max_results: request.max_results,
            next_token: request.next_token.as_deref(),
        };
        let (items, next) = if request.map_run_arn.is_some() {
            let mut children = self.children_of(arn).await?;
            children.retain(|child| request.wants(map_runs::status(child), 0));
            let (found, next) =
                page.take(children, |child| child.started.execution_arn.to_string())?;
            (found.iter().map(map_runs::listed).collect(), next)
        } else {
            let (found, next) = page.take(self.of_machine(arn, &request)?, |(_, execution)| {
                execution.facts.start.execution_arn.to_string()
            })?;
            let items = found
                .iter()
                .map(|(summary, execution)| listed(summary, execution));
            (items.collect::<Vec<Map<String, Value>>>(), next)
        };
        Ok(with_token(json!({"executions": items}), next))
    }

    /// The executions of a machine, a version or an alias that the filters let through, newest first.
    fn of_machine(
        &self,
        arn: &str,
        request: &ListExecutionsRequest,
    ) -> Result<Vec<(Summary, Arc<RunningExecution>)>, ApiError> {
        let MachineArn { machine, qualifier } = machine_of(arn)?;
        if self.machine(machine)?.record.is_express {
            return Err(ApiError::step_functions(
                "StateMachineTypeNotSupported",
                format!("State Machine Type Not Supported: '{arn}'"),
            ));
        }
        let is_of = |execution: &RunningExecution| {
            let through = &execution.facts.through;
            match qualifier {
                None => true,
                Some(Qualifier::Version(number)) => through.version == Some(number),
                Some(Qualifier::Alias(name)) => through.alias.as_deref() == Some(name),
            }
        };
        Ok(self
            .scheduler
            .list(Some(machine))
            .into_iter()
            .filter(|execution| is_of(execution))
            .map(|execution| (execution.summary(), execution))
            .filter(|(summary, _)| request.wants(summary.status, summary.redrives.count))
            .collect())
    }
}

impl ListExecutionsRequest {
    /// Whether the filters let an execution through that stands like this.
    fn wants(&self, status: Status, redrives: u64) -> bool {
        let by_status = self.status_filter.as_deref();
        let by_redrive = match self.redrive_filter.as_deref() {
            Some("REDRIVEN") => redrives > 0,
            Some(_) => redrives == 0,
            None => true,
        };
        by_redrive && by_status.is_none_or(|wanted| status.as_str() == wanted)
    }
}

fn listed(summary: &Summary, execution: &RunningExecution) -> Map<String, Value> {
    let start = &execution.facts.start;
    let mut item = Map::new();
    let mut add = |name: &str, value: Value| item.insert(name.to_owned(), value);
    add("executionArn", (*start.execution_arn).into());
    add("stateMachineArn", (*start.state_machine_arn).into());
    add("name", (*start.execution_name).into());
    add("status", summary.status.as_str().into());
    add(
        "startDate",
        epoch_seconds(execution.facts.started_at).into(),
    );
    if let Some(stopped) = summary.stopped_at {
        add("stopDate", epoch_seconds(stopped).into());
    }
    for (name, arn) in execution.facts.qualified_arns() {
        add(name, arn.into());
    }
    add("redriveCount", summary.redrives.count.into());
    if let Some(at) = summary.redrives.last_at {
        add("redriveDate", epoch_seconds(at).into());
    }
    item
}

/// An execution as `DescribeExecution` tells it.
pub(super) fn described(execution: &RunningExecution, without_data: bool) -> Value {
    let summary = execution.summary();
    let mut told = listed(&summary, execution);
    let mut add = |name: &str, value: Value| told.insert(name.to_owned(), value);
    let included = json!({"included": !without_data});
    add("inputDetails", included.clone());
    if !without_data {
        add("input", execution.facts.start.input.text().into());
    }
    if let Some(output) = &summary.output {
        add("outputDetails", included);
        if !without_data {
            add("output", output.text().into());
        }
    }
    if let Some(error) = &summary.error {
        add("error", (**error).into());
    }
    if let Some(cause) = &summary.cause {
        add("cause", (**cause).into());
    }
    if let Some(header) = &execution.facts.through.trace_header {
        add("traceHeader", header.as_str().into());
    }
    told.into()
}

/// Whether a caller wants no data.
pub(super) fn is_metadata_only(included_data: Option<&str>) -> bool {
    included_data == Some("METADATA_ONLY")
}

/// Reads an execution's input and keeps its text.
fn check_input(text: &str) -> Result<Json, ApiError> {
    // Children are started by no request that was checked before.
    if text.len() > INPUT_BYTES {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to {INPUT_BYTES}"
        )));
    }
    read_execution_input(text)
        .map_err(|message| ApiError::step_functions("InvalidExecutionInput", message))
}

/// A fresh id in the shape that AWS gives to names it makes up.
fn shaped_id(fresh: &str) -> String {
    uuid::Uuid::try_parse(fresh).map_or_else(|_| fresh.to_owned(), |id| id.to_string())
}

/// The engine's chance, from a fresh id's first 64 bits.
pub(super) fn seed(fresh: &str) -> u64 {
    let digits = fresh.get(..16).unwrap_or(fresh);
    u64::from_str_radix(digits, 16).unwrap_or_default()
}
