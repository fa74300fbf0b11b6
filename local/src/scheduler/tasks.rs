//! Tasks: who carries them out, and how their answers become events.

use std::sync::{Arc, PoisonError};

use comanda_asl::{Pattern, Resource};
use comanda_engine::{Event, Json, TaskId, TaskRequest};

use super::{Boxed, Facts, RunningExecution, Scheduler};
use crate::journal::JournalError;

/// Carries out tasks: calls functions and services.
pub trait TaskRunner: Send + Sync {
    /// Carries out one task. After a crash the same task may come again.
    fn run(&self, task: TaskOfExecution) -> Boxed<TaskAnswer>;

    /// Nobody waits for this task any more: a job that it started may be stopped. At best effort, as at AWS.
    fn cancel(&self, task: TaskOfExecution) -> Boxed<()>;
}

/// A task and whose it is.
#[derive(Debug, Clone)]
pub struct TaskOfExecution {
    /// What the engine wants done.
    pub request: TaskRequest,
    /// For which execution.
    pub execution: Arc<Facts>,
}

/// What a task came to.
pub enum TaskAnswer {
    /// It is done.
    Succeeded(Json),
    /// It failed.
    Failed(TaskFailure),
    /// The service took it; the token will be brought back.
    Submitted(Json),
    /// The service took it, and this tells how its job ends.
    Job(Json, Boxed<Result<Json, TaskFailure>>),
    /// It waits for a worker; all further news comes by its token.
    Queued,
}

/// Why a task failed, as `Retry` and `Catch` see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailure {
    /// The error's name.
    pub error: String,
    /// What is said about it.
    pub cause: String,
}

impl Scheduler {
    /// Says who carries out tasks, and begins to let time pass. What a journal left undone must be recovered before.
    pub fn run_with(&self, runner: Arc<dyn TaskRunner>) {
        if self.0.runner.set(runner).is_err() {
            return;
        }
        self.spawn_timers();
        let undone = {
            let mut undone = self.0.undone.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *undone)
        };
        for (execution, task, is_submitted) in undone {
            // What a service or a worker has taken, and will answer by token, is not asked for twice.
            let target = task.target();
            let answers_by_token = target.pattern() == Pattern::WaitForTaskToken
                || matches!(target, Resource::Activity { .. });
            if !(is_submitted && answers_by_token) {
                self.spawn_task(&execution, task, is_submitted);
            }
        }
    }

    /// Carries out a task that is no execution's. None if nobody carries out tasks yet.
    pub async fn try_task(&self, task: TaskOfExecution) -> Option<TaskAnswer> {
        let runner = self.0.runner.get().cloned()?;
        let mut closing = self.0.closing.clone();
        tokio::select! {
            answer = runner.run(task) => Some(answer),
            _ = closing.wait_for(|closing| *closing) => None,
        }
    }

    pub(super) fn spawn_task(
        &self,
        execution: &Arc<RunningExecution>,
        request: TaskRequest,
        is_submitted: bool,
    ) {
        let runner = {
            // Under the lock: `run_with` takes the list after it has set the runner, so nothing is left on it.
            let mut undone = self.0.undone.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(runner) = self.0.runner.get().cloned() else {
                undone.push((Arc::clone(execution), request, is_submitted));
                return;
            };
            runner
        };
        let (scheduler, execution) = (self.clone(), Arc::clone(execution));
        tokio::spawn(async move {
            let task = request.task;
            let answer = runner.run(TaskOfExecution {
                request,
                execution: Arc::clone(&execution.facts),
            });
            let mut closing = scheduler.0.closing.clone();
            let told = tokio::select! {
                told = async {
                    scheduler.report(&execution, task, answer.await, is_submitted).await
                } => told,
                _ = closing.wait_for(|closing| *closing) => return,
            };
            if let Err(error) = told {
                // After the restart the task comes again.
                tracing::error!(%error, execution = %execution.facts.start.execution_arn, "a task's answer is lost");
            }
        });
    }

    pub(super) fn spawn_cancel(&self, execution: &Arc<RunningExecution>, request: TaskRequest) {
        if let Some(runner) = self.0.runner.get() {
            tokio::spawn(runner.cancel(TaskOfExecution {
                request,
                execution: Arc::clone(&execution.facts),
            }));
        }
    }

    async fn report(
        &self,
        execution: &Arc<RunningExecution>,
        task: TaskId,
        answer: TaskAnswer,
        is_submitted: bool,
    ) -> Result<(), JournalError> {
        let event = match answer {
            TaskAnswer::Queued => return Ok(()),
            TaskAnswer::Succeeded(output) => Event::TaskSucceeded { task, output },
            TaskAnswer::Failed(failure) => failed(task, failure),
            TaskAnswer::Submitted(output) => Event::TaskSubmitted { task, output },
            TaskAnswer::Job(output, end) => {
                if !is_submitted {
                    self.tell(execution, Event::TaskSubmitted { task, output })
                        .await?;
                }
                match end.await {
                    Ok(output) => Event::TaskSucceeded { task, output },
                    Err(failure) => failed(task, failure),
                }
            }
        };
        self.tell(execution, event).await
    }
}

fn failed(task: TaskId, failure: TaskFailure) -> Event {
    Event::TaskFailed {
        task,
        error: Some(failure.error),
        cause: Some(failure.cause),
    }
}
