//! New branches: the execution's own, those of Parallel, the iterations of Map. And the places they have, given up again.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::branch::{Branch, BranchId, Parent, Phase};
use crate::context::{ChildExecution, MapItem};
use crate::definition::MachineId;
use crate::json::Json;
use crate::run::Run;
use crate::scope::Variables;

/// What a new branch begins with.
pub(crate) struct Seedling {
    pub(crate) parent: Option<Parent>,
    pub(crate) machine: MachineId,
    pub(crate) input: Json,
    pub(crate) variables: Variables,
    pub(crate) item: Option<Arc<MapItem>>,
    pub(crate) child: Option<Arc<ChildExecution>>,
    pub(crate) previous: u64,
    pub(crate) silent: bool,
}

impl Run<'_> {
    /// Makes a branch that is ready to enter its first state.
    pub(crate) fn spawn(&mut self, seedling: Seedling) -> BranchId {
        let id = self.place();
        let start = self
            .definition
            .machine(seedling.machine)
            .map_or(0, |machine| machine.start);
        let branch = Box::new(Branch {
            id,
            parent: seedling.parent,
            machine: seedling.machine,
            state: start,
            input: seedling.input,
            variables: seedling.variables,
            item: seedling.item,
            phase: Phase::Enter,
            broken: None,
            previous: seedling.previous,
            before_entry: None,
            entered_event: 0,
            entered_at: self.now,
            retries: Vec::new(),
            child: seedling.child,
            map_run: None,
            silent: seedling.silent,
        });
        self.execution.ready.push_back(id);
        if let Some(slot) = self.execution.branches.get_mut(id) {
            *slot = Some(branch);
        }
        id
    }

    /// A place for a branch.
    pub(crate) fn place(&mut self) -> BranchId {
        self.execution.vacant.pop().unwrap_or_else(|| {
            self.execution.branches.push(None);
            self.execution.branches.len() - 1
        })
    }

    /// Gives up the place of a branch that is over.
    pub(crate) fn vacate(&mut self, id: BranchId) {
        if self.execution.outcome.is_none() {
            self.execution.vacant.push(id);
        }
    }

    /// The same for branches that may still be waiting for their turn: their places must not be entered for them any more.
    pub(crate) fn evict(&mut self, ids: &[BranchId]) {
        if !ids.is_empty() && !self.execution.ready.is_empty() {
            let gone: BTreeSet<BranchId> = ids.iter().copied().collect();
            self.execution.ready.retain(|ready| !gone.contains(ready));
        }
        for id in ids {
            self.vacate(*id);
        }
    }
}
