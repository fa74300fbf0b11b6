//! What comes of a Map: its results, and in a distributed one the failures that are tolerated and how the run ends.

use std::sync::Arc;

use super::children::{LastEvents, call_off, gather, one_done};
use super::result_writer;
use crate::branch::{Branch, MapChildren, Phase, TaskPurpose};
use crate::definition::{MapPlan, StatePlan};
use crate::event::Status;
use crate::failure::{Failure, Reported, names};
use crate::history::{Details, ErrorDetails, EventType};
use crate::json::Json;
use crate::run::{Progress, Run};

/// The cause of a map run with too many failures.
const THRESHOLD_EXCEEDED: &str = "The specified tolerated failure threshold was exceeded";

/// All iterations are over.
pub(super) fn finish(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    if !map.distributed {
        let results = gather(branch);
        branch.phase = Phase::Do;
        return complete(run, plan, branch, results);
    }
    let children = take_children(branch);
    write_or(run, plan, map, branch, children, None)
}

/// Lets the results be written where there is a destination; else they are the output, or the failure is the end.
fn write_or(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    children: MapChildren,
    failure: Option<(Arc<str>, Arc<str>)>,
) -> Result<Progress, Failure> {
    let destination = map
        .writer
        .as_ref()
        .filter(|writer| writer.resource.is_some());
    if failure.is_some() {
        // A redrive goes on from here.
        branch.broken.get_or_insert_default().map = Some(children.clone());
    }
    match (destination, failure) {
        (Some(writer), failure) => {
            result_writer::begin(run, plan, map, writer, branch, children, failure)
        }
        (None, Some((error, cause))) => Err(run_failed(run, branch, &error, &cause)),
        (None, None) => {
            let output = result_writer::output(run, map, children);
            complete(run, plan, branch, output)
        }
    }
}

/// The children of a distributed Map, which are over.
fn take_children(branch: &mut Branch) -> MapChildren {
    match std::mem::replace(&mut branch.phase, Phase::Do) {
        Phase::Children(children) => children.map.unwrap_or_default(),
        _ => MapChildren::default(),
    }
}

/// The Map is done.
pub(super) fn complete(
    run: &mut Run<'_>,
    plan: &StatePlan,
    branch: &mut Branch,
    results: Json,
) -> Result<Progress, Failure> {
    let last = branch.previous;
    if let Some(map_run) = branch.map_run.take() {
        run.record(branch, EventType::MapRunSucceeded, None);
        run.end_map_run(map_run, Status::Succeeded);
    }
    run.record_aside(branch, EventType::MapStateSucceeded, None);
    branch.previous = last;
    run.view(plan, branch)
        .complete(plan, results)
        .map(Progress::Done)
}

/// The store could not be read or written.
pub(crate) fn not_stored(
    run: &mut Run<'_>,
    branch: &mut Branch,
    purpose: &TaskPurpose,
    reported: &Reported,
) -> Failure {
    let error = match purpose {
        TaskPurpose::WriteResults(_) => names::RESULT_WRITER_FAILED,
        _ => names::ITEM_READER_FAILED,
    };
    run_failed(run, branch, error, reported.cause.as_deref().unwrap_or(""))
}

/// A child execution of a distributed Map failed: tolerated, or the end of the run.
pub(super) fn iteration_failed(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    index: usize,
) -> Result<Progress, Failure> {
    let map_run = branch
        .map_run
        .and_then(|place| run.execution.map_runs.get(place));
    if map_run.is_some_and(crate::map_run::MapRun::is_tolerable) {
        return one_done(run, plan, branch, index, LastEvents::default(), None);
    }
    if let Phase::Children(children) = &mut branch.phase {
        children.running.remove(&index);
    }
    call_off(run, plan, branch, false);
    let children = take_children(branch);
    let failure = (
        Arc::from(names::EXCEED_TOLERATED_FAILURE_THRESHOLD),
        Arc::from(THRESHOLD_EXCEEDED),
    );
    write_or(run, plan, map, branch, children, Some(failure))
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
    if let Some(map_run) = branch.map_run.take() {
        run.end_map_run(map_run, Status::Failed);
    }
    Failure::reported(error, Some(cause))
}
