//! Executions in real time: each is stepped by one writer at a time, what it did is in the journal before any of it
//! has an effect, and after a crash its events are replayed.
//!
//! The language is `comanda-engine`'s business, the API is [`crate::aws`]'s; who carries out a task is a [`TaskRunner`].

mod execution;
mod recovery;
mod store;
mod timers;
mod tokens;
mod views;

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
};

use comanda_asl::{Pattern, Resource};
use comanda_engine::{
    Definition, Effect, Event, Execution, Json, Start, TaskId, TaskRequest, step,
};
use comanda_tasks::ports::Clock;
use tokio::sync::{OwnedMutexGuard, broadcast, watch};

pub use execution::{Facts, RunningExecution, StartedBy, Summary};
pub use recovery::{Recovered, Refused};
pub use tokens::TokenError;

use self::{execution::Live, timers::Timers};
use crate::journal::{Journal, JournalError};

/// A future that anyone may await.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Carries out tasks: calls functions and services.
pub trait TaskRunner: Send + Sync {
    /// Carries out one task. After a crash the same task may come again.
    fn run(&self, task: TaskOfExecution) -> Boxed<TaskAnswer>;
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

/// An execution changed: for pages that show it live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which one.
    pub execution_arn: Arc<str>,
}

/// What is started.
pub struct StartRequest {
    /// The compiled definition.
    pub definition: Arc<Definition>,
    /// Which text it was compiled from.
    pub revision: String,
    /// What the execution is told; its seed too.
    pub start: Start,
    /// The task that starts it, if it is a child.
    pub started_by: Option<StartedBy>,
}

/// What a start came to.
pub enum Started {
    /// It runs now.
    New(Arc<RunningExecution>),
    /// There is one of this name already.
    Existing(Arc<RunningExecution>),
}

/// All executions. Cheap to clone.
#[derive(Clone)]
pub struct Scheduler(Arc<Inner>);

struct Inner {
    journal: Journal,
    clock: Arc<dyn Clock>,
    /// Turns true when the stack shuts down: what is out then is taken up at the next start.
    closing: watch::Receiver<bool>,
    known: RwLock<Known>,
    tokens: Mutex<HashMap<String, (Arc<RunningExecution>, TaskId)>>,
    timers: Timers,
    runner: OnceLock<Arc<dyn TaskRunner>>,
    /// Tasks that were out when the journal was left; they wait for the runner.
    undone: Mutex<Vec<(Arc<RunningExecution>, TaskRequest, bool)>>,
    changes: broadcast::Sender<Changed>,
}

#[derive(Default)]
struct Known {
    by_arn: HashMap<Arc<str>, Arc<RunningExecution>>,
    /// In order of their starts.
    by_machine: BTreeMap<Arc<str>, Vec<Arc<RunningExecution>>>,
    last_number: i64,
}

impl Known {
    fn add(&mut self, execution: &Arc<RunningExecution>) {
        let facts = &execution.facts;
        self.last_number = self.last_number.max(facts.number);
        self.by_arn.insert(
            Arc::clone(&facts.start.execution_arn),
            Arc::clone(execution),
        );
        self.by_machine
            .entry(Arc::clone(&facts.start.state_machine_arn))
            .or_default()
            .push(Arc::clone(execution));
    }
}

impl Scheduler {
    /// A scheduler without executions; [`Scheduler::recover`] brings those of the journal.
    #[must_use]
    pub fn new(journal: Journal, clock: Arc<dyn Clock>, closing: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Inner {
            journal,
            clock,
            closing,
            known: RwLock::default(),
            tokens: Mutex::default(),
            timers: Timers::default(),
            runner: OnceLock::new(),
            undone: Mutex::default(),
            changes: broadcast::channel(1_024).0,
        }))
    }

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

    /// News of changes, for whoever listens from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.0.changes.subscribe()
    }

    /// One execution.
    #[must_use]
    pub fn find(&self, arn: &str) -> Option<Arc<RunningExecution>> {
        self.read_known(|known| known.by_arn.get(arn).cloned())
    }

    /// The executions of a machine, newest first; of all machines without one.
    #[must_use]
    pub fn list(&self, machine_arn: Option<&str>) -> Vec<Arc<RunningExecution>> {
        self.read_known(|known| match machine_arn {
            Some(arn) => {
                let of_machine = known.by_machine.get(arn);
                of_machine.into_iter().flatten().rev().cloned().collect()
            }
            None => {
                let mut all: Vec<_> = known.by_arn.values().cloned().collect();
                all.sort_by_key(|execution| std::cmp::Reverse(execution.facts.number));
                all
            }
        })
    }

    fn read_known<T>(&self, read: impl FnOnce(&Known) -> T) -> T {
        read(&self.0.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts an execution; answers when its start is durable. An existing one of the same name is given back, durable
    /// too.
    pub async fn start(&self, request: StartRequest) -> Result<Started, JournalError> {
        let known = self.add(request);
        let (execution, live) = match known {
            Ok(new) => new,
            Err(existing) => {
                // Whoever started it may still wait for the disk, with the lock.
                drop(existing.live.lock().await);
                return Ok(Started::Existing(existing));
            }
        };
        self.advance(Arc::clone(&execution), live, Event::Begin)
            .await?;
        Ok(Started::New(execution))
    }

    /// Makes an execution known, with its lock held so that nobody sees it before it is durable; or gives the one that
    /// has its ARN.
    #[allow(
        clippy::type_complexity,
        reason = "either a new one with its lock, or the existing one"
    )]
    fn add(
        &self,
        request: StartRequest,
    ) -> Result<(Arc<RunningExecution>, OwnedMutexGuard<Live>), Arc<RunningExecution>> {
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(existing) = known.by_arn.get(&request.start.execution_arn) {
            return Err(Arc::clone(existing));
        }
        let facts = Facts {
            number: known.last_number + 1,
            started_at: self.0.clock.now(),
            revision: request.revision,
            started_by: request.started_by,
            start: request.start.clone(),
        };
        let engine = Execution::new(request.definition, request.start);
        let execution = RunningExecution::new(facts, engine);
        // Nobody else has seen this lock, so it is free.
        let live = Arc::clone(&execution.live).try_lock_owned();
        let live = live.map_err(|_| Arc::clone(&execution))?;
        known.add(&execution);
        Ok((execution, live))
    }

    /// Tells an execution that something happened; answers when that is durable. What comes after its end, or about a
    /// task or timer that is over, changes nothing.
    pub async fn tell(
        &self,
        execution: &Arc<RunningExecution>,
        event: Event,
    ) -> Result<(), JournalError> {
        let live = Arc::clone(&execution.live).lock_owned().await;
        self.advance(Arc::clone(execution), live, event).await
    }

    /// Steps an execution in a task of its own: a caller that goes away must not leave a step half done.
    async fn advance(
        &self,
        execution: Arc<RunningExecution>,
        live: OwnedMutexGuard<Live>,
        event: Event,
    ) -> Result<(), JournalError> {
        let scheduler = self.clone();
        let stepped = tokio::spawn(async move { scheduler.step(&execution, live, event).await });
        match stepped.await {
            Ok(result) => result,
            Err(error) => Err(JournalError::Stopped(error.to_string())),
        }
    }

    /// The one place where executions move. INVARIANT: nothing that a step asks for is done, and nobody is told of it,
    /// before the step is durable.
    async fn step(
        &self,
        execution: &Arc<RunningExecution>,
        mut live: OwnedMutexGuard<Live>,
        event: Event,
    ) -> Result<(), JournalError> {
        let now = self.0.clock.now();
        let mut effects = Vec::new();
        let Some(engine) = live.execution.as_mut() else {
            return Ok(());
        };
        step(engine, event.clone(), now, &mut effects);
        if effects.is_empty() {
            return Ok(());
        }
        if self.0.journal.is_durable() {
            let change = store::append(&execution.facts, live.steps, now, &event, &effects)
                .map_err(|error| JournalError::Stopped(error.to_string()))?;
            self.0.journal.commit(change).durable().await?;
        }
        let keeps_history = !self.0.journal.is_durable();
        let ended = effects.iter().find_map(|effect| match effect {
            Effect::Ended(outcome) => Some(outcome.clone()),
            _ => None,
        });
        let tasks = self.apply(execution, &mut live, &event, effects);
        if let Some(outcome) = ended {
            live.end(keeps_history);
            execution.summary.send_replace(Summary::ended(outcome));
        }
        drop(live);
        for task in tasks {
            self.spawn_task(execution, task, false);
        }
        // Nobody may be listening.
        let _ = self.0.changes.send(Changed {
            execution_arn: Arc::clone(&execution.facts.start.execution_arn),
        });
        Ok(())
    }

    /// Notes what a durable step asked for; gives the tasks that are to be run.
    fn apply(
        &self,
        execution: &Arc<RunningExecution>,
        live: &mut Live,
        event: &Event,
        effects: Vec<Effect>,
    ) -> Vec<TaskRequest> {
        let noted = live.note(event, effects);
        for (timer, at) in noted.timers {
            self.0.timers.set(at, execution, timer);
        }
        if !noted.tasks.is_empty() {
            let mut tokens = self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            for task in &noted.tasks {
                if let Some(token) = &task.token {
                    let place = (Arc::clone(execution), task.task);
                    tokens.insert(token.as_str().to_owned(), place);
                }
            }
        }
        noted.tasks
    }

    fn spawn_task(
        &self,
        execution: &Arc<RunningExecution>,
        request: TaskRequest,
        is_submitted: bool,
    ) {
        let Some(runner) = self.0.runner.get().cloned() else {
            let mut undone = self.0.undone.lock().unwrap_or_else(PoisonError::into_inner);
            undone.push((Arc::clone(execution), request, is_submitted));
            return;
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
