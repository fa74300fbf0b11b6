//! The simulators' own state: one SQLite file, apart from ours as a provider's database would be.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// The simulators' file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the simulators' database does not work")]
pub struct DatabaseError(#[from] rusqlite::Error);

/// What a file holds after a write that failed is unknown: nothing more is written (RELIABILITY L4).
#[derive(Debug)]
struct Writer {
    connection: Connection,
    has_failed: bool,
}

/// One connection, one writer. A transaction takes a few milliseconds, so it is made on the caller's thread.
#[derive(Debug)]
pub struct Database {
    writer: Mutex<Writer>,
}

impl Database {
    /// Opens the file, or keeps everything in memory.
    pub fn open(file: Option<&Path>) -> Result<Self, DatabaseError> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        // FULL: what a webhook's sender has promised to deliver must survive a power cut, as it would at the provider.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self {
            writer: Mutex::new(Writer {
                connection,
                has_failed: false,
            }),
        })
    }

    /// Runs `work` in one transaction; an error of any kind undoes it.
    pub(crate) fn transact<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.has_failed {
            return Err(stopped().into());
        }
        let behaviour = TransactionBehavior::Immediate;
        let transaction = writer.connection.transaction_with_behavior(behaviour)?;
        let result = work(&transaction)?;
        if let Err(error) = transaction.commit() {
            tracing::error!(%error, "the simulators stop: a write failed");
            writer.has_failed = true;
            return Err(error.into());
        }
        Ok(result)
    }
}

fn stopped() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
    let words = "the simulators stopped after a failed write";
    rusqlite::Error::SqliteFailure(code, Some(words.to_owned()))
}

/// Bodies are JSON; columns beside them are what is looked up by. Instants are milliseconds since 1970.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS faults (provider TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS asaas_accounts (
    id TEXT PRIMARY KEY, api_key TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
    balance_centavos INTEGER NOT NULL, interrupted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS asaas_customers (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS asaas_payments (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    external_reference TEXT, body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS asaas_payments_by_reference ON asaas_payments (external_reference);
CREATE TABLE IF NOT EXISTS asaas_refunds_due (
    position INTEGER PRIMARY KEY AUTOINCREMENT, payment TEXT NOT NULL, due INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS asaas_statement (
    position INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, day TEXT NOT NULL, kind TEXT NOT NULL,
    centavos INTEGER NOT NULL, payment TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS asaas_statement_by_day ON asaas_statement (account, day, position);
CREATE TABLE IF NOT EXISTS asaas_events (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, account TEXT NOT NULL, body TEXT NOT NULL,
    due INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, delivered INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS asaas_events_open ON asaas_events (account, position) WHERE delivered IS NULL;

CREATE TABLE IF NOT EXISTS twilio_accounts (sid TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS twilio_contents (
    position INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, account TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS twilio_messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, inbound INTEGER NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS twilio_messages_by_recipient ON twilio_messages (recipient, position);
CREATE TABLE IF NOT EXISTS twilio_steps (
    position INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL, body TEXT NOT NULL, due INTEGER NOT NULL
) STRICT;
";
