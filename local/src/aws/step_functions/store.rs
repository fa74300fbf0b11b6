//! Machines, the texts they had, and activities on disk.

use rusqlite::{Connection, params};
use serde::{Serialize, de::DeserializeOwned};

use crate::journal::{Change, Journal, JournalError, checksum};

/// A change that puts a record into a table of names (`machines`, `activities`).
pub fn put<T: Serialize>(table: Table, name: &str, record: &T) -> Result<Change, JournalError> {
    let text = serde_json::to_string(record)
        .map_err(|error| JournalError::Unreadable(error.to_string()))?;
    let name = name.to_owned();
    Ok(Box::new(move |connection| {
        let sum = checksum(&[name.as_bytes(), text.as_bytes()]);
        connection
            .execute(table.put(), params![name, text, sum])
            .map(|_| ())
    }))
}

/// A change that removes a record.
pub fn remove(table: Table, name: &str) -> Change {
    let name = name.to_owned();
    Box::new(move |connection| connection.execute(table.remove(), [name]).map(|_| ()))
}

/// A change that keeps the text of one revision. It stays when the machine goes: executions may still run it.
pub fn put_revision(revision: &str, machine: &str, definition: &str) -> Change {
    let (revision, machine) = (revision.to_owned(), machine.to_owned());
    let definition = definition.to_owned();
    Box::new(move |connection| {
        let sum = checksum(&[revision.as_bytes(), definition.as_bytes()]);
        connection
            .execute(
                "INSERT INTO revisions VALUES (?1, ?2, ?3, ?4)",
                params![revision, machine, definition, sum],
            )
            .map(|_| ())
    })
}

/// Two changes as one.
pub fn both(first: Change, second: Change) -> Change {
    Box::new(|connection: &Connection| {
        first(connection)?;
        second(connection)
    })
}

/// All records of a table.
pub fn load<T: DeserializeOwned>(journal: &Journal, table: Table) -> Result<Vec<T>, JournalError> {
    let rows = three_columns(journal, table.all())?;
    rows.into_iter()
        .map(|(_, text)| {
            serde_json::from_str(&text).map_err(|error| JournalError::Unreadable(error.to_string()))
        })
        .collect()
}

/// The revisions and texts that running executions and machines may still need.
pub fn load_revisions(journal: &Journal) -> Result<Vec<(String, String)>, JournalError> {
    three_columns(
        journal,
        "SELECT revision, definition, checksum FROM revisions",
    )
}

fn three_columns(
    journal: &Journal,
    query: &'static str,
) -> Result<Vec<(String, String)>, JournalError> {
    type Row = (String, String, u32);
    let rows: Option<Vec<Row>> = journal.read(|connection| {
        connection
            .prepare(query)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect()
    })?;
    let rows = rows.unwrap_or_default().into_iter();
    rows.map(|(key, text, sum)| {
        if checksum(&[key.as_bytes(), text.as_bytes()]) == sum {
            Ok((key, text))
        } else {
            Err(JournalError::Unreadable(format!(
                "the row `{key}` does not match its checksum"
            )))
        }
    })
    .collect()
}

/// A table of records by name.
#[derive(Debug, Clone, Copy)]
pub enum Table {
    /// State machines.
    Machines,
    /// Activities.
    Activities,
}

impl Table {
    fn put(self) -> &'static str {
        match self {
            Self::Machines => {
                "INSERT INTO machines VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET record = ?2, checksum = ?3"
            }
            Self::Activities => {
                "INSERT INTO activities VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET record = ?2, checksum = ?3"
            }
        }
    }

    fn remove(self) -> &'static str {
        match self {
            Self::Machines => "DELETE FROM machines WHERE name = ?1",
            Self::Activities => "DELETE FROM activities WHERE name = ?1",
        }
    }

    fn all(self) -> &'static str {
        match self {
            Self::Machines => "SELECT name, record, checksum FROM machines",
            Self::Activities => "SELECT name, record, checksum FROM activities",
        }
    }
}
