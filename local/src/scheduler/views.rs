//! Reading executions: what the API and the console show of them.

use std::sync::Arc;

use comanda_engine::{HistoryEvent, Json};

use super::{RunningExecution, Scheduler, store};
use crate::journal::JournalError;

/// Where a running execution stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// The states that its branches are in, outermost first.
    pub states: Vec<String>,
    /// The variables of the outermost scope.
    pub variables: Vec<(String, Json)>,
}

impl Scheduler {
    /// The history of an execution so far.
    pub async fn history(
        &self,
        execution: &Arc<RunningExecution>,
    ) -> Result<Vec<HistoryEvent>, JournalError> {
        let live = execution.live.lock().await;
        match &live.history {
            Some(history) => Ok(history.clone()),
            None => store::history(&self.0.journal, &execution.facts),
        }
    }

    /// Where an execution stands; empty once it has ended.
    pub async fn standing(&self, execution: &Arc<RunningExecution>) -> Standing {
        let live = execution.live.lock().await;
        let Some(engine) = &live.execution else {
            return Standing::default();
        };
        Standing {
            states: engine.current_states().map(str::to_owned).collect(),
            variables: engine
                .variables()
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
        }
    }
}
