//! One execution in this process: what never changes about it, how it stands, and the engine's part behind a lock.

use std::{collections::BTreeMap, sync::Arc};

use comanda_engine::{
    Effect, Event, Execution, HistoryEvent, Json, Outcome, Start, Status, TaskId, TaskRequest,
    TaskToken, TimerId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};

use super::{MapRuns, Redrives};

/// What never changes about an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Counted over all executions of the stack.
    pub number: i64,
    /// When it was started.
    pub started_at: Timestamp,
    /// Which text of the definition it runs.
    pub revision: String,
    /// What it was started through.
    pub through: Through,
    /// The task that started it, if it is a child.
    pub started_by: Option<StartedBy>,
    /// What the engine was told.
    pub start: Start,
}

/// What an execution was started through, besides its machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Through {
    /// The version's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The alias' name; it chose the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The caller's trace header, told back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
}

impl Facts {
    /// The ARNs of the version and the alias, by the names that the API has for them.
    pub fn qualified_arns(&self) -> impl Iterator<Item = (&'static str, String)> {
        let machine = &self.start.state_machine_arn;
        let version = self.through.version.map(|number| number.to_string());
        let alias = self.through.alias.clone();
        [
            ("stateMachineVersionArn", version),
            ("stateMachineAliasArn", alias),
        ]
        .into_iter()
        .filter_map(move |(name, qualifier)| Some((name, format!("{machine}:{}", qualifier?))))
    }
}

/// The task that started a child: after a crash the same task finds the same child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartedBy {
    /// The parent.
    pub execution_arn: String,
    /// The parent's task.
    pub task: TaskId,
}

/// How an execution stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// `RUNNING` or how it ended.
    pub status: Status,
    /// When it ended.
    pub stopped_at: Option<Timestamp>,
    /// Its output, if it ended well.
    pub output: Option<Json>,
    /// The error's name, if it did not.
    pub error: Option<Arc<str>>,
    /// What is said about the error.
    pub cause: Option<Arc<str>>,
    /// How many events its history has, once it has ended.
    pub events: u64,
    /// How often it was redriven.
    pub redrives: Arc<Redrives>,
}

impl Summary {
    /// It goes on.
    #[must_use]
    pub fn running() -> Self {
        Self {
            status: Status::Running,
            stopped_at: None,
            output: None,
            error: None,
            cause: None,
            events: 0,
            redrives: Arc::default(),
        }
    }

    /// It is over.
    #[must_use]
    pub fn ended(outcome: Outcome) -> Self {
        Self {
            status: outcome.status,
            stopped_at: Some(outcome.at),
            output: outcome.output,
            error: outcome.error,
            cause: outcome.cause,
            ..Self::running()
        }
    }
}

/// An execution that the scheduler knows; it may have ended.
pub struct RunningExecution {
    /// What never changes.
    pub facts: Arc<Facts>,
    /// How it stands; durable before it is seen here.
    pub(super) summary: watch::Sender<Summary>,
    /// The one writer's part.
    pub(super) live: Arc<Mutex<Live>>,
}

impl RunningExecution {
    /// An execution that has not begun.
    pub(super) fn new(facts: Facts, execution: Execution) -> Arc<Self> {
        let live = Live {
            execution: Some(execution),
            ..Live::default()
        };
        Self::with(facts, Summary::running(), Arc::new(Mutex::new(live)))
    }

    /// An execution with what is known of it.
    pub(super) fn with(facts: Facts, summary: Summary, live: Arc<Mutex<Live>>) -> Arc<Self> {
        Arc::new(Self {
            facts: Arc::new(facts),
            summary: watch::Sender::new(summary),
            live,
        })
    }

    /// How it stands.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary.borrow().clone()
    }

    /// Waits for its end. None if the stack ends before.
    pub async fn ended(&self) -> Option<Summary> {
        let mut summary = self.summary.subscribe();
        let ended = summary.wait_for(|summary| summary.status != Status::Running);
        ended.await.ok().map(|summary| summary.clone())
    }
}

/// The part of an execution that moves.
#[derive(Default)]
pub struct Live {
    /// The engine's state; none once it has ended, where the journal has it, or if it cannot be replayed.
    pub(super) execution: Option<Execution>,
    /// Its history, for as long as it is here and not only in the journal.
    pub(super) history: Option<Vec<HistoryEvent>>,
    /// Its map runs, if it had any, for as long as its history is here.
    pub(super) map_runs: Option<Box<MapRuns>>,
    /// How many steps it made.
    pub(super) steps: i64,
    /// Tasks that are out, and whether their service has taken them. Boxed: a map's first node has room for eleven, and
    /// most executions that wait for a long time wait for one.
    pub(super) tasks: BTreeMap<TaskId, Box<(TaskRequest, bool)>>,
    /// Timers that are set.
    pub(super) timers: BTreeMap<TimerId, Timestamp>,
    /// Its redrives, with the one that is on its way to the journal.
    pub(super) redrives: Arc<Redrives>,
}

/// What a step asks for.
#[derive(Default)]
pub(super) struct Noted {
    pub tasks: Vec<TaskRequest>,
    pub timers: Vec<(TimerId, Timestamp)>,
    pub cancelled: Vec<TaskRequest>,
    /// Tokens whose tasks are over.
    pub over: Vec<TaskToken>,
}

impl Live {
    /// Notes one step: its event and its effects. The same for a step that happens and for one that is replayed.
    pub(super) fn note(&mut self, event: &Event, effects: Vec<Effect>) -> Noted {
        self.steps += 1;
        let mut noted = Noted::default();
        match event {
            Event::TaskSucceeded { task, .. } | Event::TaskFailed { task, .. } => {
                let answered = self.tasks.remove(task);
                noted.over.extend(answered.and_then(|task| task.0.token));
            }
            Event::TaskSubmitted { task, .. } | Event::ActivityStarted { task, .. } => {
                if let Some(task) = self.tasks.get_mut(task) {
                    task.1 = true;
                }
            }
            Event::TimerFired { timer } => {
                self.timers.remove(timer);
            }
            Event::Begin
            | Event::Heartbeat { .. }
            | Event::Stop { .. }
            | Event::Redrive
            | Event::ActivityExists { .. }
            | Event::UpdateMapRun { .. } => {}
        }
        let is_record = |effect: &&Effect| matches!(effect, Effect::Record(_));
        let records = effects.iter().filter(is_record).count();
        let history = self.history.get_or_insert_default();
        // Histories are most of what is kept in memory, and many are made whole in one step.
        if history.is_empty() {
            history.reserve_exact(records);
        }
        for effect in effects {
            match effect {
                Effect::Record(event) => history.push(event),
                Effect::RunTask(task) => {
                    let out = Box::new(((*task).clone(), false));
                    self.tasks.insert(task.task, out);
                    noted.tasks.push(*task);
                }
                Effect::CancelTask { task } => {
                    let cancelled = self.tasks.remove(&task);
                    if let Some((task, _)) = cancelled.map(|task| *task) {
                        noted.over.extend(task.token.clone());
                        noted.cancelled.push(task);
                    }
                    noted.tasks.retain(|noted| noted.task != task);
                }
                Effect::SetTimer { timer, at } => {
                    self.timers.insert(timer, at);
                    noted.timers.push((timer, at));
                }
                Effect::CancelTimer { timer } => {
                    self.timers.remove(&timer);
                    noted.timers.retain(|(noted, _)| *noted != timer);
                }
                Effect::MapRun(_)
                | Effect::ChildStarted(_)
                | Effect::RecordChild { .. }
                | Effect::ChildEnded { .. } => {
                    self.map_runs.get_or_insert_default().note(&effect);
                }
                Effect::Ended(_) => {}
            }
        }
        noted
    }

    /// How many events the history has.
    pub(super) fn events(&self) -> u64 {
        self.execution.as_ref().map_or(0, Execution::event_count)
    }

    /// Whether a redrive would do anything.
    pub(super) fn can_be_redriven(&self) -> bool {
        self.execution
            .as_ref()
            .is_some_and(Execution::can_be_redriven)
    }

    /// Lets go of what an ended execution does not need: of everything that is in the journal too.
    pub(super) fn end(&mut self, keeps_all: bool) {
        self.tasks.clear();
        self.timers.clear();
        if !keeps_all {
            self.history = None;
            self.map_runs = None;
        }
        if !(keeps_all && self.can_be_redriven()) {
            self.execution = None;
        }
    }
}
