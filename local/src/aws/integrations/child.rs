//! `states:startExecution`: child executions, waited for or not.
//!
//! INVARIANT: a task starts one child, also if it is carried out again after a crash: the child is named by the task if
//! by nothing else, and knows who started it.

use std::sync::Arc;

use comanda_asl::{Integration, Pattern};
use comanda_engine::{Event, Json, Status};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::failure;
use crate::{
    aws::{ApiError, Services, step_functions::StartExecutionRequest},
    scheduler::{RunningExecution, StartedBy, Summary, TaskAnswer, TaskFailure, TaskOfExecution},
};

/// Starts the child; how its end is told depends on the pattern.
pub async fn start(
    services: &Arc<Services>,
    task: &TaskOfExecution,
    pattern: Pattern,
) -> Result<TaskAnswer, TaskFailure> {
    let child = begin(services, task).await.map_err(|error| {
        let integration = Integration::new("states", "startExecution");
        failure::of_service(&integration, false, &error, &services.clock.fresh_id())
    })?;
    let start = &child.facts.start;
    let submitted = Json::new(json!({
        "ExecutionArn": *start.execution_arn,
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "StartDate": child.facts.started_at.as_millisecond(),
    }));
    Ok(match pattern {
        Pattern::RequestResponse => TaskAnswer::Succeeded(submitted),
        Pattern::WaitForTaskToken => TaskAnswer::Submitted(submitted),
        Pattern::Sync | Pattern::Sync2 => {
            let end = async move {
                match child.ended().await {
                    Some(summary) => ended(&child, &summary, pattern == Pattern::Sync2),
                    // The stack ends; the task comes again when it is up.
                    None => std::future::pending().await,
                }
            };
            TaskAnswer::Job(submitted, Box::pin(end))
        }
    })
}

/// Stops a child that its parent waited for and waits for no more.
pub async fn stop(services: &Arc<Services>, task: &TaskOfExecution) {
    let target = task.request.target();
    let is_child = target
        .integration()
        .is_some_and(|to| to.service == "states" && to.action == "startExecution");
    if !is_child || !matches!(target.pattern(), Pattern::Sync | Pattern::Sync2) {
        return;
    }
    let arguments = task.request.arguments.value();
    let machine = arguments.get("StateMachineArn").and_then(Value::as_str);
    let Some(Ok(target)) = machine.map(|arn| services.step_functions.target(arn)) else {
        return;
    };
    let machine = target.machine.record.arn();
    let parent = started_by(task);
    let scheduler = services.step_functions.scheduler();
    let child = scheduler
        .list(Some(&machine))
        .into_iter()
        .find(|child| child.facts.started_by.as_ref() == Some(&parent));
    if let Some(child) = child {
        let stop = Event::Stop {
            error: None,
            cause: Some("The parent execution does not wait for it any more".to_owned()),
        };
        if let Err(error) = scheduler.tell(&child, stop).await {
            tracing::warn!(%error, "a child execution is not stopped");
        }
    }
}

fn started_by(task: &TaskOfExecution) -> StartedBy {
    StartedBy {
        execution_arn: task.execution.start.execution_arn.to_string(),
        task: task.request.task,
    }
}

async fn begin(
    services: &Arc<Services>,
    task: &TaskOfExecution,
) -> Result<Arc<RunningExecution>, ApiError> {
    let arguments = task.request.arguments.value();
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let missing = || ApiError::step_functions("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: '");
    let machine = text("StateMachineArn").ok_or_else(missing)?;
    let target = services.step_functions.target(machine)?;
    let started_by = started_by(task);
    let input = match arguments.get("Input") {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(document) => document.to_string(),
    };
    let request = StartExecutionRequest {
        state_machine_arn: machine.to_owned(),
        name: Some(text("Name").map_or_else(|| name_of(&started_by), str::to_owned)),
        input: Some(input),
        trace_header: None,
        included_data: None,
    };
    let begun = services
        .step_functions
        .begin(&target, request, Some(started_by));
    begun.await
}

/// A child's name where its parent gives none.
fn name_of(started_by: &StartedBy) -> String {
    let mut digest = Sha256::new();
    digest.update(started_by.execution_arn.as_bytes());
    digest.update(started_by.task.0.to_be_bytes());
    let hash = hex::encode(digest.finalize());
    uuid::Uuid::try_parse(hash.get(..32).unwrap_or_default())
        .map_or(hash.clone(), |id| id.to_string())
}

/// How the child ended, as the parent's task gets it.
fn ended(child: &RunningExecution, summary: &Summary, as_json: bool) -> Result<Json, TaskFailure> {
    if summary.status == Status::Succeeded {
        return Ok(Json::new(described(child, summary, as_json)));
    }
    Err(TaskFailure {
        error: "States.TaskFailed".to_owned(),
        cause: described(child, summary, false).to_string(),
    })
}

fn described(child: &RunningExecution, summary: &Summary, as_json: bool) -> Value {
    let start = &child.facts.start;
    let document = |document: &Json| {
        if as_json {
            document.value().clone()
        } else {
            Value::String(document.text().to_owned())
        }
    };
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    if let Some(cause) = &summary.cause {
        tell("Cause", (**cause).into());
    }
    if let Some(error) = &summary.error {
        tell("Error", (**error).into());
    }
    tell("ExecutionArn", (*start.execution_arn).into());
    tell("Input", document(&start.input));
    tell("InputDetails", json!({"Included": true}));
    tell("Name", (*start.execution_name).into());
    if let Some(output) = &summary.output {
        tell("Output", document(output));
        tell("OutputDetails", json!({"Included": true}));
    }
    tell("RedriveCount", summary.redrives.count.into());
    let started = child.facts.started_at.as_millisecond();
    tell("StartDate", started.into());
    tell("StateMachineArn", (*start.state_machine_arn).into());
    tell("Status", summary.status.as_str().into());
    let stopped = summary.stopped_at.map_or(started, |at| at.as_millisecond());
    tell("StopDate", stopped.into());
    Value::Object(told)
}
