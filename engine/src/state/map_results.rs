//! What comes of a Map: its results, and in a distributed one where they are written and the failures that are tolerated.

use serde_json::{Value, json};

use super::children::{LastEvents, call_off, gather, one_done};
use super::map_source;
use crate::branch::{Branch, Phase, TaskPurpose};
use crate::definition::{MapPlan, StatePlan, WriterPlan};
use crate::failure::{Failure, Reported, names};
use crate::history::{Details, ErrorDetails, EventType};
use crate::json::Json;
use crate::run::{Progress, Run};

/// All iterations are over.
pub(super) fn finish(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    let results = gather(branch);
    branch.phase = Phase::Do;
    match &map.writer {
        Some(writer) => write(run, plan, writer, branch, results),
        None => complete(run, plan, map, branch, results),
    }
}

fn complete(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    results: Json,
) -> Result<Progress, Failure> {
    let last = branch.previous;
    if map.distributed {
        run.record(branch, EventType::MapRunSucceeded, None);
    }
    run.record_aside(branch, EventType::MapStateSucceeded, None);
    branch.previous = last;
    run.view(plan, branch)
        .complete(plan, results)
        .map(Progress::Done)
}

/// Asks for the results to be written: everything in one request, the manifest under `Key`, the results beside it.
fn write(
    run: &mut Run<'_>,
    plan: &StatePlan,
    writer: &WriterPlan,
    branch: &mut Branch,
    results: Json,
) -> Result<Progress, Failure> {
    let arguments =
        map_source::arguments(&run.view(plan, branch), plan, writer.arguments.as_ref())?;
    let destination = Destination::of(branch, &arguments);
    let file = format!(
        "{}SUCCEEDED_0.json",
        destination.key.trim_end_matches("manifest.json")
    );
    let manifest = json!({
        "DestinationBucket": destination.bucket,
        "MapRunArn": branch.map_run.as_deref(),
        "ResultFiles": { "FAILED": [], "PENDING": [], "SUCCEEDED": [{ "Key": file, "Size": results.length() }] },
    });
    let request = json!({
        "Bucket": destination.bucket,
        "Key": destination.key,
        "Body": manifest,
        "Results": { file: results.into_value() },
    });
    map_source::call(
        run,
        plan,
        &writer.resource,
        branch,
        Json::new(request),
        TaskPurpose::WriteResults,
    );
    Ok(Progress::Waits)
}

/// Where the manifest goes: the bucket, and a folder named by the run's id.
struct Destination {
    bucket: String,
    key: String,
}

impl Destination {
    fn of(branch: &Branch, arguments: &Json) -> Destination {
        let text = |field: &str| {
            arguments
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let id = branch
            .map_run
            .as_deref()
            .and_then(|arn| arn.rsplit(':').next())
            .unwrap_or("");
        let prefix = text("Prefix");
        let separator = if prefix.is_empty() || prefix.ends_with('/') {
            ""
        } else {
            "/"
        };
        Destination {
            bucket: text("Bucket"),
            key: format!("{prefix}{separator}{id}/manifest.json"),
        }
    }
}

/// The results have been written; where to is the state's result.
pub(crate) fn written(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    let Some(writer) = &map.writer else {
        return Ok(Progress::Waits);
    };
    let arguments =
        map_source::arguments(&run.view(plan, branch), plan, writer.arguments.as_ref())?;
    let destination = Destination::of(branch, &arguments);
    let result = json!({
        "MapRunArn": branch.map_run.as_deref(),
        "ResultWriterDetails": { "Bucket": destination.bucket, "Key": destination.key },
    });
    complete(run, plan, map, branch, Json::new(result))
}

/// The store could not be read or written.
pub(crate) fn not_stored(
    run: &mut Run<'_>,
    branch: &mut Branch,
    purpose: TaskPurpose,
    reported: &Reported,
) -> Failure {
    let error = match purpose {
        TaskPurpose::WriteResults => names::RESULT_WRITER_FAILED,
        _ => names::ITEM_READER_FAILED,
    };
    run_failed(run, branch, error, reported.cause.as_deref().unwrap_or(""))
}

/// A child execution of a distributed Map failed: tolerated, or the end of the run.
pub(super) fn iteration_failed(
    run: &mut Run<'_>,
    plan: &StatePlan,
    branch: &mut Branch,
    index: usize,
) -> Result<Progress, Failure> {
    if tolerated(branch) {
        return one_done(run, plan, branch, index, LastEvents::default(), None);
    }
    call_off(run, plan, branch, false);
    branch.phase = Phase::Do;
    let cause = "The specified tolerated failure threshold was exceeded";
    Err(run_failed(
        run,
        branch,
        names::EXCEED_TOLERATED_FAILURE_THRESHOLD,
        cause,
    ))
}

/// Notes a failure; whether the run goes on.
fn tolerated(branch: &mut Branch) -> bool {
    let Phase::Children(children) = &mut branch.phase else {
        return false;
    };
    let total = children.results.len();
    let Some(map) = &mut children.map else {
        return false;
    };
    map.failed += 1;
    let by_count = map.tolerated_count.map(|count| map.failed as u64 <= count);
    let by_percentage = map
        .tolerated_percentage
        .map(|most| map.failed as f64 * 100.0 <= most * total as f64);
    match (by_count, by_percentage) {
        (None, None) => false,
        (Some(fits), None) | (None, Some(fits)) => fits,
        (Some(count), Some(percentage)) => count && percentage,
    }
}

/// The run of a distributed Map failed as a whole.
pub(super) fn run_failed(
    run: &mut Run<'_>,
    branch: &mut Branch,
    error: &str,
    cause: &str,
) -> Failure {
    let details = ErrorDetails {
        error: Some(error.into()),
        cause: Some(cause.into()),
    };
    run.record(
        branch,
        EventType::MapRunFailed,
        Some(Details::MapRunFailedEventDetails(details)),
    );
    Failure::reported(error, Some(cause))
}
