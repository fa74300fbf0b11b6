//! The eight state types, one file each, and the children that Parallel and Map have in common.

pub(crate) mod child_execution;
pub(crate) mod children;
pub(crate) mod choice;
pub(crate) mod fail;
pub(crate) mod item_batcher;
mod item_formats;
pub(crate) mod item_reader;
pub(crate) mod map;
pub(crate) mod map_items;
pub(crate) mod map_results;
pub(crate) mod numbers;
mod parallel;
pub(crate) mod pass;
pub(crate) mod result_writer;
mod store_call;
mod succeed;
pub(crate) mod task;
pub(crate) mod wait;

use crate::branch::Branch;
use crate::definition::{Kind, StatePlan};
use crate::failure::Failure;
use crate::history::EventType;
use crate::run::{Progress, Run};

/// Does what a state does, after it was entered or when it is tried again.
pub(crate) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    match &plan.kind {
        Kind::Pass(result) => pass::run(run, plan, result.as_ref(), branch),
        Kind::Task(task) => task::run(run, plan, task, branch),
        Kind::Choice(choice) => choice::run(run, plan, choice, branch),
        Kind::Wait(wait) => wait::run(run, plan, wait, branch),
        Kind::Succeed => succeed::run(run, plan, branch),
        Kind::Fail { error, cause } => fail::run(run, plan, error.as_ref(), cause.as_ref(), branch),
        Kind::Parallel(machines) => parallel::run(run, plan, machines, branch),
        Kind::Map(map) => map::run(run, plan, map, branch),
    }
}

pub(crate) fn entered_event(kind: &Kind) -> EventType {
    match kind {
        Kind::Pass(_) => EventType::PassStateEntered,
        Kind::Task(_) => EventType::TaskStateEntered,
        Kind::Choice(_) => EventType::ChoiceStateEntered,
        Kind::Wait(_) => EventType::WaitStateEntered,
        Kind::Succeed => EventType::SucceedStateEntered,
        Kind::Fail { .. } => EventType::FailStateEntered,
        Kind::Parallel(_) => EventType::ParallelStateEntered,
        Kind::Map(_) => EventType::MapStateEntered,
    }
}

pub(crate) fn exited_event(kind: &Kind) -> EventType {
    match kind {
        Kind::Pass(_) => EventType::PassStateExited,
        Kind::Task(_) => EventType::TaskStateExited,
        Kind::Choice(_) => EventType::ChoiceStateExited,
        Kind::Wait(_) => EventType::WaitStateExited,
        // A Fail is never left.
        Kind::Succeed | Kind::Fail { .. } => EventType::SucceedStateExited,
        Kind::Parallel(_) => EventType::ParallelStateExited,
        Kind::Map(_) => EventType::MapStateExited,
    }
}

/// What history says of a state that was given up in the middle, if it says anything.
pub(crate) fn aborted_event(kind: &Kind) -> Option<EventType> {
    match kind {
        Kind::Task(_) => Some(EventType::TaskStateAborted),
        Kind::Wait(_) => Some(EventType::WaitStateAborted),
        Kind::Parallel(_) => Some(EventType::ParallelStateAborted),
        Kind::Map(_) => Some(EventType::MapStateAborted),
        Kind::Pass(_) | Kind::Choice(_) | Kind::Succeed | Kind::Fail { .. } => None,
    }
}
