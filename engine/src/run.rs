//! One step of an execution: what is at hand while an event is worked off, and how branches move.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use jiff::{SignedDuration, Timestamp};

use crate::branch::{Branch, BranchId, Phase};
use crate::context::{ContextSource, MapItem};
use crate::definition::{Definition, Kind, Next, StatePlan};
use crate::event::{Effect, Outcome, Status, TimerId};
use crate::execution::{Execution, Start, TimerUse};
use crate::failure::{Failure, names};
use crate::flow::{Completion, View};
use crate::history::{
    DataDetails, Details, ErrorDetails, EventType, HistoryEvent, StateEntered, StateExited,
};
use crate::json::Json;
use crate::left::Left;
use crate::limits::{HISTORY_LIMIT_CAUSE, HISTORY_LIMIT_EVENTS, check_assigned, check_size};
use crate::scope::Variables;
use crate::state;

/// An execution in motion.
pub(crate) struct Run<'step> {
    pub(crate) execution: &'step mut Execution,
    pub(crate) definition: &'step Definition,
    pub(crate) start: &'step Start,
    pub(crate) now: Timestamp,
    pub(crate) effects: &'step mut Vec<Effect>,
    pub(crate) left: Left,
}

/// What a state did when it was its turn.
pub(crate) enum Progress {
    /// It waits for an event.
    Waits,
    /// It is done.
    Done(Completion),
}

impl<'step> Run<'step> {
    /// Lets branches go on until all of them wait or the execution is over.
    pub(crate) fn settle(&mut self) {
        while self.execution.outcome.is_none() {
            let Some(id) = self.execution.ready.pop_front() else {
                return;
            };
            if let Err(cause) = self.left.turn() {
                let error = Some(Arc::from(names::RUNTIME));
                return self.fail_execution(0, error, Some(Arc::from(cause)));
            }
            if let Some(mut branch) = self.take(id) {
                let progress = self.advance(&mut branch);
                self.after(branch, progress);
            }
        }
    }

    /// What a state is left with after its turn.
    pub(crate) fn after(&mut self, branch: Box<Branch>, progress: Result<Progress, Failure>) {
        if self.is_in_full_child(&branch) {
            return self.fail_full_child(branch);
        }
        match progress {
            Ok(Progress::Waits) => self.put_back(branch),
            Ok(Progress::Done(completion)) => self.leave(branch, completion),
            Err(failure) => self.fail(branch, failure),
        }
    }

    fn advance(&mut self, branch: &mut Branch) -> Result<Progress, Failure> {
        let definition = self.definition;
        let Some(plan) = definition.state(branch.machine, branch.state) else {
            return Err(Failure::runtime("The state does not exist."));
        };
        if matches!(branch.phase, Phase::Enter) {
            self.enter(plan, branch)?;
        }
        state::run(self, plan, branch)
    }

    fn enter(&mut self, plan: &StatePlan, branch: &mut Branch) -> Result<(), Failure> {
        branch.entered_at = self.now;
        branch.retries.clear();
        branch.broken = None;
        branch.phase = Phase::Do;
        let entered = StateEntered {
            name: Arc::clone(&plan.name),
            input: branch.input.clone(),
            input_details: DataDetails::default(),
        };
        let before = branch.previous;
        let details = Some(Details::StateEnteredEventDetails(entered));
        self.record(branch, state::entered_event(&plan.kind), details);
        branch.before_entry = Some(before);
        branch.entered_event = branch.previous;
        Ok(())
    }

    /// A state is done: its variables are set, history says so, and the next state is up.
    pub(crate) fn leave(&mut self, mut branch: Box<Branch>, completion: Completion) {
        let definition = self.definition;
        let Some(plan) = definition.state(branch.machine, branch.state) else {
            return;
        };
        let fits = check_size(&completion.output, &plan.name)
            .and_then(|()| check_assigned(&branch.variables, &completion.assigned, &plan.name));
        if let Err(failure) = fits {
            return self.fail_whole_state(branch, failure);
        }
        self.left.made(&branch, &completion);
        let assigned = assign(&mut branch.variables, &completion.assigned);
        let exited = StateExited {
            name: Arc::clone(&plan.name),
            output: completion.output.clone(),
            output_details: DataDetails::default(),
            assigned_variables_details: assigned.as_ref().map(|_| DataDetails::default()),
            assigned_variables: assigned,
        };
        self.record(
            &mut branch,
            state::exited_event(&plan.kind),
            Some(Details::StateExitedEventDetails(exited)),
        );
        match completion.next {
            Next::State(next) => {
                branch.state = next;
                branch.input = completion.output;
                branch.phase = Phase::Enter;
                self.execution.ready.push_back(branch.id);
                self.put_back(branch);
            }
            Next::End => self.end_branch(branch, completion.output),
        }
    }

    /// A branch reached its end.
    pub(crate) fn end_branch(&mut self, branch: Box<Branch>, output: Json) {
        match branch.parent {
            None => {
                let details =
                    Details::ExecutionSucceededEventDetails(crate::history::ExecutionSucceeded {
                        output: output.clone(),
                        output_details: DataDetails::default(),
                    });
                self.append(
                    branch.previous,
                    EventType::ExecutionSucceeded,
                    Some(details),
                );
                self.end(Outcome {
                    status: Status::Succeeded,
                    output: Some(output),
                    error: None,
                    cause: None,
                    at: self.now,
                });
            }
            Some(parent) => state::children::succeeded(self, branch, parent, output),
        }
    }

    /// The execution is over: everything that still waits is called off.
    pub(crate) fn end(&mut self, outcome: Outcome) {
        self.end_children();
        for task in std::mem::take(&mut self.execution.tasks).into_keys() {
            self.effects.push(Effect::CancelTask { task });
        }
        for timer in std::mem::take(&mut self.execution.timers).into_keys() {
            self.effects.push(Effect::CancelTimer { timer });
        }
        self.execution.ready.clear();
        if outcome.status != Status::Succeeded && self.start.kind == WorkflowKind::Standard {
            self.execution.remains = self.execution.take_remains();
        }
        self.execution.branches.clear();
        self.execution.vacant.clear();
        self.execution.outcome = Some(outcome.clone());
        self.effects.push(Effect::Ended(outcome));
    }

    /// Writes an event that follows the branch's last one, and is the last one from now on.
    pub(crate) fn record(
        &mut self,
        branch: &mut Branch,
        event_type: EventType,
        details: Option<Details>,
    ) {
        branch.before_entry = None;
        if !branch.silent {
            let child = branch.child.as_deref();
            branch.previous = self.append_to(child, branch.previous, event_type, details);
        }
    }

    /// Writes an event that follows the branch's last one, which stays the last one.
    pub(crate) fn record_aside(
        &mut self,
        branch: &Branch,
        event_type: EventType,
        details: Option<Details>,
    ) -> u64 {
        if branch.silent {
            branch.previous
        } else {
            self.append_to(
                branch.child.as_deref(),
                branch.previous,
                event_type,
                details,
            )
        }
    }

    /// Writes an event; its number is what comes back.
    pub(crate) fn append(
        &mut self,
        previous: u64,
        event_type: EventType,
        details: Option<Details>,
    ) -> u64 {
        if self.execution.outcome.is_some() {
            return previous;
        }
        let ends = event_type.ends_execution();
        let full = self.execution.last_event + 1 >= HISTORY_LIMIT_EVENTS
            && self.start.kind == WorkflowKind::Standard;
        if full && !ends {
            self.fail_execution(
                previous,
                Some(Arc::from(names::RUNTIME)),
                Some(Arc::from(HISTORY_LIMIT_CAUSE)),
            );
            return previous;
        }
        self.left.event();
        self.execution.last_event += 1;
        let id = self.execution.last_event;
        self.effects.push(Effect::Record(HistoryEvent {
            timestamp: self.now,
            event_type,
            id,
            previous_event_id: previous,
            details,
        }));
        id
    }

    pub(crate) fn fail_execution(
        &mut self,
        previous: u64,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    ) {
        let details = ErrorDetails {
            error: error.clone(),
            cause: cause.clone(),
        };
        let details = Details::ExecutionFailedEventDetails(details);
        self.append(previous, EventType::ExecutionFailed, Some(details));
        self.end(Outcome {
            status: Status::Failed,
            output: None,
            error,
            cause,
            at: self.now,
        });
    }

    /// What a branch's state can see.
    pub(crate) fn view<'view>(
        &'view self,
        plan: &'view StatePlan,
        branch: &'view Branch,
    ) -> View<'view> {
        self.view_of(plan, branch, branch.item.as_deref())
    }

    /// The same, inside another iteration.
    pub(crate) fn view_of<'view>(
        &'view self,
        plan: &'view StatePlan,
        branch: &'view Branch,
        item: Option<&'view MapItem>,
    ) -> View<'view> {
        let can_retry = matches!(plan.kind, Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_));
        let token = match &branch.phase {
            Phase::Task(wait) => wait.token.as_ref(),
            _ => None,
        };
        View {
            context: ContextSource {
                start: self.start,
                started: self.execution.started.unwrap_or(self.now),
                redrives: self.execution.redrives,
                redriven: self.execution.redriven,
                child: branch.child.as_deref(),
                state_name: &plan.name,
                entered: branch.entered_at,
                retry_count: can_retry.then(|| branch.retries.iter().sum()),
                item,
                token,
                given: None,
            },
            input: &branch.input,
            variables: &branch.variables,
            chance: &self.execution.chance,
            now: self.now,
        }
    }

    /// Asks for an event at a time.
    pub(crate) fn set_timer(&mut self, at: Timestamp, usage: TimerUse) -> TimerId {
        let timer = TimerId(self.number());
        self.execution.timers.insert(timer, usage);
        self.effects.push(Effect::SetTimer { timer, at });
        timer
    }

    pub(crate) fn set_timer_in(&mut self, seconds: u64, usage: TimerUse) -> TimerId {
        self.set_timer(self.later(seconds), usage)
    }

    /// The moment so many seconds from the step's.
    pub(crate) fn later(&self, seconds: u64) -> Timestamp {
        let seconds = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.now.saturating_add(seconds).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn cancel_timer(&mut self, timer: TimerId) {
        if self.execution.timers.remove(&timer).is_some() {
            self.effects.push(Effect::CancelTimer { timer });
        }
    }

    /// A number no task or timer of this execution has had.
    pub(crate) fn number(&mut self) -> u64 {
        self.execution.last_number += 1;
        self.execution.last_number
    }

    /// Takes a branch out, to work on it.
    pub(crate) fn take(&mut self, id: BranchId) -> Option<Box<Branch>> {
        self.execution.branches.get_mut(id)?.take()
    }

    pub(crate) fn put_back(&mut self, branch: Box<Branch>) {
        if self.execution.outcome.is_none()
            && let Some(slot) = self.execution.branches.get_mut(branch.id)
        {
            *slot = Some(branch);
        }
    }
}

/// Sets variables, and gives them as history writes them.
fn assign(
    variables: &mut Variables,
    assigned: &[(Arc<str>, Json)],
) -> Option<std::collections::BTreeMap<Arc<str>, Arc<str>>> {
    if assigned.is_empty() {
        return None;
    }
    let mut written = std::collections::BTreeMap::new();
    let all = Arc::make_mut(variables);
    for (name, value) in assigned {
        written.insert(Arc::clone(name), Arc::from(value.text()));
        all.insert(Arc::clone(name), value.clone());
    }
    Some(written)
}
