//! The child executions of a distributed Map: each has an input, a history and an end of its own.

use std::sync::Arc;

use comanda_asl::WorkflowKind;

use super::children;
use crate::branch::{Branch, BranchId, Parent};
use crate::context::ChildExecution;
use crate::definition::{MapPlan, StatePlan};
use crate::event::{Effect, Outcome, Status, TimerId};
use crate::execution::TimerUse;
use crate::failure::{Failure, Reported, names};
use crate::history::{
    DataDetails, Details, ErrorDetails, EventType, ExecutionStarted, ExecutionSucceeded,
    HistoryEvent,
};
use crate::json::Json;
use crate::limits::{EXPRESS_LIMIT_SECONDS, HISTORY_LIMIT_CAUSE, HISTORY_LIMIT_EVENTS};
use crate::map_run::ChildStarted;
use crate::run::Run;
use crate::scope::Variables;
use crate::spawn::Seedling;

/// What an execution keeps of a child that runs.
#[derive(Debug, Clone)]
pub(crate) struct RunningChild {
    pub(crate) child: Arc<ChildExecution>,
    /// The branch that its states begin with.
    pub(crate) root: BranchId,
    pub(crate) last_event: u64,
    /// Its history is full: it fails as soon as it is looked at again.
    pub(crate) is_full: bool,
    /// When it has run for too long, where it is an express one.
    timer: Option<TimerId>,
}

/// Starts a child for an item, or a batch of items.
pub(super) fn begin(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    parent: Parent,
    map_run: usize,
    input: Json,
) -> BranchId {
    let child = Arc::new(made(run, plan, map, map_run, input));
    tell(run, &child);
    let number = child.number;
    let timer = child
        .is_express
        .then(|| run.set_timer_in(EXPRESS_LIMIT_SECONDS, TimerUse::Child(number)));
    let running = RunningChild {
        child: Arc::clone(&child),
        root: 0,
        last_event: 0,
        is_full: false,
        timer,
    };
    run.execution.children.insert(number, running);
    run.left.child();
    let started = ExecutionStarted {
        input: child.input.clone(),
        input_details: DataDetails::default(),
        role_arn: Arc::clone(&run.start.role_arn),
    };
    let details = Some(Details::ExecutionStartedEventDetails(started));
    run.append_to(Some(&*child), 0, EventType::ExecutionStarted, details);
    // It knows nothing of its parent: neither variables nor the item it was made for.
    let root = run.spawn(Seedling {
        parent: Some(parent),
        machine: map.machine,
        input: child.input.clone(),
        variables: Variables::default(),
        item: None,
        previous: 0,
        silent: child.is_express,
        child: Some(Arc::clone(&child)),
    });
    if let Some(running) = run.execution.children.get_mut(&number) {
        running.root = root;
    }
    if let Some(map_run) = run.execution.map_runs.get_mut(map_run) {
        map_run.child_began(child.item_count);
    }
    root
}

fn made(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    map_run: usize,
    input: Json,
) -> ChildExecution {
    let mut chance = run.execution.chance.get();
    let name = chance.next_uuid();
    run.execution.chance.set(chance);
    let label = Arc::clone(map.label.as_ref().unwrap_or(&plan.name));
    let machine = run
        .start
        .state_machine_arn
        .replacen(":stateMachine:", ":execution:", 1);
    ChildExecution {
        number: run.number(),
        arn: Arc::from(format!("{machine}/{label}:{name}")),
        name: Arc::from(name),
        item_count: match &map.batch {
            Some(_) => super::item_batcher::count(&input),
            None => 1,
        },
        input,
        started: run.now,
        label,
        map_run,
        is_express: map.is_express,
    }
}

fn tell(run: &mut Run<'_>, child: &ChildExecution) {
    let map_run = run.execution.map_runs.get(child.map_run);
    let started = ChildStarted {
        execution_arn: Arc::clone(&child.arn),
        execution_name: Arc::clone(&child.name),
        map_run_arn: map_run
            .map_or_else(|| Arc::from(""), |map_run| Arc::clone(&map_run.map_run_arn)),
        state_machine_arn: Arc::from(machine_arn(run, child)),
        kind: if child.is_express {
            WorkflowKind::Express
        } else {
            WorkflowKind::Standard
        },
        input: child.input.clone(),
        item_count: child.item_count,
        started_at: child.started,
    };
    run.effects.push(Effect::ChildStarted(Box::new(started)));
}

pub(super) fn machine_arn(run: &Run<'_>, child: &ChildExecution) -> String {
    format!("{}/{}", run.start.state_machine_arn, child.label)
}

/// A child is over, for good or bad: its history ends, and the map run counts it. None where it was over already.
pub(super) fn end(
    run: &mut Run<'_>,
    child: &ChildExecution,
    previous: u64,
    outcome: Outcome,
) -> Option<()> {
    let running = run.execution.children.get_mut(&child.number)?;
    let timer = running.timer.take();
    if let Some(timer) = timer {
        run.cancel_timer(timer);
    }
    let error = || ErrorDetails {
        error: outcome.error.clone(),
        cause: outcome.cause.clone(),
    };
    let (event, details) = match (outcome.status, &outcome.output) {
        (Status::Succeeded, Some(output)) => {
            let output = ExecutionSucceeded {
                output: output.clone(),
                output_details: DataDetails::default(),
            };
            (
                EventType::ExecutionSucceeded,
                Details::ExecutionSucceededEventDetails(output),
            )
        }
        (Status::TimedOut, _) => (
            EventType::ExecutionTimedOut,
            Details::ExecutionTimedOutEventDetails(error()),
        ),
        (Status::Aborted, _) => (
            EventType::ExecutionAborted,
            Details::ExecutionAbortedEventDetails(error()),
        ),
        _ => (
            EventType::ExecutionFailed,
            Details::ExecutionFailedEventDetails(error()),
        ),
    };
    run.append_to(Some(child), previous, event, Some(details));
    run.execution.children.remove(&child.number);
    if let Some(map_run) = run.execution.map_runs.get_mut(child.map_run) {
        map_run.child_ended(child.item_count, outcome.status);
    }
    run.effects.push(Effect::ChildEnded {
        execution: Arc::clone(&child.arn),
        outcome,
    });
    Some(())
}

/// The end of a child that nobody waits for any more.
pub(super) fn called_off(run: &Run<'_>) -> Outcome {
    outcome(run, Status::Aborted, None, &Reported::default())
}

/// How a child ended.
pub(super) fn outcome(
    run: &Run<'_>,
    status: Status,
    output: Option<Json>,
    reported: &Reported,
) -> Outcome {
    Outcome {
        status,
        output,
        error: reported.error.clone(),
        cause: reported.cause.clone(),
        at: run.now,
    }
}

impl Run<'_> {
    /// Writes an event to the history of a child execution, or to the execution's own.
    pub(crate) fn append_to(
        &mut self,
        child: Option<&ChildExecution>,
        previous: u64,
        event_type: EventType,
        details: Option<Details>,
    ) -> u64 {
        let Some(child) = child else {
            return self.append(previous, event_type, details);
        };
        let now = self.now;
        let Some(running) = self.execution.children.get_mut(&child.number) else {
            return previous;
        };
        if child.is_express {
            return previous;
        }
        if running.last_event + 1 >= HISTORY_LIMIT_EVENTS && !event_type.ends_execution() {
            running.is_full = true;
            return previous;
        }
        self.left.event();
        running.last_event += 1;
        let event = HistoryEvent {
            timestamp: now,
            event_type,
            id: running.last_event,
            previous_event_id: previous,
            details,
        };
        let id = event.id;
        self.effects.push(Effect::RecordChild {
            execution: Arc::clone(&child.arn),
            event,
        });
        id
    }

    /// Whether the branch is the first of a child execution.
    pub(crate) fn is_root_of_child(&self, branch: &Branch) -> bool {
        let child = branch.child.as_ref();
        let running = child.and_then(|child| self.execution.children.get(&child.number));
        running.is_some_and(|running| running.root == branch.id)
    }

    /// Whether the branch is part of a child execution whose history is full.
    pub(crate) fn is_in_full_child(&self, branch: &Branch) -> bool {
        let child = branch.child.as_ref();
        let running = child.and_then(|child| self.execution.children.get(&child.number));
        running.is_some_and(|running| running.is_full)
    }

    /// The child execution of a branch fails as a whole, wherever in it the branch stands.
    pub(crate) fn fail_child(&mut self, branch: Box<Branch>, reported: Reported, status: Status) {
        let Some(child) = branch.child.clone() else {
            return;
        };
        let Some(root) = self
            .execution
            .children
            .get(&child.number)
            .map(|running| running.root)
        else {
            return;
        };
        let previous = branch.previous;
        // Its tasks and timers are let go of together with everybody else's.
        self.put_back(branch);
        let Some(mut root) = self.take(root) else {
            return;
        };
        children::release(self, &mut root);
        root.previous = previous;
        if let Some(parent) = root.parent {
            children::child_failed(self, root, parent, reported, status);
        }
    }

    /// A child execution with a full history fails.
    pub(crate) fn fail_full_child(&mut self, branch: Box<Branch>) {
        let reported = Reported {
            error: Some(Arc::from(names::RUNTIME)),
            cause: Some(Arc::from(HISTORY_LIMIT_CAUSE)),
            ..Reported::default()
        };
        self.fail_child(branch, reported, Status::Failed);
    }

    /// An express child ran for too long.
    pub(crate) fn child_timed_out(&mut self, number: u64) {
        let running = self.execution.children.get_mut(&number);
        let Some(root) = running.map(|running| {
            running.timer = None;
            running.root
        }) else {
            return;
        };
        let Some(branch) = self.take(root) else {
            return;
        };
        let Failure::Reported(reported) = Failure::reported(names::TIMEOUT, None) else {
            return;
        };
        self.execution.ready.retain(|ready| *ready != root);
        self.fail_child(branch, reported, Status::TimedOut);
    }

    /// The execution ends: so do all children and map runs that still run.
    pub(crate) fn end_children(&mut self) {
        let running: Vec<Arc<ChildExecution>> = self
            .execution
            .children
            .values()
            .map(|running| Arc::clone(&running.child))
            .collect();
        for child in running {
            let last = self
                .execution
                .children
                .get(&child.number)
                .map_or(0, |running| running.last_event);
            let outcome = called_off(self);
            end(self, &child, last, outcome);
        }
        for place in 0..self.execution.map_runs.len() {
            self.end_map_run(place, Status::Aborted);
        }
    }

    /// A map run is over.
    pub(crate) fn end_map_run(&mut self, place: usize, status: Status) {
        let now = self.now;
        let Some(map_run) = self.execution.map_runs.get_mut(place) else {
            return;
        };
        if map_run.status == Status::Running {
            map_run.status = status;
            map_run.stopped_at = Some(now);
            let map_run = Box::new(map_run.clone());
            self.effects.push(Effect::MapRun(map_run));
        }
    }
}
