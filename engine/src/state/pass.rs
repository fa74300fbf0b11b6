//! Pass: passes its input on, or makes data.

use crate::branch::Branch;
use crate::definition::{Flow, StatePlan};
use crate::failure::Failure;
use crate::flow::{Completion, View};
use crate::json::Json;
use crate::run::{Progress, Run};

pub(super) fn run(
    run: &Run<'_>,
    plan: &StatePlan,
    result: Option<&Json>,
    branch: &Branch,
) -> Result<Progress, Failure> {
    done(&run.view(plan, branch), plan, result).map(Progress::Done)
}

/// What a Pass makes of what it sees.
pub(crate) fn done(
    view: &View<'_>,
    plan: &StatePlan,
    result: Option<&Json>,
) -> Result<Completion, Failure> {
    match (&plan.flow, result) {
        (Flow::Jsonata(_), _) => view.pass_through(plan),
        (Flow::Paths(_), Some(result)) => view.complete(plan, result.clone()),
        (Flow::Paths(_), None) => view.complete(plan, view.payload(plan)?),
    }
}
