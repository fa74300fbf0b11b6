//! What Parallel and Map have in common: children that end, and the end of all of them.

use std::sync::Arc;

use serde_json::Value;

use super::{aborted_event, child_execution, map, map_results};
use crate::branch::{Branch, BranchId, Children, EndedChild, Parent, Phase};
use crate::context::ChildExecution;
use crate::definition::{Kind, StatePlan};
use crate::event::{Effect, Outcome, Status};
use crate::failure::{Failure, Reported};
use crate::history::EventType;
use crate::json::Json;
use crate::run::{Progress, Run};

/// A child reached its end.
pub(crate) fn succeeded(run: &mut Run<'_>, child: Box<Branch>, parent: Parent, output: Json) {
    let definition = run.definition;
    let Some(mut branch) = run.take(parent.branch) else {
        return;
    };
    let Some(plan) = definition.state(branch.machine, branch.state) else {
        return;
    };
    let mut iteration_event = child.previous;
    let mut output = Some(output);
    if run.is_root_of_child(&child) {
        let outcome =
            child_execution::outcome(run, Status::Succeeded, output.take(), &Reported::default());
        child_over(run, &mut branch, &child, parent, outcome);
    } else if let Kind::Map(_) = &plan.kind {
        iteration_event = map::record_iteration(
            run,
            plan,
            &child,
            parent.index,
            EventType::MapIterationSucceeded,
        );
    }
    run.vacate(child.id);
    let last = LastEvents {
        state: child.previous,
        iteration: iteration_event,
    };
    let progress = one_done(run, plan, &mut branch, parent.index, last, output);
    run.after(branch, progress);
}

/// A child execution is over, and its Map notes how it ended.
fn child_over(
    run: &mut Run<'_>,
    branch: &mut Branch,
    root: &Branch,
    parent: Parent,
    outcome: Outcome,
) {
    if let Some(child) = &root.child {
        child_execution::end(run, child, root.previous, outcome.clone());
        note_end(branch, parent.index, child, outcome);
    }
}

fn note_end(branch: &mut Branch, index: usize, child: &Arc<ChildExecution>, outcome: Outcome) {
    let Phase::Children(children) = &mut branch.phase else {
        return;
    };
    let ended = children.map.as_mut().map(|map| &mut map.ended);
    if let Some(slot) = ended.and_then(|ended| ended.get_mut(index)) {
        let child = Arc::clone(child);
        *slot = Some(EndedChild { child, outcome });
    }
}

/// A child execution of a distributed Map failed.
pub(crate) fn child_failed(
    run: &mut Run<'_>,
    root: Box<Branch>,
    parent: Parent,
    reported: Reported,
    status: Status,
) {
    let definition = run.definition;
    let Some(mut branch) = run.take(parent.branch) else {
        return;
    };
    let Some(plan) = definition.state(branch.machine, branch.state) else {
        return;
    };
    let Kind::Map(map) = &plan.kind else {
        return;
    };
    let outcome = child_execution::outcome(run, status, None, &reported);
    child_over(run, &mut branch, &root, parent, outcome);
    run.vacate(root.id);
    let progress = map_results::iteration_failed(run, plan, map, &mut branch, parent.index);
    run.after(branch, progress);
}

/// What the next event may follow when a child ended: its last state's, or what was said of the iteration.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LastEvents {
    state: u64,
    iteration: u64,
}

/// Takes one child's result, and goes on where it was the last.
pub(super) fn one_done(
    run: &mut Run<'_>,
    plan: &StatePlan,
    branch: &mut Branch,
    index: usize,
    last: LastEvents,
    output: Option<Json>,
) -> Result<Progress, Failure> {
    let Phase::Children(children) = &mut branch.phase else {
        return Ok(Progress::Waits);
    };
    children.running.remove(&index);
    children.done += 1;
    if let Some(slot) = children.results.get_mut(index) {
        *slot = output;
    }
    let finished = children.done == children.results.len();
    match &plan.kind {
        Kind::Map(map) if !finished => map::start_more(run, plan, map, branch, last.state),
        Kind::Map(map) => {
            if !map.distributed {
                branch.previous = last.iteration;
            }
            map_results::finish(run, plan, map, branch)
        }
        _ if !finished => Ok(Progress::Waits),
        _ => {
            branch.previous = last.state;
            let results = gather(branch);
            run.record_aside(branch, EventType::ParallelStateSucceeded, None);
            run.view(plan, branch)
                .complete(plan, results)
                .map(Progress::Done)
        }
    }
}

/// The results of all children, in order.
pub(super) fn gather(branch: &mut Branch) -> Json {
    let Phase::Children(children) = &mut branch.phase else {
        return Json::new(Value::Array(Vec::new()));
    };
    let results = std::mem::take(&mut children.results);
    Json::new(Value::Array(
        results
            .into_iter()
            .flatten()
            .map(Json::into_value)
            .collect(),
    ))
}

/// A child failed for good: the others are called off, and the parent's state fails.
pub(crate) fn failed(run: &mut Run<'_>, child: Box<Branch>, parent: Parent, reported: Reported) {
    if run.is_root_of_child(&child) {
        return child_failed(run, child, parent, reported, Status::Failed);
    }
    let definition = run.definition;
    let Some(mut branch) = run.take(parent.branch) else {
        return;
    };
    let Some(plan) = definition.state(branch.machine, branch.state) else {
        return;
    };
    if let Kind::Map(_) = &plan.kind {
        map::record_iteration(
            run,
            plan,
            &child,
            parent.index,
            EventType::MapIterationFailed,
        );
    }
    branch.previous = child.previous;
    record_abort(run, &child);
    run.vacate(child.id);
    call_off(run, plan, &mut branch, true);
    branch.set_aside(parent.index, child);
    branch.phase = Phase::Do;
    run.fail(branch, Failure::Reported(reported));
}

/// Ends all children that still run, and what they wait for; what is left of them is kept for a redrive.
pub(super) fn call_off(
    run: &mut Run<'_>,
    plan: &StatePlan,
    branch: &mut Branch,
    with_history: bool,
) {
    if matches!(&plan.kind, Kind::Map(map) if map.distributed) {
        return call_off_executions(run, branch);
    }
    let Phase::Children(children) = &mut branch.phase else {
        return;
    };
    let running = std::mem::take(&mut children.running);
    let broken = branch.broken.get_or_insert_default();
    broken.results = std::mem::take(&mut children.results);
    broken.map = children.map.take();
    let mut evicted = Vec::with_capacity(running.len());
    for (index, id) in running {
        let Some(mut child) = run.take(id) else {
            continue;
        };
        // AWS lets all of these follow the event that everything failed with.
        let previous = std::mem::replace(&mut child.previous, branch.previous);
        if with_history {
            if matches!(&plan.kind, Kind::Map(_)) {
                map::record_iteration(run, plan, &child, index, EventType::MapIterationAborted);
            }
            record_abort(run, &child);
        }
        child.previous = previous;
        release(run, &mut child);
        evicted.push(id);
        branch.set_aside(index, child);
    }
    run.evict(&evicted);
}

/// Ends all child executions of a distributed Map that still run. A redrive does their items again, in new ones.
fn call_off_executions(run: &mut Run<'_>, branch: &mut Branch) {
    let Phase::Children(children) = &mut branch.phase else {
        return;
    };
    let running = std::mem::take(&mut children.running);
    let mut evicted = Vec::with_capacity(running.len());
    for (index, id) in running {
        let Some(mut root) = run.take(id) else {
            continue;
        };
        release(run, &mut root);
        evicted.push(id);
        let Some(execution) = root.child.clone() else {
            continue;
        };
        let outcome = child_execution::called_off(run);
        let last = run.execution.children.get(&execution.number);
        let last = last.map_or(0, |running| running.last_event);
        child_execution::end(run, &execution, last, outcome.clone());
        note_end(branch, index, &execution, outcome);
    }
    run.evict(&evicted);
}

fn record_abort(run: &mut Run<'_>, child: &Branch) {
    if child.map_run.is_some() {
        run.record_aside(child, EventType::MapRunAborted, None);
    }
    let definition = run.definition;
    let event = definition
        .state(child.machine, child.state)
        .and_then(|plan| aborted_event(&plan.kind));
    if let Some(event) = event.filter(|_| !matches!(child.phase, Phase::Enter)) {
        run.record_aside(child, event, None);
    }
}

/// Lets go of the timers, tasks and children a branch holds.
pub(super) fn release(run: &mut Run<'_>, branch: &mut Branch) {
    let definition = run.definition;
    if let Some(map_run) = branch.map_run {
        run.end_map_run(map_run, Status::Aborted);
    }
    match &branch.phase {
        Phase::Enter | Phase::Do => {}
        Phase::Wait(timer) | Phase::Backoff(timer) => run.cancel_timer(*timer),
        Phase::Task(wait) => {
            let task = wait.task;
            for timer in wait
                .timeout
                .into_iter()
                .chain(wait.heartbeat.map(|(timer, _)| timer))
            {
                run.cancel_timer(timer);
            }
            if run.execution.tasks.remove(&task).is_some() {
                run.effects.push(Effect::CancelTask { task });
            }
        }
        Phase::Children(_) => {
            if let Some(plan) = definition.state(branch.machine, branch.state) {
                call_off(run, plan, branch, false);
            }
        }
    }
}

/// The children that stand for the given results, none of them running yet.
pub(crate) fn none_running(results: usize) -> Children {
    Children {
        running: std::collections::BTreeMap::new(),
        results: vec![None; results],
        done: 0,
        map: None,
    }
}

/// Notes a child that began.
pub(super) fn began(branch: &mut Branch, index: usize, child: BranchId) {
    if let Phase::Children(children) = &mut branch.phase {
        children.running.insert(index, child);
    }
}
