//! The tables of the journal, and how its connections are opened.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::JournalError;

/// Raised with every change to [`TABLES`] that an older version could not read.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE leader (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO leader VALUES (1, 0);

CREATE TABLE queues (
    name TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE queue_messages (
    queue TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    record TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (queue, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE queue_deduplication (
    queue TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
    key TEXT NOT NULL,
    record TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (queue, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE machines (
    name TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE activities (
    name TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE revisions (
    revision TEXT PRIMARY KEY,
    machine TEXT NOT NULL,
    definition TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE executions (
    number INTEGER PRIMARY KEY,
    arn TEXT NOT NULL UNIQUE,
    machine TEXT NOT NULL,
    running INTEGER NOT NULL,
    record TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
    token TEXT PRIMARY KEY,
    execution INTEGER NOT NULL REFERENCES executions (number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE steps (
    execution INTEGER NOT NULL REFERENCES executions (number) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    effects TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (execution, sequence)
) STRICT, WITHOUT ROWID;
";

fn unreadable(error: rusqlite::Error) -> JournalError {
    JournalError::Unreadable(error.to_string())
}

/// Opens the writing connection and begins a new epoch: a writer of an older epoch finds out at its next write.
pub fn open_leader(file: &Path) -> Result<(Connection, i64), JournalError> {
    let connection = Connection::open(file).map_err(unreadable)?;
    prepare(&connection).map_err(unreadable)?;
    check_file(&connection)?;
    migrate(&connection)?;
    let epoch = connection
        .query_row(
            "UPDATE leader SET epoch = epoch + 1 RETURNING epoch",
            [],
            |row| row.get(0),
        )
        .map_err(unreadable)?;
    Ok((connection, epoch))
}

/// Opens a connection that cannot write.
pub fn open_reader(file: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(unreadable)?;
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(unreadable)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // WAL with NORMAL may lose the last commits when the power goes.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

fn check_file(connection: &Connection) -> Result<(), JournalError> {
    let verdict: Option<String> = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .optional()
        .map_err(unreadable)?;
    match verdict.as_deref() {
        Some("ok") => Ok(()),
        other => Err(JournalError::Unreadable(format!(
            "the file is damaged: {}",
            other.unwrap_or("no verdict")
        ))),
    }
}

fn migrate(connection: &Connection) -> Result<(), JournalError> {
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(unreadable)?;
    match version {
        0 => connection
            .execute_batch(&format!(
                "BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"
            ))
            .map_err(unreadable),
        VERSION => Ok(()),
        newer => Err(JournalError::Unreadable(format!(
            "it has format {newer}, this version reads format {VERSION}"
        ))),
    }
}
