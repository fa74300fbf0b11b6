//! What happens when a state fails: history, `Retry`, `Catch`, and the way up.

use std::sync::Arc;

use crate::branch::{Branch, Phase};
use crate::catch;
use crate::definition::{Kind, StatePlan};
use crate::event::Status;
use crate::execution::TimerUse;
use crate::failure::{Failure, Reported, names};
use crate::history::{Details, EvaluationFailed, EventType};
use crate::retry;
use crate::run::Run;
use crate::state;

impl Run<'_> {
    /// A state failed: it is tried again, or another state takes over, or its branch fails.
    pub(crate) fn fail(&mut self, mut branch: Box<Branch>, failure: Failure) {
        let definition = self.definition;
        let Some(plan) = definition.state(branch.machine, branch.state) else {
            return;
        };
        let reported = self.report(plan, &mut branch, failure);
        if reported.fatal {
            return self.fail_branch(branch, reported);
        }
        if let Some(delay) = retry::delay(
            &plan.retry,
            &reported,
            &mut branch.retries,
            &self.execution.chance,
        ) {
            let at = self
                .now
                .saturating_add(delay)
                .unwrap_or(jiff::Timestamp::MAX);
            let timer = self.set_timer(at, TimerUse::Backoff(branch.id));
            branch.phase = Phase::Backoff(timer);
            branch.broken = None;
            return self.put_back(branch);
        }
        match &plan.kind {
            Kind::Map(_) => self.record(&mut branch, EventType::MapStateFailed, None),
            Kind::Parallel(_) => self.record(&mut branch, EventType::ParallelStateFailed, None),
            _ => {}
        }
        let caught = catch::caught(&self.view(plan, &branch), plan, &reported);
        match caught {
            None => self.fail_branch(branch, reported),
            Some((_, Ok(completion))) => {
                branch.broken = None;
                self.leave(branch, completion);
            }
            Some((_, Err(failure))) => {
                let reported = self.report(plan, &mut branch, failure);
                self.fail_branch(branch, reported);
            }
        }
    }

    /// A failure that neither `Retry` nor `Catch` may have: the data is too large.
    pub(crate) fn fail_whole_state(&mut self, mut branch: Box<Branch>, failure: Failure) {
        let definition = self.definition;
        let Some(plan) = definition.state(branch.machine, branch.state) else {
            return;
        };
        let reported = self.report(plan, &mut branch, failure);
        self.fail_branch(branch, reported);
    }

    /// Puts a failure into the words that history and error output have.
    fn report(&mut self, plan: &StatePlan, branch: &mut Branch, failure: Failure) -> Reported {
        let told = |message: &str| -> Arc<str> {
            Arc::from(format!(
                "An error occurred while executing the state '{}' (entered at the event id #{}). {message}",
                plan.name, branch.entered_event
            ))
        };
        match failure {
            Failure::Reported(reported) => reported,
            Failure::Misfit { error, message } => Reported {
                error: Some(Arc::from(error)),
                cause: Some(told(&message)),
                fatal: error == names::RUNTIME,
                ..Reported::default()
            },
            Failure::Query { message, location } => {
                let cause = told(&message);
                // As long as nothing else happened in the state, AWS lets this follow what was before it.
                branch.previous = branch.before_entry.unwrap_or(branch.previous);
                let details = EvaluationFailed {
                    error: Arc::from(names::QUERY_EVALUATION_ERROR),
                    cause: Arc::clone(&cause),
                    location,
                    state: Arc::clone(&plan.name),
                };
                let details = Details::EvaluationFailedEventDetails(Box::new(details));
                self.record(branch, EventType::EvaluationFailed, Some(details));
                Reported {
                    error: Some(Arc::from(names::QUERY_EVALUATION_ERROR)),
                    cause: Some(cause),
                    ..Reported::default()
                }
            }
        }
    }

    /// A branch failed for good.
    pub(crate) fn fail_branch(&mut self, branch: Box<Branch>, reported: Reported) {
        match branch.parent {
            Some(parent) if !reported.fatal || self.is_root_of_child(&branch) => {
                state::children::failed(self, branch, parent, reported);
            }
            Some(_) if branch.child.is_some() => self.fail_child(branch, reported, Status::Failed),
            _ => {
                let previous = branch.previous;
                // A redrive goes on from here.
                self.put_back(branch);
                self.fail_execution(previous, reported.error, reported.cause);
            }
        }
    }
}
