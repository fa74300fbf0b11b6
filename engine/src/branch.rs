//! One line of states: the execution's own, a branch of Parallel, or an iteration of Map.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::context::{ChildExecution, MapItem};
use crate::definition::{MachineId, StateId};
use crate::event::{Outcome, TaskId, TaskToken, TimerId};
use crate::json::Json;
use crate::scope::Variables;
use crate::state::item_reader::Reading;
use crate::state::result_writer::Writing;

/// The place of a branch in its execution.
pub(crate) type BranchId = usize;

#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) id: BranchId,
    pub(crate) parent: Option<Parent>,
    pub(crate) machine: MachineId,
    pub(crate) state: StateId,
    /// The state's raw input.
    pub(crate) input: Json,
    pub(crate) variables: Variables,
    pub(crate) item: Option<Arc<MapItem>>,
    pub(crate) phase: Phase,
    /// What is left of the state's children, from the failure of the state until it is tried again or left.
    pub(crate) broken: Option<Box<Broken>>,
    /// The event that the next one follows.
    pub(crate) previous: u64,
    /// What `previous` was before the state was entered, until something else happened in the state.
    pub(crate) before_entry: Option<u64>,
    pub(crate) entered_event: u64,
    pub(crate) entered_at: Timestamp,
    /// How often each rule of `Retry` has applied in this state.
    pub(crate) retries: Vec<u64>,
    /// The child execution of a distributed Map that the branch is, or is part of.
    pub(crate) child: Option<Arc<ChildExecution>>,
    /// The run of the distributed Map that the branch stands in, by its place among the execution's map runs.
    pub(crate) map_run: Option<usize>,
    /// It is part of an express child, which has no history.
    pub(crate) silent: bool,
}

/// Children of a Parallel or a Map that failed: what a redrive takes up again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Broken {
    /// Those that did not come to their end.
    pub(crate) children: Vec<(usize, Box<Branch>)>,
    pub(crate) results: Vec<Option<Json>>,
    pub(crate) map: Option<MapChildren>,
}

/// Whose branch it is, and which one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parent {
    pub(crate) branch: BranchId,
    pub(crate) index: usize,
}

/// How far a branch is in its state.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// The state is still to be entered.
    Enter,
    /// The state has been entered and is to be done (again).
    Do,
    /// It waits for a task.
    Task(TaskWait),
    /// It waits for a time.
    Wait(TimerId),
    /// It waits before it tries again.
    Backoff(TimerId),
    /// It waits for its branches or iterations.
    Children(Box<Children>),
}

#[derive(Debug, Clone)]
pub(crate) struct TaskWait {
    pub(crate) task: TaskId,
    pub(crate) purpose: TaskPurpose,
    pub(crate) token: Option<TaskToken>,
    pub(crate) timeout: Option<TimerId>,
    pub(crate) heartbeat: Option<(TimerId, u64)>,
}

/// Why a branch waits for a task.
#[derive(Debug, Clone)]
pub(crate) enum TaskPurpose {
    /// It is the state's own.
    State,
    /// It reads the items of a distributed Map.
    ReadItems(Box<Reading>),
    /// It writes the results of a distributed Map.
    WriteResults(Box<Writing>),
}

/// The branches of a Parallel or the iterations of a Map.
#[derive(Debug, Clone)]
pub(crate) struct Children {
    pub(crate) running: BTreeMap<usize, BranchId>,
    pub(crate) results: Vec<Option<Json>>,
    pub(crate) done: usize,
    /// Only for a Map.
    pub(crate) map: Option<MapChildren>,
}

/// The items of a Map, and how far it is with them.
#[derive(Debug, Clone, Default)]
pub(crate) struct MapChildren {
    pub(crate) items: Vec<MapItem>,
    /// What `ItemSelector`'s paths look into, where there is one that has any.
    pub(crate) effective: Option<Json>,
    pub(crate) next: usize,
    /// Items that come before the next one: what a redrive does again.
    pub(crate) again: VecDeque<usize>,
    /// The run they belong to, in a distributed Map.
    pub(crate) map_run: Option<usize>,
    /// How many may run at a time.
    pub(crate) limit: usize,
    /// The child executions that are over, by item; only in a distributed Map.
    pub(crate) ended: Vec<Option<EndedChild>>,
}

/// A child execution that is over.
#[derive(Debug, Clone)]
pub(crate) struct EndedChild {
    pub(crate) child: Arc<ChildExecution>,
    pub(crate) outcome: Outcome,
}
