//! What happens when a state fails: history, `Retry`, `Catch`, and the way up.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::branch::{Branch, Phase};
use crate::catch;
use crate::definition::{Kind, StatePlan};
use crate::execution::TimerUse;
use crate::failure::{Failure, Reported, names};
use crate::flow::{Completion, evaluate_all, evaluate_or, fill_all};
use crate::history::{Details, EvaluationFailed, EventType};
use crate::json::Json;
use crate::retry;
use crate::run::Run;
use crate::state;

impl Run<'_> {
    /// A state failed: it is tried again, or another state takes over, or its branch fails.
    pub(crate) fn fail(&mut self, mut branch: Branch, failure: Failure) {
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
            return self.put_back(branch);
        }
        match &plan.kind {
            Kind::Map(_) => self.record(&mut branch, EventType::MapStateFailed, None),
            Kind::Parallel(_) => self.record(&mut branch, EventType::ParallelStateFailed, None),
            _ => {}
        }
        match self.caught(plan, &branch, &reported) {
            None => self.fail_branch(branch, reported),
            Some(Ok(completion)) => self.leave(branch, completion),
            Some(Err(failure)) => {
                let reported = self.report(plan, &mut branch, failure);
                self.fail_branch(branch, reported);
            }
        }
    }

    /// A failure that neither `Retry` nor `Catch` may have: the data is too large.
    pub(crate) fn fail_whole_state(&mut self, mut branch: Branch, failure: Failure) {
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

    /// What the first rule of `Catch` that fits makes of an error.
    fn caught(
        &self,
        plan: &StatePlan,
        branch: &Branch,
        reported: &Reported,
    ) -> Option<Result<Completion, Failure>> {
        let catching = plan
            .catch
            .iter()
            .find(|catching| catch::matches(&catching.errors, reported))?;
        let error_output = Json::new(error_output(reported));
        let view = self.view(plan, branch);
        let next = crate::definition::Next::State(catching.next);
        Some(match &plan.flow {
            crate::definition::Flow::Paths(_) => {
                fill_all(&catching.assign, &view.scope(&error_output)).and_then(|assigned| {
                    let output = view.place(&catching.result_path, error_output.clone())?;
                    Ok(Completion {
                        output,
                        assigned,
                        next,
                    })
                })
            }
            crate::definition::Flow::Jsonata(_) => {
                let surroundings = view.surroundings(None, Some(&error_output));
                evaluate_or(catching.output.as_ref(), &surroundings, &error_output).and_then(
                    |output| {
                        let assigned = evaluate_all(&catching.assign, &surroundings)?;
                        Ok(Completion {
                            output,
                            assigned,
                            next,
                        })
                    },
                )
            }
        })
    }

    /// A branch failed for good.
    pub(crate) fn fail_branch(&mut self, branch: Branch, reported: Reported) {
        match branch.parent {
            Some(parent) if !reported.fatal || branch.silent => {
                state::children::failed(self, branch, parent, reported);
            }
            _ => self.fail_execution(branch.previous, reported.error, reported.cause),
        }
    }
}

/// What a `Catch` has to work with.
fn error_output(reported: &Reported) -> Value {
    let cause = match (&reported.cause, reported.error.as_deref()) {
        // A timeout has no cause in history, and an empty one here.
        (None, Some(names::TIMEOUT)) => Some(""),
        (cause, _) => cause.as_deref(),
    };
    json!({ "Error": reported.error.as_deref(), "Cause": cause })
}
