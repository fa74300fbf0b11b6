//! Executions that a recovery refused, because this version cannot carry them on: they can be stopped, and no more.

use std::sync::Arc;

use comanda_engine::{
    Details, Effect, ErrorDetails, Event, EventType, HistoryEvent, Outcome, Status,
};
use jiff::Timestamp;

use super::{RunningExecution, Scheduler, store};
use crate::journal::JournalError;

impl Scheduler {
    /// What an event does to an execution that has no engine: a stop ends it if it still runs, all else does nothing.
    pub(super) fn abandon(
        &self,
        execution: &Arc<RunningExecution>,
        event: &Event,
        now: Timestamp,
    ) -> Result<Vec<Effect>, JournalError> {
        let Event::Stop { error, cause } = event else {
            return Ok(Vec::new());
        };
        if execution.summary().status != Status::Running {
            return Ok(Vec::new());
        }
        let history = store::history(&self.0.journal, &execution.facts)?;
        let error: Option<Arc<str>> = error.as_deref().map(Arc::from);
        let cause: Option<Arc<str>> = cause.as_deref().map(Arc::from);
        let details = ErrorDetails {
            error: error.clone(),
            cause: cause.clone(),
        };
        let aborted = HistoryEvent {
            timestamp: now,
            event_type: EventType::ExecutionAborted,
            id: history.last().map_or(0, |event| event.id) + 1,
            previous_event_id: 0,
            details: Some(Details::ExecutionAbortedEventDetails(details)),
        };
        let outcome = Outcome {
            status: Status::Aborted,
            output: None,
            error,
            cause,
            at: now,
        };
        Ok(vec![Effect::Record(aborted), Effect::Ended(outcome)])
    }
}
