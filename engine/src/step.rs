//! The one function that moves an execution: an event comes in, effects come out, nothing else happens.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use jiff::Timestamp;

use crate::branch::{Branch, Phase, TaskPurpose};
use crate::definition::{Kind, StatePlan};
use crate::event::{Effect, Event, Outcome, Status, TaskId, TimerId};
use crate::execution::{Execution, TimerUse};
use crate::failure::{Failure, Reported, names};
use crate::history::{DataDetails, Details, ErrorDetails, EventType, ExecutionStarted};
use crate::json::Json;
use crate::left::Left;
use crate::limits::EXPRESS_LIMIT_SECONDS;
use crate::run::{Progress, Run};
use crate::scope::Variables;
use crate::spawn::Seedling;
use crate::state::{item_reader, map, map_results, result_writer, task};
use crate::{task_events, timestamp};

/// Lets an execution react to an event. What it wants done is added to `effects`, in order.
///
/// The same definition, start and events with the same times give the same effects, byte for byte.
/// Events about tasks and timers that are over change nothing, so that late and repeated answers are harmless.
pub fn step(execution: &mut Execution, event: Event, now: Timestamp, effects: &mut Vec<Effect>) {
    if let Event::ActivityExists { activity, exists } = event {
        return execution.know_activity(activity, exists);
    }
    let is_over = execution.outcome.is_some();
    if is_over != matches!(event, Event::Redrive)
        || execution.started.is_none() != matches!(event, Event::Begin)
    {
        return;
    }
    let definition = Arc::clone(&execution.definition);
    let start = Arc::clone(&execution.start);
    let now = timestamp::to_millisecond(now);
    let mut run = Run {
        execution,
        definition: &definition,
        start: &start,
        now,
        effects,
        left: Left::default(),
    };
    match event {
        Event::Begin => run.begin(),
        Event::Stop { error, cause } => run.stop(error, cause),
        // Known by now, and nothing more to do.
        Event::ActivityExists { .. } => {}
        Event::Redrive => run.redrive(),
        Event::TimerFired { timer } => run.timer_fired(timer),
        Event::ActivityStarted { task, worker_name } => {
            run.during_task(task, |run, _, branch| {
                task_events::activity_started(run, branch, worker_name)
            });
        }
        Event::TaskSubmitted { task, output } => {
            run.during_task(task, |run, plan, branch| {
                if let Kind::Task(task) = &plan.kind {
                    task_events::submitted(run, task, branch, output);
                }
            });
        }
        Event::UpdateMapRun {
            map_run_arn,
            max_concurrency,
            tolerated_failure_count,
            tolerated_failure_percentage,
        } => {
            let change = map::Change {
                max_concurrency,
                tolerated_failure_count,
                tolerated_failure_percentage,
            };
            map::update(&mut run, &map_run_arn, &change);
        }
        Event::Heartbeat { task } => run.during_task(task, |run, _, branch| run.heartbeat(branch)),
        Event::TaskSucceeded { task, output } => run.task_succeeded(task, output),
        Event::TaskFailed { task, error, cause } => {
            let error = error.map(Arc::from);
            let cause = cause.map(Arc::from);
            run.task_failed(
                task,
                Reported {
                    error,
                    cause,
                    ..Reported::default()
                },
            );
        }
    }
    run.settle();
}

impl Run<'_> {
    fn begin(&mut self) {
        self.execution.started = Some(self.now);
        let started = ExecutionStarted {
            input: self.start.input.clone(),
            input_details: DataDetails::default(),
            role_arn: Arc::clone(&self.start.role_arn),
        };
        self.append(
            0,
            EventType::ExecutionStarted,
            Some(Details::ExecutionStartedEventDetails(started)),
        );
        self.start_the_clock();
        self.spawn(Seedling {
            parent: None,
            machine: 0,
            // History shows the text that came in once; from the first state on it is the engine's own.
            input: self.start.input.compact(),
            variables: Variables::default(),
            item: None,
            child: None,
            // AWS lets the first state follow nothing.
            previous: 0,
            silent: false,
        });
    }

    /// Sets the timer for the whole execution.
    pub(crate) fn start_the_clock(&mut self) {
        let own = self.definition.timeout_seconds();
        let longest = match self.start.kind {
            WorkflowKind::Standard => own,
            WorkflowKind::Express => Some(
                own.unwrap_or(EXPRESS_LIMIT_SECONDS)
                    .min(EXPRESS_LIMIT_SECONDS),
            ),
        };
        if let Some(seconds) = longest {
            self.set_timer_in(seconds, TimerUse::Execution);
        }
    }

    fn stop(&mut self, error: Option<String>, cause: Option<String>) {
        let (error, cause) = (error.map(Arc::from), cause.map(Arc::from));
        let details = ErrorDetails {
            error: error.clone(),
            cause: cause.clone(),
        };
        self.append(
            0,
            EventType::ExecutionAborted,
            Some(Details::ExecutionAbortedEventDetails(details)),
        );
        self.end(Outcome {
            status: Status::Aborted,
            output: None,
            error,
            cause,
            at: self.now,
        });
    }

    fn execution_timed_out(&mut self) {
        let error: Option<Arc<str>> = Some(Arc::from(names::TIMEOUT));
        let details = ErrorDetails {
            error: error.clone(),
            cause: None,
        };
        self.append(
            0,
            EventType::ExecutionTimedOut,
            Some(Details::ExecutionTimedOutEventDetails(details)),
        );
        self.end(Outcome {
            status: Status::TimedOut,
            output: None,
            error,
            cause: None,
            at: self.now,
        });
    }

    fn timer_fired(&mut self, timer: TimerId) {
        match self.execution.timers.remove(&timer) {
            None => {}
            Some(TimerUse::Execution) => self.execution_timed_out(),
            Some(TimerUse::Wait(id)) => self.execution.ready.push_back(id),
            Some(TimerUse::Backoff(id)) => {
                if let Some(branch) = self.execution.branches.get_mut(id).and_then(Option::as_mut) {
                    branch.phase = Phase::Do;
                    self.execution.ready.push_back(id);
                }
            }
            Some(TimerUse::TaskTimeout(id, at)) => self.tasks_timed_out((id, false), at),
            Some(TimerUse::Heartbeat(id, at)) => self.tasks_timed_out((id, true), at),
            Some(TimerUse::Child(number)) => self.child_timed_out(number),
        }
    }

    /// A task ran out of time, or fell silent. Where several do in the same instant, AWS notes all of them before the first
    /// has consequences for the others.
    fn tasks_timed_out(&mut self, first: (usize, bool), at: Timestamp) {
        let mut over = vec![first];
        over.extend(
            self.execution
                .timers
                .values()
                .filter_map(|usage| match usage {
                    TimerUse::TaskTimeout(id, due) if *due == at => Some((*id, false)),
                    TimerUse::Heartbeat(id, due) if *due == at => Some((*id, true)),
                    _ => None,
                }),
        );
        let mut failures = Vec::new();
        for (id, heartbeat) in over {
            if let Some(failure) = self.note_timeout(id, heartbeat) {
                failures.push((id, failure));
            }
        }
        for (id, failure) in failures {
            // It is gone where an earlier failure called it off.
            if let Some(branch) = self.take(id) {
                self.after(branch, Err(failure));
            }
        }
    }

    fn note_timeout(&mut self, id: usize, heartbeat: bool) -> Option<Failure> {
        let mut branch = self.take(id)?;
        let definition = self.definition;
        let plan = definition.state(branch.machine, branch.state);
        let failure = task::close(self, &mut branch).map(|wait| {
            self.effects.push(Effect::CancelTask { task: wait.task });
            match plan.map(|plan| &plan.kind) {
                Some(Kind::Task(task)) => task::timed_out(self, task, &mut branch, heartbeat),
                _ => Failure::reported(names::TIMEOUT, None),
            }
        });
        self.put_back(branch);
        failure
    }

    /// Lets something happen to the branch that waits for a task, which goes on waiting.
    fn during_task(
        &mut self,
        task: TaskId,
        happen: impl FnOnce(&mut Self, &StatePlan, &mut Branch),
    ) {
        let Some(id) = self.execution.tasks.get(&task).copied() else {
            return;
        };
        let Some(mut branch) = self.take(id) else {
            return;
        };
        let definition = self.definition;
        if let Some(plan) = definition.state(branch.machine, branch.state) {
            happen(self, plan, &mut branch);
        }
        self.put_back(branch);
    }

    fn heartbeat(&mut self, branch: &mut Branch) {
        let Phase::Task(wait) = &mut branch.phase else {
            return;
        };
        if let Some((timer, seconds)) = wait.heartbeat.take() {
            self.cancel_timer(timer);
            let timer = task::await_heartbeat(self, branch, seconds);
            if let Phase::Task(wait) = &mut branch.phase {
                wait.heartbeat = Some((timer, seconds));
            }
        }
    }

    fn task_succeeded(&mut self, task: TaskId, output: Json) {
        self.task_over(task, |run, plan, branch, purpose| {
            match (&plan.kind, purpose) {
                (Kind::Task(task), _) => task::succeeded(run, plan, task, branch, output),
                (Kind::Map(map), TaskPurpose::ReadItems(reading)) => {
                    item_reader::answered(run, plan, map, branch, *reading, &output)
                }
                (Kind::Map(map), TaskPurpose::WriteResults(writing)) => {
                    result_writer::go_on(run, plan, map, branch, *writing)
                }
                _ => Ok(Progress::Waits),
            }
        });
    }

    fn task_failed(&mut self, task: TaskId, reported: Reported) {
        self.task_over(task, |run, plan, branch, purpose| match &plan.kind {
            Kind::Task(task) => Err(task::failed(run, task, branch, reported)),
            Kind::Map(_) => Err(map_results::not_stored(run, branch, &purpose, &reported)),
            _ => Err(Failure::Reported(reported)),
        });
    }

    fn task_over(
        &mut self,
        task: TaskId,
        go_on: impl FnOnce(&mut Self, &StatePlan, &mut Branch, TaskPurpose) -> Result<Progress, Failure>,
    ) {
        let Some(id) = self.execution.tasks.get(&task).copied() else {
            return;
        };
        let Some(mut branch) = self.take(id) else {
            return;
        };
        let definition = self.definition;
        let Some(plan) = definition.state(branch.machine, branch.state) else {
            return;
        };
        if let Some(wait) = task::close(self, &mut branch) {
            let progress = go_on(self, plan, &mut branch, wait.purpose);
            self.after(branch, progress);
        }
    }
}
