//! `ResultWriter`: what becomes of the results of a distributed Map's children, in the state's output or in a store.
//!
//! The files and the manifest are those that AWS documents: `SUCCEEDED_0.json`, `FAILED_0.json`, `PENDING_0.json`, and
//! `manifest.json` beside them, in a folder named by the map run's id.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{child_execution, map_results, store_call};
use crate::branch::{Branch, EndedChild, MapChildren, TaskPurpose};
use crate::context::{ChildExecution, MapItem};
use crate::definition::{MapPlan, StatePlan, Transformation, WriterPlan};
use crate::event::{Outcome, Status};
use crate::failure::Failure;
use crate::json::Json;
use crate::run::{Progress, Run};
use crate::timestamp;

/// How far the writing is.
#[derive(Debug, Clone)]
pub(crate) struct Writing {
    bucket: String,
    manifest_key: String,
    /// The files still to be written: key and body.
    files: VecDeque<(String, Json)>,
    /// Why the map run fails once everything is written, where it does.
    pub(super) failure: Option<(Arc<str>, Arc<str>)>,
}

/// The results as the state's output.
pub(super) fn output(run: &Run<'_>, map: &MapPlan, children: MapChildren) -> Json {
    let writer = map.writer.as_ref();
    let transformation = writer.map_or(Transformation::Compact, |writer| writer.transformation);
    let ended = children.ended.into_iter().flatten();
    let results = transformed(run, transformation, ended);
    if writer.is_some_and(|writer| writer.as_lines) {
        return Json::new(Value::from(lines(&results)));
    }
    Json::new(Value::Array(results))
}

fn transformed(
    run: &Run<'_>,
    transformation: Transformation,
    ended: impl Iterator<Item = EndedChild>,
) -> Vec<Value> {
    let mut results = Vec::new();
    for EndedChild { child, outcome } in ended {
        match (transformation, &outcome.output) {
            (Transformation::None, _) | (_, None) => {
                results.push(described(run, &child, &outcome));
            }
            (Transformation::Compact, Some(output)) => results.push(output.value().clone()),
            (Transformation::Flatten, Some(output)) => match output.value() {
                Value::Array(items) => results.extend(items.iter().cloned()),
                other => results.push(other.clone()),
            },
        }
    }
    results
}

fn lines(results: &[Value]) -> String {
    let lines: Vec<String> = results.iter().map(Value::to_string).collect();
    lines.join("\n")
}

/// Begins to write: the files one after the other, the manifest last.
pub(super) fn begin(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    writer: &WriterPlan,
    branch: &mut Branch,
    children: MapChildren,
    failure: Option<(Arc<str>, Arc<str>)>,
) -> Result<Progress, Failure> {
    let arguments =
        store_call::arguments(&run.view(plan, branch), plan, writer.arguments.as_ref())?;
    let text = |field: &str| arguments.get(field).and_then(Value::as_str).unwrap_or("");
    let map_run = branch
        .map_run
        .and_then(|place| run.execution.map_runs.get(place));
    let map_run_arn =
        map_run.map_or_else(|| Arc::from(""), |map_run| Arc::clone(&map_run.map_run_arn));
    let id = map_run_arn.rsplit(':').next().unwrap_or("");
    let prefix = text("Prefix");
    let separator = if prefix.is_empty() || prefix.ends_with('/') {
        ""
    } else {
        "/"
    };
    let folder = format!("{prefix}{separator}{id}");
    let mut writing = Writing {
        bucket: text("Bucket").to_owned(),
        manifest_key: format!("{folder}/manifest.json"),
        files: VecDeque::new(),
        failure,
    };
    let mut listed = json!({ "FAILED": [], "PENDING": [], "SUCCEEDED": [] });
    for (category, results) in categories(run, plan, map, writer, children) {
        if results.is_empty() {
            continue;
        }
        let (ending, body) = if writer.as_lines {
            ("jsonl", Json::new(Value::from(lines(&results))))
        } else {
            ("json", Json::new(Value::Array(results)))
        };
        let key = format!("{folder}/{category}_0.{ending}");
        let size = body.as_str().map_or_else(|| body.length(), str::len);
        if let Some(files) = listed.get_mut(category) {
            *files = json!([{ "Key": key, "Size": size }]);
        }
        writing.files.push_back((key, body));
    }
    let manifest = json!({
        "DestinationBucket": writing.bucket,
        "MapRunArn": &*map_run_arn,
        "ResultFiles": listed,
    });
    let key = writing.manifest_key.clone();
    writing.files.push_back((key, Json::new(manifest)));
    go_on(run, plan, map, branch, writing)
}

/// What goes into which file.
fn categories(
    run: &Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    writer: &WriterPlan,
    children: MapChildren,
) -> [(&'static str, Vec<Value>); 3] {
    let label = map.label.as_ref().unwrap_or(&plan.name);
    let not_begun = children.items.iter().skip(children.next);
    let pending = not_begun.map(|item: &MapItem| pending(run, label, &item.value));
    let pending: Vec<Value> = pending.collect();
    let (succeeded, failed): (Vec<EndedChild>, Vec<EndedChild>) = children
        .ended
        .into_iter()
        .flatten()
        .partition(|ended| ended.outcome.status == Status::Succeeded);
    [
        (
            "SUCCEEDED",
            transformed(run, writer.transformation, succeeded.into_iter()),
        ),
        (
            "FAILED",
            transformed(run, Transformation::None, failed.into_iter()),
        ),
        ("PENDING", pending),
    ]
}

/// One file is written: the next one, or the end of the map run.
pub(crate) fn go_on(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    mut writing: Writing,
) -> Result<Progress, Failure> {
    let resource = map
        .writer
        .as_ref()
        .and_then(|writer| writer.resource.as_ref());
    if let (Some((key, body)), Some(resource)) = (writing.files.pop_front(), resource) {
        let request = json!({ "Bucket": writing.bucket, "Key": key, "Body": body.into_value() });
        let purpose = TaskPurpose::WriteResults(Box::new(writing));
        store_call::call(run, plan, resource, branch, Json::new(request), purpose);
        return Ok(Progress::Waits);
    }
    let map_run = branch
        .map_run
        .and_then(|place| run.execution.map_runs.get_mut(place));
    let map_run_arn = map_run.map(|map_run| {
        map_run.results_written();
        Arc::clone(&map_run.map_run_arn)
    });
    if let Some((error, cause)) = writing.failure {
        return Err(map_results::run_failed(run, branch, &error, &cause));
    }
    let result = json!({
        "MapRunArn": map_run_arn.as_deref(),
        "ResultWriterDetails": { "Bucket": writing.bucket, "Key": writing.manifest_key },
    });
    map_results::complete(run, plan, branch, Json::new(result))
}

/// What is told of a child where its results are exported whole, and of one that failed in any case.
fn described(run: &Run<'_>, child: &ChildExecution, outcome: &Outcome) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    let included = json!({ "Included": true });
    if let Some(cause) = &outcome.cause {
        tell("Cause", Value::from(&**cause));
    }
    if let Some(error) = &outcome.error {
        tell("Error", Value::from(&**error));
    }
    tell("ExecutionArn", Value::from(&*child.arn));
    tell("Input", Value::from(child.input.text()));
    tell("InputDetails", included.clone());
    tell("Name", Value::from(&*child.name));
    if let Some(output) = &outcome.output {
        tell("Output", Value::from(output.text()));
        tell("OutputDetails", included);
    }
    tell("RedriveCount", Value::from(0));
    let status = outcome.status.as_str();
    if outcome.status == Status::Succeeded {
        let reason = format!("Execution is {status} and cannot be redriven");
        tell("RedriveStatus", Value::from("NOT_REDRIVABLE"));
        tell("RedriveStatusReason", Value::from(reason));
    } else {
        tell("RedriveStatus", Value::from("REDRIVABLE_BY_MAP_RUN"));
    }
    tell(
        "StartDate",
        Value::from(timestamp::milliseconds(child.started)),
    );
    tell(
        "StateMachineArn",
        Value::from(child_execution::machine_arn(run, child)),
    );
    tell("Status", Value::from(status));
    tell("StopDate", Value::from(timestamp::milliseconds(outcome.at)));
    Value::Object(told)
}

/// What is told of a child that was never started, since its run ended before.
fn pending(run: &Run<'_>, label: &str, input: &Json) -> Value {
    json!({
        "Input": input.text(),
        "InputDetails": { "Included": true },
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "StateMachineArn": format!("{}/{label}", run.start.state_machine_arn),
        "Status": "PENDING",
    })
}
