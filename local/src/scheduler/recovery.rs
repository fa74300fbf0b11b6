//! After a restart: every execution that was running is replayed from its events, and what it waits for is taken up
//! again. Doing it twice is doing it once, because replaying has no effects and nothing is written.

use std::{collections::HashMap, sync::Arc};

use comanda_engine::{Definition, Execution, Status, TaskRequest, step};
use tokio::sync::Mutex;

use super::{Facts, RunningExecution, Scheduler, Summary, execution::Live, store};
use crate::journal::JournalError;

/// What a recovery found.
#[derive(Debug, Default)]
pub struct Recovered {
    /// How many executions there are, ended ones too.
    pub executions: usize,
    /// How many of them go on.
    pub running: usize,
    /// Those that cannot go on, and why. They stay as they are until somebody stops them.
    pub refused: Vec<Refused>,
}

/// An execution that cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which one.
    pub execution_arn: Arc<str>,
    /// Why.
    pub reason: String,
}

impl Scheduler {
    /// Brings back the executions of the journal. `definitions` are all revisions that executions may run.
    pub fn recover(
        &self,
        definitions: &HashMap<String, Arc<Definition>>,
    ) -> Result<Recovered, JournalError> {
        let mut recovered = Recovered::default();
        for (facts, summary) in store::executions(&self.0.journal)? {
            recovered.executions += 1;
            let mut live = Live::default();
            let mut again = Vec::new();
            if summary.status == Status::Running {
                match self.replay(&facts, definitions.get(&facts.revision))? {
                    Ok((replayed, tasks)) => {
                        live = replayed;
                        again = tasks;
                        recovered.running += 1;
                    }
                    Err(reason) => {
                        let steps = store::steps(&self.0.journal, &facts)?.len();
                        live.steps = i64::try_from(steps).unwrap_or(i64::MAX);
                        recovered.refused.push(Refused {
                            execution_arn: Arc::clone(&facts.start.execution_arn),
                            reason,
                        });
                    }
                }
            }
            live.redrives = Arc::clone(&summary.redrives);
            self.take_up(facts, summary, live, again);
        }
        Ok(recovered)
    }

    /// Replays one execution; the inner error says why it cannot go on.
    #[allow(
        clippy::type_complexity,
        reason = "two kinds of failure, each said once"
    )]
    pub(super) fn replay(
        &self,
        facts: &Facts,
        definition: Option<&Arc<Definition>>,
    ) -> Result<Result<(Live, Vec<(TaskRequest, bool)>), String>, JournalError> {
        let Some(definition) = definition else {
            return Ok(Err(
                "its definition is not readable by this version".to_owned()
            ));
        };
        let mut engine = Execution::new(Arc::clone(definition), facts.start.clone());
        let mut live = Live::default();
        for (number, stored) in store::steps(&self.0.journal, facts)?
            .into_iter()
            .enumerate()
        {
            let mut effects = Vec::new();
            step(&mut engine, stored.event.clone(), stored.at, &mut effects);
            // An engine that does otherwise than it did then would carry on from a state that never was.
            if store::effects_text(&effects).ok().as_deref() != Some(&*stored.effects) {
                return Ok(Err(format!(
                    "this version does otherwise than the one that ran it, at step {}",
                    number + 1
                )));
            }
            let _ = live.note(&stored.event, effects);
        }
        let again = live.tasks.values().map(|task| (**task).clone()).collect();
        live.execution = Some(engine);
        Ok(Ok((live, again)))
    }

    fn take_up(&self, facts: Facts, summary: Summary, live: Live, again: Vec<(TaskRequest, bool)>) {
        let timers: Vec<_> = live
            .timers
            .iter()
            .map(|(timer, at)| (*timer, *at))
            .collect();
        let execution = RunningExecution::with(facts, summary, Arc::new(Mutex::new(live)));
        let lock = |error: std::sync::PoisonError<_>| error.into_inner();
        self.0.known.write().unwrap_or_else(lock).add(&execution);
        for (timer, at) in timers {
            self.0.timers.set(at, &execution, timer);
        }
        let mut tokens = self
            .0
            .tokens
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for (task, _) in &again {
            if let Some(token) = &task.token {
                let place = (Arc::clone(&execution), task.task);
                tokens.insert(token.as_str().to_owned(), place);
            }
        }
        drop(tokens);
        let mut undone = self
            .0
            .undone
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        undone.extend(
            again
                .into_iter()
                .map(|(task, is_submitted)| (Arc::clone(&execution), task, is_submitted)),
        );
    }
}
