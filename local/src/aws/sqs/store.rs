//! Queues on disk: one row per queue, message and remembered deduplication id, each with its checksum.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    message::Message,
    queue::{Accepted, Change},
};
use crate::journal::{self, Journal, JournalError, checksum};

/// A queue's own row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueRecord {
    pub fifo: bool,
    pub attributes: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
}

/// A queue as it was stored.
pub struct StoredQueue {
    pub record: QueueRecord,
    pub messages: BTreeMap<u64, Message>,
    pub accepted: BTreeMap<String, Accepted>,
}

fn row<T: Serialize>(keys: &[&[u8]], record: &T) -> rusqlite::Result<(String, u32)> {
    let text = serde_json::to_string(record)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let mut columns = keys.to_vec();
    columns.push(text.as_bytes());
    let sum = checksum(&columns);
    Ok((text, sum))
}

/// A change that makes or replaces a queue's own row.
pub fn put_queue(name: String, record: QueueRecord) -> journal::Change {
    Box::new(move |connection| {
        let (text, sum) = row(&[name.as_bytes()], &record)?;
        connection
            .prepare_cached(
                "INSERT INTO queues VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET record = ?2, checksum = ?3",
            )?
            .execute(params![name, text, sum])
            .map(|_| ())
    })
}

/// A change that removes a queue and all that is in it.
pub fn delete_queue(name: String) -> journal::Change {
    Box::new(move |connection| {
        connection
            .execute("DELETE FROM queues WHERE name = ?1", [name])
            .map(|_| ())
    })
}

/// A change that stores what happened in queues, in order.
pub fn apply(changes: Vec<(String, Change)>) -> journal::Change {
    Box::new(move |connection| {
        for (queue, change) in changes {
            apply_one(connection, &queue, change)?;
        }
        Ok(())
    })
}

fn apply_one(connection: &Connection, queue: &str, change: Change) -> rusqlite::Result<()> {
    match change {
        Change::Message(message) => {
            let sequence = message.sequence.cast_signed();
            let (text, sum) = row(&[queue.as_bytes(), &sequence.to_le_bytes()], &message)?;
            connection
                .prepare_cached("REPLACE INTO queue_messages VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![queue, sequence, text, sum])?;
        }
        Change::Gone(sequence) => {
            connection
                .prepare_cached("DELETE FROM queue_messages WHERE queue = ?1 AND sequence = ?2")?
                .execute(params![queue, sequence.cast_signed()])?;
        }
        Change::Purged => {
            connection.execute("DELETE FROM queue_messages WHERE queue = ?1", [queue])?;
        }
        Change::Accepted(key, accepted) => {
            let (text, sum) = row(&[queue.as_bytes(), key.as_bytes()], &accepted)?;
            connection
                .prepare_cached("REPLACE INTO queue_deduplication VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![queue, key, text, sum])?;
        }
        Change::Forgotten(keys) => {
            let mut delete = connection
                .prepare_cached("DELETE FROM queue_deduplication WHERE queue = ?1 AND key = ?2")?;
            for key in keys {
                delete.execute(params![queue, key])?;
            }
        }
    }
    Ok(())
}

/// All queues of a journal.
pub fn load(journal: &Journal) -> Result<BTreeMap<String, StoredQueue>, JournalError> {
    let rows = journal.read(|connection| {
        let queues: Vec<(String, String, u32)> = connection
            .prepare("SELECT name, record, checksum FROM queues")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let messages: Vec<(String, i64, String, u32)> = connection
            .prepare("SELECT queue, sequence, record, checksum FROM queue_messages")?
            .query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let accepted: Vec<(String, String, String, u32)> = connection
            .prepare("SELECT queue, key, record, checksum FROM queue_deduplication")?
            .query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        Ok((queues, messages, accepted))
    })?;
    let mut stored = BTreeMap::new();
    let Some((queues, messages, accepted)) = rows else {
        return Ok(stored);
    };
    for (name, text, sum) in queues {
        let queue = StoredQueue {
            record: parse(&[name.as_bytes()], &text, sum)?,
            messages: BTreeMap::new(),
            accepted: BTreeMap::new(),
        };
        stored.insert(name, queue);
    }
    for (name, sequence, text, sum) in messages {
        let message = parse(&[name.as_bytes(), &sequence.to_le_bytes()], &text, sum)?;
        if let Some(queue) = stored.get_mut(&name) {
            queue.messages.insert(sequence.cast_unsigned(), message);
        }
    }
    for (name, key, text, sum) in accepted {
        let accepted = parse(&[name.as_bytes(), key.as_bytes()], &text, sum)?;
        if let Some(queue) = stored.get_mut(&name) {
            queue.accepted.insert(key, accepted);
        }
    }
    Ok(stored)
}

fn parse<T: DeserializeOwned>(keys: &[&[u8]], text: &str, sum: u32) -> Result<T, JournalError> {
    let mut columns = keys.to_vec();
    columns.push(text.as_bytes());
    if checksum(&columns) != sum {
        return Err(JournalError::Unreadable(
            "a row of a queue does not match its checksum".to_owned(),
        ));
    }
    serde_json::from_str(text).map_err(|error| JournalError::Unreadable(error.to_string()))
}
