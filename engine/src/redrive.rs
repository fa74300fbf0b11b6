//! Redrive: an execution that ended without success goes on where it failed.
//!
//! What was done stays done. A branch that had not come to its end does its state again, as if it had just entered it:
//! history goes on from the event of that entry, attempts are counted anew, and so is the machine's own time.

use std::sync::Arc;

use crate::branch::{Branch, BranchId, Broken, Children, EndedChild, Parent, Phase};
use crate::definition::Kind;
use crate::event::{Effect, Status};
use crate::execution::Execution;
use crate::history::{Details, EventType, ExecutionRedriven, MapRunRedriven};
use crate::limits::HISTORY_LIMIT_EVENTS;
use crate::run::Run;
use crate::state::{children, map};

impl Execution {
    /// Whether a redrive would do anything: it ended without success, and its history has room.
    pub fn can_be_redriven(&self) -> bool {
        self.remains.is_some() && self.last_event + 1 < HISTORY_LIMIT_EVENTS
    }

    /// How often it has been redriven.
    pub fn redrive_count(&self) -> u64 {
        self.redrives
    }

    /// All that has not come to its end, taken out of an execution that is about to end.
    pub(crate) fn take_remains(&mut self) -> Option<Box<Branch>> {
        let is_root = |branch: &Option<Box<Branch>>| {
            branch
                .as_ref()
                .is_some_and(|branch| branch.parent.is_none())
        };
        let root = self.branches.iter().position(is_root)?;
        self.take_tree(root)
    }

    fn take_tree(&mut self, id: BranchId) -> Option<Box<Branch>> {
        let mut branch = self.branches.get_mut(id)?.take()?;
        if let Phase::Children(children) = std::mem::replace(&mut branch.phase, Phase::Do) {
            let running = children.running.into_iter();
            let taken = running.filter_map(|(index, id)| Some((index, self.take_tree(id)?)));
            let mut broken = branch.broken.take().unwrap_or_default();
            broken.children.extend(taken);
            broken.results = children.results;
            broken.map = children.map;
            branch.broken = Some(broken);
        }
        Some(branch)
    }
}

impl Branch {
    /// Keeps a child that did not come to its end.
    pub(crate) fn set_aside(&mut self, index: usize, child: Box<Branch>) {
        let broken = self.broken.get_or_insert_default();
        broken.children.push((index, child));
    }
}

impl Run<'_> {
    /// Goes on where the execution failed.
    pub(crate) fn redrive(&mut self) {
        if !self.execution.can_be_redriven() {
            return;
        }
        let Some(root) = self.execution.remains.take() else {
            return;
        };
        self.execution.outcome = None;
        self.execution.redrives += 1;
        self.execution.redriven = Some(self.now);
        let details = Details::ExecutionRedrivenEventDetails(ExecutionRedriven {
            redrive_count: self.execution.redrives,
        });
        let end = self.execution.last_event;
        self.append(end, EventType::ExecutionRedriven, Some(details));
        self.start_the_clock();
        self.revive(root, None);
    }

    /// Gives a branch and what is left of its children a place again.
    fn revive(&mut self, mut branch: Box<Branch>, parent: Option<Parent>) -> BranchId {
        let id = self.place();
        branch.id = id;
        branch.parent = parent;
        branch.retries.clear();
        let broken = branch.broken.take();
        let broken = match broken {
            Some(broken) if self.is_distributed(&branch) => {
                if self.revive_map_run(&mut branch, *broken) {
                    if let Some(slot) = self.execution.branches.get_mut(id) {
                        *slot = Some(branch);
                    }
                    return id;
                }
                None
            }
            // Where all children had ended, it was the state itself that failed: all of it is done again.
            other => {
                other.filter(|broken| !broken.children.is_empty() && !broken.results.is_empty())
            }
        };
        match broken {
            Some(broken) => self.revive_children(&mut branch, *broken),
            None => {
                self.begin_again(&mut branch);
                self.execution.ready.push_back(id);
            }
        }
        if let Some(slot) = self.execution.branches.get_mut(id) {
            *slot = Some(branch);
        }
        id
    }

    fn is_distributed(&self, branch: &Branch) -> bool {
        let plan = self.definition.state(branch.machine, branch.state);
        matches!(plan.map(|plan| &plan.kind), Some(Kind::Map(map)) if map.distributed)
    }

    /// A distributed Map goes on with the items whose child executions did not succeed, each in a new one. False where its
    /// run had not come to its children, or all of them had succeeded: then a new run begins.
    fn revive_map_run(&mut self, branch: &mut Branch, broken: Broken) -> bool {
        let definition = self.definition;
        let plan = definition.state(branch.machine, branch.state);
        let Some((plan, Kind::Map(map))) = plan.map(|plan| (plan, &plan.kind)) else {
            return false;
        };
        let Some(mut items) = broken.map else {
            return false;
        };
        let has_succeeded = |ended: &EndedChild| ended.outcome.status == Status::Succeeded;
        for ended in &mut items.ended {
            *ended = ended.take().filter(has_succeeded);
        }
        let open = items.ended.iter().enumerate();
        items.again = open
            .filter(|(_, ended)| ended.is_none())
            .map(|(index, _)| index)
            .collect();
        let place = items.map_run;
        let known = place.and_then(|place| self.execution.map_runs.get_mut(place));
        let Some(map_run) = known.filter(|_| !items.again.is_empty()) else {
            return false;
        };
        map_run.redriven(self.now);
        let map_run = map_run.clone();
        let details = MapRunRedriven {
            map_run_arn: Arc::clone(&map_run.map_run_arn),
            redrive_count: map_run.redrive_count,
        };
        self.effects.push(Effect::MapRun(Box::new(map_run)));
        branch.map_run = place;
        branch.previous = branch.entered_event;
        let details = Details::MapRunRedrivenEventDetails(details);
        self.record(branch, EventType::MapRunRedriven, Some(details));
        items.next = items.items.len();
        let mut children = children::none_running(items.items.len());
        children.done = items.items.len() - items.again.len();
        children.map = Some(items);
        branch.phase = Phase::Children(Box::new(children));
        let last_event = branch.previous;
        // Nothing is computed when a child execution begins, so that nothing can fail.
        map::start_more(self, plan, map, branch, last_event).is_ok()
    }

    fn revive_children(&mut self, branch: &mut Branch, broken: Broken) {
        let parent = branch.id;
        let mut children = broken.children;
        // In the order in which they were started, whichever failed first.
        children.sort_by_key(|(index, _)| *index);
        let running = children.into_iter().map(|(index, child)| {
            let parent = Parent {
                branch: parent,
                index,
            };
            (index, self.revive(child, Some(parent)))
        });
        let running = running.collect();
        branch.phase = Phase::Children(Box::new(Children {
            running,
            done: broken.results.iter().flatten().count(),
            results: broken.results,
            map: broken.map,
        }));
    }

    /// The state as if it had just been entered; a Fail is entered once more, to fail once more.
    fn begin_again(&mut self, branch: &mut Branch) {
        if matches!(branch.phase, Phase::Enter) {
            return;
        }
        let definition = self.definition;
        let plan = definition.state(branch.machine, branch.state);
        if plan.is_some_and(|plan| matches!(plan.kind, Kind::Fail { .. })) {
            branch.previous = branch.before_entry.unwrap_or(branch.previous);
            branch.phase = Phase::Enter;
        } else {
            branch.previous = branch.entered_event;
            branch.phase = Phase::Do;
        }
    }
}
