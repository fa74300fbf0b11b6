//! What comes of a Map: its results, and in a distributed one the failures that are tolerated.

use super::children::{call_off, gather, one_done};
use crate::branch::{Branch, Phase};
use crate::definition::{MapPlan, StatePlan};
use crate::failure::{Failure, Reported, names};
use crate::history::{Details, ErrorDetails, EventType};
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

/// A child execution of a distributed Map failed: tolerated, or the end of the run.
pub(super) fn iteration_failed(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    index: usize,
    reported: Reported,
) -> Result<Progress, Failure> {
    if tolerated(branch) {
        return one_done(run, plan, branch, index, 0, None);
    }
    call_off(run, plan, branch, false);
    branch.phase = Phase::Do;
    let _ = reported;
    let cause = "The specified tolerated failure threshold was exceeded";
    Err(run_failed(
        run,
        map,
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
        // A threshold of zero that is written beside the other one is not a second condition.
        (None, None) => false,
        (Some(fits), None) | (None, Some(fits)) => fits,
        (Some(count), Some(percentage)) => count && percentage,
    }
}

/// The run of a distributed Map failed as a whole.
pub(super) fn run_failed(
    run: &mut Run<'_>,
    _map: &MapPlan,
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
