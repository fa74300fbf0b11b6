//! Task tokens: from the text that somebody brings back to the task that waits for it.

use std::sync::{Arc, PoisonError};

use comanda_engine::{Event, TaskId};

use super::{RunningExecution, Scheduler, store};
use crate::journal::JournalError;

/// Why a token does nothing.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No such token was ever made.
    #[error("no such task token was ever made")]
    Unknown,
    /// Its task was answered, timed out, or its execution ended.
    #[error("the task of this token is over")]
    TooLate,
    /// The answer could not be made durable.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Scheduler {
    /// Brings a token back with news about its task; answers when the news is durable.
    pub async fn answer(
        &self,
        token: &str,
        news: impl FnOnce(TaskId) -> Event,
    ) -> Result<(), TokenError> {
        let (execution, task) = self.task_of(token)?;
        let live = Arc::clone(&execution.live).lock_owned().await;
        let waits = live.execution.as_ref();
        if !waits.is_some_and(|engine| engine.is_waiting_for(task)) {
            return Err(TokenError::TooLate);
        }
        Ok(self.advance(execution, live, news(task)).await?)
    }

    fn task_of(&self, token: &str) -> Result<(Arc<RunningExecution>, TaskId), TokenError> {
        let known = {
            let tokens = self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            tokens.get(token).cloned()
        };
        match known {
            Some(place) => Ok(place),
            // Executions that ended before this process began have left their tokens in the journal only.
            None if store::token_was_made(&self.0.journal, token)? => Err(TokenError::TooLate),
            None => Err(TokenError::Unknown),
        }
    }
}
