//! What became of the child executions of distributed Maps.

use super::VirtualTime;
use crate::event::{Effect, Outcome};
use crate::history::HistoryEvent;
use crate::map_run::ChildStarted;

/// A child execution, as far as it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// What it was started with.
    pub started: ChildStarted,
    /// Its history; empty where it is an express one.
    pub history: Vec<HistoryEvent>,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
}

impl VirtualTime {
    /// A child execution by its ARN.
    pub fn child(&self, arn: &str) -> Option<&Child> {
        self.children.get(arn)
    }

    /// The child executions of a map run.
    pub fn children_of(&self, map_run_arn: &str) -> impl Iterator<Item = &Child> {
        let children = self.children.values();
        children.filter(move |child| &*child.started.map_run_arn == map_run_arn)
    }

    pub(super) fn note_child(&mut self, effect: Effect) {
        match effect {
            Effect::ChildStarted(started) => {
                let arn = std::sync::Arc::clone(&started.execution_arn);
                let child = Child {
                    started: *started,
                    history: Vec::new(),
                    outcome: None,
                };
                self.children.insert(arn, child);
            }
            Effect::RecordChild { execution, event } => {
                if let Some(child) = self.children.get_mut(&execution) {
                    child.history.push(event);
                }
            }
            Effect::ChildEnded { execution, outcome } => {
                if let Some(child) = self.children.get_mut(&execution) {
                    child.outcome = Some(outcome);
                }
            }
            _ => {}
        }
    }
}
