//! Redrive: an execution that ended without success goes on where it failed. What is in the journal makes it again,
//! and the redrive is one more of its events there.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::{Definition, Event, HISTORY_LIMIT_EVENTS, Status};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Facts, RunningExecution, Scheduler, Summary, execution::Live};
use crate::journal::JournalError;

/// For so long after its end an execution may be redriven.
const REDRIVABLE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// So long after its start an execution may go on at all.
const LONGEST: SignedDuration = SignedDuration::from_hours(365 * 24);
/// A client's token is known for so long.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// So many of them.
const TOKENS: usize = 10;

/// The redrives of one execution so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Redrives {
    /// How many.
    pub count: u64,
    /// When the last one was.
    pub last_at: Option<Timestamp>,
    /// The tokens by which clients know that a repeated request is one, and when each was used.
    #[serde(default)]
    tokens: Vec<(String, Timestamp)>,
}

impl Redrives {
    fn answered(&self, token: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let known = self.tokens.iter().find(|(known, at)| {
            Some(known.as_str()) == token && now.duration_since(*at) <= TOKEN_LIFE
        });
        known.map(|(_, at)| *at)
    }

    fn and_one(&self, token: Option<String>, now: Timestamp) -> Self {
        let mut tokens = self.tokens.clone();
        tokens.extend(token.map(|token| (token, now)));
        tokens.drain(..tokens.len().saturating_sub(TOKENS));
        Self {
            count: self.count + 1,
            last_at: Some(now),
            tokens,
        }
    }
}

/// Why an execution is not redriven.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// It cannot be, for this reason.
    #[error("{0}")]
    Refused(String),
    /// The redrive could not be made durable.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why an execution that stands like this cannot be redriven, in AWS' words; none if it can.
#[must_use]
pub fn refusal(facts: &Facts, summary: &Summary, now: Timestamp) -> Option<&'static str> {
    let since = |then: Timestamp| now.duration_since(then);
    if facts.start.kind == WorkflowKind::Express {
        return Some("Execution is of an EXPRESS state machine and cannot be redriven");
    }
    match (summary.status, summary.stopped_at) {
        (Status::Running, _) => Some("Execution is RUNNING and cannot be redriven"),
        (Status::Succeeded, _) => Some("Execution is SUCCEEDED and cannot be redriven"),
        (_, Some(stopped)) if since(stopped) > REDRIVABLE => {
            Some("Execution redrivable period exceeded")
        }
        _ if since(facts.started_at) > LONGEST => {
            Some("Execution has exceeded the max execution time")
        }
        _ if summary.events + 1 >= HISTORY_LIMIT_EVENTS => {
            Some("Execution history event limit exceeded")
        }
        _ => None,
    }
}

impl Scheduler {
    /// Lets an execution go on where it failed; answers when that is durable, with the time of the redrive. `definition`
    /// is that of its revision, if this version can read it.
    pub async fn redrive(
        &self,
        execution: &Arc<RunningExecution>,
        definition: Option<Arc<Definition>>,
        client_token: Option<String>,
    ) -> Result<Timestamp, RedriveError> {
        let mut live = Arc::clone(&execution.live).lock_owned().await;
        let now = self.0.clock.now();
        if let Some(at) = live.redrives.answered(client_token.as_deref(), now) {
            return Ok(at);
        }
        let refused = |reason: &str| RedriveError::Refused(reason.to_owned());
        if let Some(reason) = refusal(&execution.facts, &execution.summary(), now) {
            return Err(refused(reason));
        }
        if live.execution.is_none() {
            let redrives = Arc::clone(&live.redrives);
            let replayed = self.replay(&execution.facts, definition.as_ref())?;
            let (replayed, _) = replayed.map_err(RedriveError::Refused)?;
            *live = Live {
                redrives,
                ..replayed
            };
        }
        if !live.can_be_redriven() {
            live.end(!self.0.journal.is_durable());
            return Err(refused("Nothing of the execution is left to be redriven"));
        }
        live.redrives = Arc::new(live.redrives.and_one(client_token, now));
        self.advance(Arc::clone(execution), live, Event::Redrive)
            .await?;
        Ok(now)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Redrives;

    #[test]
    fn a_repeated_request_is_known_by_its_token_for_a_while() {
        let at = Timestamp::UNIX_EPOCH;
        let mut redrives = Redrives::default().and_one(Some("first".to_owned()), at);
        let soon = at + SignedDuration::from_mins(15);
        assert_eq!(redrives.answered(Some("first"), soon), Some(at));
        assert_eq!(redrives.answered(Some("other"), soon), None);
        assert_eq!(redrives.answered(None, soon), None);
        let late = soon + SignedDuration::from_secs(1);
        assert_eq!(redrives.answered(Some("first"), late), None);
        for number in 0..10 {
            redrives = redrives.and_one(Some(number.to_string()), soon);
        }
        assert_eq!(
            redrives.answered(Some("first"), at),
            None,
            "the last ten are known"
        );
        assert_eq!((redrives.count, redrives.last_at), (11, Some(soon)));
    }
}
