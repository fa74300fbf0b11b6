//! An execution: where its branches stand. How it moves is `step`'s business.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use comanda_asl::WorkflowKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::branch::{Branch, BranchId};
use crate::definition::Definition;
use crate::event::{Outcome, Status, TaskId, TimerId};
use crate::json::Json;
use crate::map_run::MapRun;
use crate::seed::Chance;
use crate::state::child_execution::RunningChild;

/// What an execution is told when it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// The execution's ARN; its region is the region of the tasks.
    pub execution_arn: Arc<str>,
    /// The execution's name.
    pub execution_name: Arc<str>,
    /// The machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// The machine's name.
    pub state_machine_name: Arc<str>,
    /// The role it runs as.
    pub role_arn: Arc<str>,
    /// Whether a standard or an express workflow.
    #[serde(with = "workflow_kind")]
    pub kind: WorkflowKind,
    /// The input, with the text it was given as.
    pub input: Json,
    /// Where ids, tokens, jitter and random numbers come from.
    pub seed: u64,
}

/// A running (or ended) execution. It is not kept anywhere: its events, replayed, make it again.
#[derive(Debug, Clone)]
pub struct Execution {
    pub(crate) definition: Arc<Definition>,
    pub(crate) start: Arc<Start>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) chance: Cell<Chance>,
    pub(crate) last_event: u64,
    pub(crate) last_number: u64,
    pub(crate) branches: Vec<Option<Box<Branch>>>,
    pub(crate) vacant: Vec<BranchId>,
    pub(crate) ready: VecDeque<BranchId>,
    pub(crate) tasks: BTreeMap<TaskId, BranchId>,
    pub(crate) timers: BTreeMap<TimerId, TimerUse>,
    /// What an end without success left undone.
    pub(crate) remains: Option<Box<Branch>>,
    pub(crate) redrives: u64,
    /// When it was redriven last.
    pub(crate) redriven: Option<Timestamp>,
    /// The activities that are known not to exist.
    pub(crate) missing_activities: BTreeSet<Arc<str>>,
    /// The child executions of distributed Maps that run.
    pub(crate) children: BTreeMap<u64, RunningChild>,
    pub(crate) map_runs: Vec<MapRun>,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimerUse {
    /// The machine's own `TimeoutSeconds`.
    Execution,
    /// A Wait is over.
    Wait(BranchId),
    /// A state is tried again.
    Backoff(BranchId),
    /// A task ran out of time, at that moment.
    TaskTimeout(BranchId, Timestamp),
    /// A task was silent for too long, at that moment.
    Heartbeat(BranchId, Timestamp),
    /// An express child ran for too long.
    Child(u64),
}

impl Execution {
    /// Notes whether an activity exists.
    pub(crate) fn know_activity(&mut self, activity: Arc<str>, exists: bool) {
        if exists {
            self.missing_activities.remove(&activity);
        } else {
            self.missing_activities.insert(activity);
        }
    }

    /// An execution that has not begun.
    pub fn new(definition: Arc<Definition>, start: Start) -> Execution {
        Execution {
            chance: Cell::new(Chance::new(start.seed)),
            definition,
            start: Arc::new(start),
            started: None,
            outcome: None,
            last_event: 0,
            last_number: 0,
            // Most executions never have a second branch, and many wait for a long time.
            branches: Vec::with_capacity(1),
            vacant: Vec::new(),
            ready: VecDeque::new(),
            tasks: BTreeMap::new(),
            timers: BTreeMap::new(),
            remains: None,
            redrives: 0,
            redriven: None,
            missing_activities: BTreeSet::new(),
            children: BTreeMap::new(),
            map_runs: Vec::new(),
        }
    }

    /// What it was started with.
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// The definition it runs.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// When it began.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        self.outcome
            .as_ref()
            .map_or(Status::Running, |outcome| outcome.status)
    }

    /// How it ended, once it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Its output, once it has ended well.
    pub fn output(&self) -> Option<&Json> {
        self.outcome.as_ref()?.output.as_ref()
    }

    /// How many events its history has. The events themselves are effects, kept by the driver.
    pub fn event_count(&self) -> u64 {
        self.last_event
    }

    /// Whether somebody may still answer this task.
    pub fn is_waiting_for(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task)
    }

    /// The tasks that are waited for, with their states' names.
    pub fn waiting_tasks(&self) -> impl Iterator<Item = (TaskId, &str)> {
        self.tasks.iter().map(|(task, branch)| {
            let state = self
                .branches
                .get(*branch)
                .and_then(Option::as_ref)
                .and_then(|branch| {
                    self.definition
                        .state(branch.machine, branch.state)
                        .map(|state| &*state.name)
                });
            (*task, state.unwrap_or(""))
        })
    }

    /// The names of the states that branches stand in, outermost first.
    pub fn current_states(&self) -> impl Iterator<Item = &str> {
        self.branches.iter().flatten().filter_map(|branch| {
            self.definition
                .state(branch.machine, branch.state)
                .map(|state| &*state.name)
        })
    }

    /// The runs of its distributed Maps, and how they stand, in the order they began.
    pub fn map_runs(&self) -> &[MapRun] {
        &self.map_runs
    }

    /// The variables of the outermost scope.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &Json)> {
        let outermost = self.branches.first().and_then(Option::as_ref);
        outermost.into_iter().flat_map(|branch| {
            branch
                .variables
                .iter()
                .map(|(name, value)| (&**name, value))
        })
    }
}

/// The kind of workflow as the service's API spells it.
pub(crate) mod workflow_kind {
    use comanda_asl::WorkflowKind;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        kind: &WorkflowKind,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match kind {
            WorkflowKind::Standard => "STANDARD",
            WorkflowKind::Express => "EXPRESS",
        })
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<WorkflowKind, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "STANDARD" => Ok(WorkflowKind::Standard),
            "EXPRESS" => Ok(WorkflowKind::Express),
            other => Err(serde::de::Error::custom(format!(
                "'{other}' is no kind of workflow"
            ))),
        }
    }
}
