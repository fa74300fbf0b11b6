//! The runs of distributed Maps and the child executions they started: what the API tells of them.

use std::{collections::BTreeMap, sync::Arc};

use comanda_engine::{ChildStarted, Effect, HistoryEvent, MapRun, Outcome};

use super::{RunningExecution, Scheduler, store};
use crate::journal::JournalError;

/// The map runs of one execution.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MapRuns {
    /// By ARN; of one that is running, with the counts of the moment.
    pub runs: BTreeMap<Arc<str>, MapRun>,
    /// By ARN.
    pub children: BTreeMap<Arc<str>, ChildExecution>,
}

/// A child execution of a map run.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildExecution {
    /// What it was started with.
    pub started: ChildStarted,
    /// Its history; empty where it is an express one.
    pub history: Vec<HistoryEvent>,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
}

impl MapRuns {
    /// Notes what one effect tells; true where it is about a map run.
    pub(super) fn note(&mut self, effect: &Effect) -> bool {
        match effect {
            Effect::MapRun(run) => {
                let run = (**run).clone();
                self.runs.insert(Arc::clone(&run.map_run_arn), run);
            }
            Effect::ChildStarted(started) => {
                let child = ChildExecution {
                    started: (**started).clone(),
                    history: Vec::new(),
                    outcome: None,
                };
                let arn = Arc::clone(&started.execution_arn);
                self.children.insert(arn, child);
            }
            Effect::RecordChild { execution, event } => {
                if let Some(child) = self.children.get_mut(execution) {
                    child.history.push(event.clone());
                }
            }
            Effect::ChildEnded { execution, outcome } => {
                if let Some(child) = self.children.get_mut(execution) {
                    child.outcome = Some(outcome.clone());
                }
            }
            _ => return false,
        }
        true
    }
}

impl Scheduler {
    /// The map runs of an execution, and their children.
    pub async fn map_runs(
        &self,
        execution: &Arc<RunningExecution>,
    ) -> Result<MapRuns, JournalError> {
        let live = execution.live.lock().await;
        let mut map_runs = match (&live.map_runs, &live.history) {
            (Some(map_runs), _) => (**map_runs).clone(),
            // As long as the history is here, so are the map runs, if there were any.
            (None, Some(_)) => return Ok(MapRuns::default()),
            (None, None) => store::map_runs(&self.0.journal, &execution.facts)?,
        };
        for run in live.execution.iter().flat_map(|engine| engine.map_runs()) {
            let run = run.clone();
            map_runs.runs.insert(Arc::clone(&run.map_run_arn), run);
        }
        Ok(map_runs)
    }

    /// The execution that had the map run or the child execution with this ARN.
    pub async fn execution_of(
        &self,
        arn: &str,
    ) -> Result<Option<Arc<RunningExecution>>, JournalError> {
        let has = |map_runs: &MapRuns| {
            map_runs.runs.contains_key(arn) || map_runs.children.contains_key(arn)
        };
        for execution in self.list(None) {
            let live = execution.live.lock().await;
            if live.map_runs.as_deref().is_some_and(has) {
                drop(live);
                return Ok(Some(execution));
            }
        }
        // What is told somewhere may also be somebody's data: the execution must know it.
        for told in store::executions_that_told_of(&self.0.journal, arn)? {
            if let Some(execution) = self.find(&told)
                && has(&store::map_runs(&self.0.journal, &execution.facts)?)
            {
                return Ok(Some(execution));
            }
        }
        Ok(None)
    }
}
