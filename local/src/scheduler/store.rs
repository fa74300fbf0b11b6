//! Executions on disk: one row per execution, one per step, one per task token.
//!
//! A step's row has its event and its effects (history, timers, tasks) together, so that they are there together or
//! not at all.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::{Effect, Event, HistoryEvent, Json, Outcome, Start};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Facts, MapRuns, Redrives, StartedBy, Summary, Through, execution::Live};
use crate::journal::{Change, Journal, JournalError, checksum};

/// An execution's row. The input is kept as the text that it came as.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    started_at: Timestamp,
    revision: String,
    #[serde(flatten)]
    through: Through,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_by: Option<StartedBy>,
    name: String,
    machine_name: String,
    role_arn: String,
    is_express: bool,
    input: String,
    seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(default)]
    events: u64,
    #[serde(default)]
    redrives: Arc<Redrives>,
}

/// A step as it was stored.
pub(super) struct StoredStep {
    pub at: Timestamp,
    pub event: Event,
    /// The effects' text, to compare a replay with.
    pub effects: String,
}

fn record(facts: &Facts, live: &Live, outcome: Option<Outcome>) -> Record {
    Record {
        started_at: facts.started_at,
        revision: facts.revision.clone(),
        through: facts.through.clone(),
        started_by: facts.started_by.clone(),
        name: facts.start.execution_name.to_string(),
        machine_name: facts.start.state_machine_name.to_string(),
        role_arn: facts.start.role_arn.to_string(),
        is_express: facts.start.kind == WorkflowKind::Express,
        input: facts.start.input.text().to_owned(),
        seed: facts.start.seed,
        events: live.events(),
        redrives: Arc::clone(&live.redrives),
        outcome,
    }
}

/// The effects as they are stored.
pub(super) fn effects_text(effects: &[Effect]) -> Result<String, serde_json::Error> {
    serde_json::to_string(effects)
}

/// The change that one step makes: its row, the execution's row if it began, ended or goes on, and new tokens. `live`
/// is the execution after the step, which it has not noted yet.
pub(super) fn append(
    facts: &Arc<Facts>,
    live: &Live,
    now: Timestamp,
    event: &Event,
    effects: &[Effect],
) -> Result<Change, serde_json::Error> {
    let (number, sequence, at) = (facts.number, live.steps, now.to_string());
    let event_text = serde_json::to_string(event)?;
    let effects_text = effects_text(effects)?;
    let outcome = effects.iter().find_map(|effect| match effect {
        Effect::Ended(outcome) => Some(outcome.clone()),
        _ => None,
    });
    let is_running = outcome.is_none();
    let goes_on = matches!(event, Event::Begin | Event::Redrive);
    let row = match goes_on || !is_running {
        true => Some(serde_json::to_string(&record(facts, live, outcome))?),
        false => None,
    };
    let tokens: Vec<String> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::RunTask(task) => task.token.as_ref().map(|token| token.as_str().to_owned()),
            _ => None,
        })
        .collect();
    let arn = Arc::clone(&facts.start.execution_arn);
    let machine = Arc::clone(&facts.start.state_machine_arn);
    Ok(Box::new(move |connection| {
        if let Some(row) = &row {
            let sum = checksum(&[arn.as_bytes(), row.as_bytes()]);
            connection
                .prepare_cached(
                    "INSERT INTO executions VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (number) DO UPDATE SET running = ?4, record = ?5, checksum = ?6",
                )?
                .execute(params![number, &*arn, &*machine, is_running, row, sum])?;
        }
        let columns = [
            &number.to_le_bytes(),
            at.as_bytes(),
            event_text.as_bytes(),
            effects_text.as_bytes(),
        ];
        connection
            .prepare_cached("INSERT INTO steps VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                number,
                sequence,
                at,
                event_text,
                effects_text,
                checksum(&columns)
            ])?;
        for token in &tokens {
            connection
                .prepare_cached("INSERT INTO tokens VALUES (?1, ?2)")?
                .execute(params![token, number])?;
        }
        Ok(())
    }))
}

/// Whether a token was ever made.
pub(super) fn token_was_made(journal: &Journal, token: &str) -> Result<bool, JournalError> {
    let found = journal.read(|connection| {
        connection
            .prepare_cached("SELECT 1 FROM tokens WHERE token = ?1")?
            .exists([token])
    })?;
    Ok(found.unwrap_or(false))
}

/// All executions in order of their starts.
pub(super) fn executions(journal: &Journal) -> Result<Vec<(Facts, Summary)>, JournalError> {
    type Row = (i64, String, String, String, u32);
    let rows: Option<Vec<Row>> = journal.read(|connection| {
        connection
            .prepare(
                "SELECT number, arn, machine, record, checksum FROM executions ORDER BY number",
            )?
            .query_map([], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            })?
            .collect()
    })?;
    let rows = rows.unwrap_or_default().into_iter();
    rows.map(|(number, arn, machine, text, sum)| {
        if checksum(&[arn.as_bytes(), text.as_bytes()]) != sum {
            return Err(damaged(&arn));
        }
        let record: Record = parse(&text)?;
        let summary = Summary {
            events: record.events,
            redrives: record.redrives,
            ..record.outcome.map_or_else(Summary::running, Summary::ended)
        };
        let kind = if record.is_express {
            WorkflowKind::Express
        } else {
            WorkflowKind::Standard
        };
        let start = Start {
            execution_arn: arn.into(),
            execution_name: record.name.into(),
            state_machine_arn: machine.into(),
            state_machine_name: record.machine_name.into(),
            role_arn: record.role_arn.into(),
            kind,
            input: Json::from_text(&record.input).map_err(unreadable)?,
            seed: record.seed,
        };
        let facts = Facts {
            number,
            started_at: record.started_at,
            revision: record.revision,
            through: record.through,
            started_by: record.started_by,
            start,
        };
        Ok((facts, summary))
    })
    .collect()
}

/// The steps of one execution, in order.
pub(super) fn steps(journal: &Journal, facts: &Facts) -> Result<Vec<StoredStep>, JournalError> {
    let rows = journal.read(|connection| step_rows(connection, facts.number))?;
    let rows = rows.unwrap_or_default().into_iter();
    rows.map(|(at, event, effects, sum)| {
        let columns = [
            &facts.number.to_le_bytes(),
            at.as_bytes(),
            event.as_bytes(),
            effects.as_bytes(),
        ];
        if checksum(&columns) != sum {
            return Err(damaged(&facts.start.execution_arn));
        }
        Ok(StoredStep {
            at: at
                .parse()
                .map_err(|error: jiff::Error| JournalError::Unreadable(error.to_string()))?,
            event: parse(&event)?,
            effects,
        })
    })
    .collect()
}

type StepRow = (String, String, String, u32);

fn step_rows(connection: &Connection, number: i64) -> rusqlite::Result<Vec<StepRow>> {
    connection
        .prepare_cached(
            "SELECT at, event, effects, checksum FROM steps WHERE execution = ?1 ORDER BY sequence",
        )?
        .query_map([number], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

/// The history of an execution that is not in memory.
pub(super) fn history(journal: &Journal, facts: &Facts) -> Result<Vec<HistoryEvent>, JournalError> {
    let mut history = Vec::new();
    for step in steps(journal, facts)? {
        let effects: Vec<Effect> = parse(&step.effects)?;
        history.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Record(event) => Some(event),
            _ => None,
        }));
    }
    Ok(history)
}

/// The map runs of an execution that is not in memory.
pub(super) fn map_runs(journal: &Journal, facts: &Facts) -> Result<MapRuns, JournalError> {
    let mut map_runs = MapRuns::default();
    for step in steps(journal, facts)? {
        let effects: Vec<Effect> = parse(&step.effects)?;
        for effect in &effects {
            map_runs.note(effect);
        }
    }
    Ok(map_runs)
}

/// The ARNs of the executions in whose effects a text stands.
pub(super) fn executions_that_told_of(
    journal: &Journal,
    text: &str,
) -> Result<Vec<String>, JournalError> {
    let found = journal.read(|connection| {
        connection
            .prepare_cached(
                "SELECT arn FROM executions WHERE number IN
                 (SELECT execution FROM steps WHERE instr(effects, ?1) > 0)",
            )?
            .query_map([text], |row| row.get(0))?
            .collect()
    })?;
    Ok(found.unwrap_or_default())
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, JournalError> {
    serde_json::from_str(text).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> JournalError {
    JournalError::Unreadable(error.to_string())
}

fn damaged(arn: &str) -> JournalError {
    JournalError::Unreadable(format!("a row of `{arn}` does not match its checksum"))
}
