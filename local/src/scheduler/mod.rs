//! Executions in real time: each is stepped by one writer at a time, what it did is in the journal before any of it
//! has an effect, and after a crash its events are replayed.
//!
//! The language is `comanda-engine`'s business, the API is [`crate::aws`]'s; who carries out a task is a [`TaskRunner`].

mod abandon;
mod execution;
mod map_runs;
mod recovery;
mod redrive;
mod store;
mod tasks;
mod timers;
mod tokens;
mod views;

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
};

use comanda_engine::{Definition, Effect, Event, Execution, Start, TaskId, TaskRequest, step};
use comanda_tasks::ports::Clock;
use tokio::sync::{OwnedMutexGuard, broadcast, watch};

pub use execution::{Facts, RunningExecution, StartedBy, Summary, Through};
pub use map_runs::{ChildExecution, MapRuns};
pub use recovery::{Recovered, Refused};
pub use redrive::{RedriveError, Redrives, refusal};
pub use tasks::{TaskAnswer, TaskFailure, TaskOfExecution, TaskRunner};
pub use tokens::TokenError;

use self::{
    execution::{Live, Noted},
    timers::Timers,
};
use crate::journal::{Journal, JournalError};

/// A future that anyone may await.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

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
    /// What it is started through.
    pub through: Through,
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
    /// In order of their starts, as the lists below.
    all: Vec<Arc<RunningExecution>>,
    by_machine: HashMap<Arc<str>, Vec<Arc<RunningExecution>>>,
    by_order: HashMap<Box<str>, Vec<Arc<RunningExecution>>>,
    last_number: i64,
}

/// The member of an input that says which order an execution is about.
const ORDER_ID: &str = "orderId";

impl Known {
    fn add(&mut self, execution: &Arc<RunningExecution>) {
        let facts = &execution.facts;
        self.last_number = self.last_number.max(facts.number);
        self.by_arn.insert(
            Arc::clone(&facts.start.execution_arn),
            Arc::clone(execution),
        );
        self.all.push(Arc::clone(execution));
        self.by_machine
            .entry(Arc::clone(&facts.start.state_machine_arn))
            .or_default()
            .push(Arc::clone(execution));
        let order = facts.start.input.get(ORDER_ID);
        if let Some(order) = order.and_then(serde_json::Value::as_str) {
            let of_order = self.by_order.entry(order.into()).or_default();
            of_order.push(Arc::clone(execution));
        }
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
        self.read_known(|known| {
            let listed = match machine_arn {
                Some(arn) => known.by_machine.get(arn),
                None => Some(&known.all),
            };
            listed.into_iter().flatten().rev().cloned().collect()
        })
    }

    /// The newest executions of all machines, newest first.
    #[must_use]
    pub fn newest(&self, limit: usize) -> Vec<Arc<RunningExecution>> {
        self.read_known(|known| known.all.iter().rev().take(limit).cloned().collect())
    }

    /// The executions whose input names this order, oldest first.
    #[must_use]
    pub fn of_order(&self, order_id: &str) -> Vec<Arc<RunningExecution>> {
        self.read_known(|known| known.by_order.get(order_id).cloned().unwrap_or_default())
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
            through: request.through,
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

    /// Steps an execution; what waits for the disk in a task of its own: a caller that goes away must not leave a step
    /// half done.
    async fn advance(
        &self,
        execution: Arc<RunningExecution>,
        live: OwnedMutexGuard<Live>,
        event: Event,
    ) -> Result<(), JournalError> {
        if !self.0.journal.is_durable() {
            return self.step(&execution, live, event).await;
        }
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
        match live.execution.as_mut() {
            Some(engine) => step(engine, event.clone(), now, &mut effects),
            None => effects.extend(self.abandon(execution, &event, now)?),
        }
        if effects.is_empty() {
            return Ok(());
        }
        if self.0.journal.is_durable() {
            let change = store::append(&execution.facts, &live, now, &event, &effects)
                .map_err(|error| JournalError::Stopped(error.to_string()))?;
            self.0.journal.commit(change).durable().await?;
        }
        let keeps_all = !self.0.journal.is_durable();
        let ended = effects.iter().find_map(|effect| match effect {
            Effect::Ended(outcome) => Some(outcome.clone()),
            _ => None,
        });
        let noted = self.apply(execution, &mut live, &event, effects);
        if event == Event::Redrive {
            execution.summary.send_replace(Summary {
                redrives: Arc::clone(&live.redrives),
                ..Summary::running()
            });
        }
        if let Some(outcome) = ended {
            let summary = Summary {
                events: live.events(),
                redrives: Arc::clone(&live.redrives),
                ..Summary::ended(outcome)
            };
            live.end(keeps_all);
            execution.summary.send_replace(summary);
        }
        drop(live);
        for task in noted.tasks {
            self.spawn_task(execution, task, false);
        }
        for task in noted.cancelled {
            self.spawn_cancel(execution, task);
        }
        // Nobody may be listening.
        let _ = self.0.changes.send(Changed {
            execution_arn: Arc::clone(&execution.facts.start.execution_arn),
        });
        Ok(())
    }

    /// Notes what a durable step asked for, and gives what is to be done about tasks.
    fn apply(
        &self,
        execution: &Arc<RunningExecution>,
        live: &mut Live,
        event: &Event,
        effects: Vec<Effect>,
    ) -> Noted {
        let noted = live.note(event, effects);
        for (timer, at) in &noted.timers {
            self.0.timers.set(*at, execution, *timer);
        }
        if !(noted.tasks.is_empty() && noted.over.is_empty()) {
            let mut tokens = self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            for task in &noted.tasks {
                if let Some(token) = &task.token {
                    let place = (Arc::clone(execution), task.task);
                    tokens.insert(token.as_str().to_owned(), place);
                }
            }
            // The journal knows which were ever made; without one this is all that does.
            if self.0.journal.is_durable() {
                for token in &noted.over {
                    tokens.remove(token.as_str());
                }
            }
        }
        noted
    }
}

#[cfg(test)]
mod tests;
