//! Pass: passes its input on, or makes data.

use crate::branch::Branch;
use crate::definition::{Flow, StatePlan};
use crate::failure::Failure;
use crate::json::Json;
use crate::run::{Progress, Run};

pub(super) fn run(
    run: &Run<'_>,
    plan: &StatePlan,
    result: Option<&Json>,
    branch: &Branch,
) -> Result<Progress, Failure> {
    let view = run.view(plan, branch);
    let completion = match (&plan.flow, result) {
        (Flow::Jsonata(_), _) => view.pass_through(plan)?,
        (Flow::Paths(_), Some(result)) => view.complete(plan, result.clone())?,
        (Flow::Paths(_), None) => view.complete(plan, view.payload(plan)?)?,
    };
    Ok(Progress::Done(completion))
}
