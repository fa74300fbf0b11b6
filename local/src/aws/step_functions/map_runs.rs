//! Map runs: the runs of distributed Maps, and the child executions that they started.

use std::sync::Arc;

use comanda_engine::{Event, MapRun, Status};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Empty, StepFunctions, epoch_seconds,
    names::{check_arn, invalid},
    operations::with_token,
    pages::{PageOf, text_of},
};
use crate::{
    aws::error::ApiError,
    scheduler::{ChildExecution, RunningExecution},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeMapRunRequest {
    map_run_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMapRunsRequest {
    execution_arn: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMapRunRequest {
    map_run_arn: String,
    max_concurrency: Option<u64>,
    tolerated_failure_percentage: Option<f64>,
    tolerated_failure_count: Option<u64>,
}

impl StepFunctions {
    /// A map run and the execution that it is part of.
    async fn map_run(&self, arn: &str) -> Result<(Arc<RunningExecution>, MapRun), ApiError> {
        check_arn(arn, &["mapRun"])?;
        let missing = || {
            ApiError::step_functions(
                "ResourceNotFound",
                format!("Map Run Does Not Exist: '{arn}'"),
            )
        };
        let parent = self.scheduler.execution_of(arn).await?;
        let parent = parent.ok_or_else(missing)?;
        let mut runs = self.scheduler.map_runs(&parent).await?.runs;
        let run = runs.remove(arn).ok_or_else(missing)?;
        Ok((parent, run))
    }

    /// The child execution of an ARN, and its parent; none if it is no child's.
    pub(super) async fn child(
        &self,
        arn: &str,
    ) -> Result<Option<(Arc<RunningExecution>, ChildExecution)>, ApiError> {
        // `…:execution:<machine>/<label>:<name>`; no name has a slash.
        if !arn.contains('/') {
            return Ok(None);
        }
        check_arn(arn, &["execution"])?;
        let Some(parent) = self.scheduler.execution_of(arn).await? else {
            return Ok(None);
        };
        let mut children = self.scheduler.map_runs(&parent).await?.children;
        Ok(children.remove(arn).map(|child| (parent, child)))
    }

    /// The child executions of a map run, newest first.
    pub(super) async fn children_of(&self, arn: &str) -> Result<Vec<ChildExecution>, ApiError> {
        let (parent, _) = self.map_run(arn).await?;
        let children = self.scheduler.map_runs(&parent).await?.children;
        let is_of = |child: &ChildExecution| *child.started.map_run_arn == *arn;
        let mut children: Vec<_> = children.into_values().filter(is_of).collect();
        children.sort_by_key(|child| std::cmp::Reverse(child.started.started_at));
        Ok(children)
    }

    pub(super) async fn describe_map_run(
        &self,
        request: DescribeMapRunRequest,
    ) -> Result<Value, ApiError> {
        let (_, run) = self.map_run(&request.map_run_arn).await?;
        let mut told = json!({
            "mapRunArn": *run.map_run_arn,
            "executionArn": *run.execution_arn,
            "status": run.status.as_str(),
            "startDate": epoch_seconds(run.started_at),
            "maxConcurrency": run.max_concurrency,
            "toleratedFailurePercentage": run.tolerated_failure_percentage.unwrap_or(0.0),
            "toleratedFailureCount": run.tolerated_failure_count.unwrap_or(0),
            "itemCounts": run.item_counts,
            "executionCounts": run.execution_counts,
            "redriveCount": run.redrive_count,
        });
        if let (Some(told), Some(redriven)) = (told.as_object_mut(), run.redriven_at) {
            told.insert("redriveDate".to_owned(), epoch_seconds(redriven).into());
        }
        if let (Some(told), Some(stopped)) = (told.as_object_mut(), run.stopped_at) {
            told.insert("stopDate".to_owned(), epoch_seconds(stopped).into());
        }
        Ok(told)
    }

    pub(super) async fn list_map_runs(
        &self,
        request: ListMapRunsRequest,
    ) -> Result<Value, ApiError> {
        let arn = &request.execution_arn;
        let execution = self.execution(arn)?;
        let machine = &*execution.facts.start.state_machine_arn;
        let runs = self.scheduler.map_runs(&execution).await?.runs;
        let mut runs: Vec<_> = runs.into_values().collect();
        runs.retain(|run| *run.execution_arn == **arn);
        runs.sort_by_key(|run| std::cmp::Reverse(run.started_at));
        let items = runs.iter().map(|run| {
            let mut item = json!({
                "executionArn": arn,
                "mapRunArn": *run.map_run_arn,
                "stateMachineArn": machine,
                "startDate": epoch_seconds(run.started_at),
            });
            if let (Some(item), Some(stopped)) = (item.as_object_mut(), run.stopped_at) {
                item.insert("stopDate".to_owned(), epoch_seconds(stopped).into());
            }
            item
        });
        let page = PageOf {
            list: &format!("map runs {arn}"),
            max_results: request.max_results,
            next_token: request.next_token.as_deref(),
        };
        let (items, next) = page.take(items.collect(), text_of("mapRunArn"))?;
        Ok(with_token(json!({"mapRuns": items}), next))
    }

    pub(super) async fn update_map_run(
        &self,
        request: UpdateMapRunRequest,
    ) -> Result<Empty, ApiError> {
        let says_nothing = request.max_concurrency.is_none()
            && request.tolerated_failure_count.is_none()
            && request.tolerated_failure_percentage.is_none();
        if says_nothing {
            return Err(invalid(
                "Either the maxConcurrency, the toleratedFailureCount, or the toleratedFailurePercentage must be specified",
            )
            .with("reason", "MISSING_REQUIRED_PARAMETER"));
        }
        let (parent, run) = self.map_run(&request.map_run_arn).await?;
        if run.status != Status::Running {
            return Err(invalid("Map Run is already completed")
                .with("reason", "CANNOT_UPDATE_COMPLETED_MAP_RUN"));
        }
        let change = Event::UpdateMapRun {
            map_run_arn: run.map_run_arn,
            max_concurrency: request.max_concurrency,
            tolerated_failure_count: request.tolerated_failure_count,
            tolerated_failure_percentage: request.tolerated_failure_percentage,
        };
        self.scheduler.tell(&parent, change).await?;
        Ok(Empty {})
    }
}

/// How a child execution stands.
pub(super) fn status(child: &ChildExecution) -> Status {
    let outcome = child.outcome.as_ref();
    outcome.map_or(Status::Running, |outcome| outcome.status)
}

/// A child execution as lists tell it.
pub(super) fn listed(child: &ChildExecution) -> Map<String, Value> {
    let started = &child.started;
    let mut item = Map::new();
    let mut add = |name: &str, value: Value| item.insert(name.to_owned(), value);
    add("executionArn", (*started.execution_arn).into());
    add("stateMachineArn", (*started.state_machine_arn).into());
    add("mapRunArn", (*started.map_run_arn).into());
    add("name", (*started.execution_name).into());
    add("status", status(child).as_str().into());
    add("startDate", epoch_seconds(started.started_at).into());
    if let Some(outcome) = &child.outcome {
        add("stopDate", epoch_seconds(outcome.at).into());
    }
    add("redriveCount", 0.into());
    item
}

/// A child execution as `DescribeExecution` tells it.
pub(super) fn described(child: &ChildExecution, without_data: bool) -> Value {
    let mut told = listed(child);
    let mut add = |name: &str, value: Value| told.insert(name.to_owned(), value);
    let included = json!({"included": !without_data});
    add("inputDetails", included.clone());
    if !without_data {
        add("input", child.started.input.text().into());
    }
    let outcome = child.outcome.as_ref();
    if let Some(output) = outcome.and_then(|outcome| outcome.output.as_ref()) {
        add("outputDetails", included);
        if !without_data {
            add("output", output.text().into());
        }
    }
    if let Some(error) = outcome.and_then(|outcome| outcome.error.as_deref()) {
        add("error", error.into());
    }
    if let Some(cause) = outcome.and_then(|outcome| outcome.cause.as_deref()) {
        add("cause", cause.into());
    }
    add("redriveStatus", "NOT_REDRIVABLE".into());
    let reason = match status(child) {
        Status::Running => "Execution is RUNNING and cannot be redriven",
        Status::Succeeded => "Execution is SUCCEEDED and cannot be redriven",
        _ => "A redrive of the parent does it again, in another execution",
    };
    add("redriveStatusReason", reason.into());
    told.into()
}
