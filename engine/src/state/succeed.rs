//! Succeed: ends its branch well.

use crate::branch::Branch;
use crate::definition::StatePlan;
use crate::failure::Failure;
use crate::run::{Progress, Run};

pub(super) fn run(run: &Run<'_>, plan: &StatePlan, branch: &Branch) -> Result<Progress, Failure> {
    run.view(plan, branch)
        .pass_through(plan)
        .map(Progress::Done)
}
