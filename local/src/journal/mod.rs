//! What must survive a `kill -9`: one SQLite file, one writer thread, one transaction for many callers.
//!
//! The journal knows how to make changes durable, who may write, and when to stop. What a change means (queues,
//! executions) is its callers' business. Promises L1 to L5: what was acknowledged is there after a crash, a change is
//! there whole or not at all, the first failed write is the last one, and of two processes one leads.

mod checksum;
mod lock;
mod schema;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use rusqlite::Connection;
use tokio::sync::watch;

pub use checksum::checksum;

/// The file that holds everything but the DynamoDB tables.
const FILE_NAME: &str = "journal.sqlite";

/// One change: statements that succeed together. It runs on the writer thread, inside a transaction.
pub type Change = Box<dyn FnOnce(&Connection) -> rusqlite::Result<()> + Send>;

/// Why something is not durable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// Another process has the data directory.
    #[error("already up here: `{}` (process {process})", directory.display())]
    AlreadyUp {
        /// The data directory.
        directory: PathBuf,
        /// The process that has it; 0 if it did not say.
        process: u32,
    },
    /// The directory or a file in it cannot be used.
    #[error("cannot use the data directory `{}`: {detail}", directory.display())]
    Directory {
        /// The data directory.
        directory: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The file is damaged, or was written by a newer version.
    #[error("the journal cannot be read: {0}")]
    Unreadable(String),
    /// A write failed. Nothing was written since, and nothing will be.
    #[error("the journal stopped after a failed write, nothing more is accepted: {0}")]
    Stopped(String),
}

/// The journal of one data directory, or of none (ephemeral). Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Ephemeral,
    File(Arc<File>),
}

struct File {
    writer: writer::Writer,
    /// For reads beside the writer; WAL lets it read while the writer writes.
    reader: Mutex<Connection>,
    /// Held for as long as the process may write.
    lock: Mutex<Option<lock::Lock>>,
}

impl Journal {
    /// A journal that keeps nothing.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self {
            kind: Kind::Ephemeral,
        }
    }

    /// Opens the journal of `directory`, which is made if it is not there, and becomes its one leader.
    pub fn open(directory: &Path) -> Result<Self, JournalError> {
        let lock = lock::Lock::take(directory)?;
        let file = directory.join(FILE_NAME);
        let (writer, epoch) = schema::open_leader(&file)?;
        let reader = schema::open_reader(&file)?;
        Ok(Self {
            kind: Kind::File(Arc::new(File {
                writer: writer::Writer::start(writer, epoch)?,
                reader: Mutex::new(reader),
                lock: Mutex::new(Some(lock)),
            })),
        })
    }

    /// Hands a change to the writer. Changes are made in the order of the calls; the answer comes when this one is
    /// durable, together with whatever else was waiting (group commit).
    pub fn commit(&self, change: Change) -> Commit {
        match &self.kind {
            Kind::Ephemeral => Commit(None),
            Kind::File(file) => Commit(Some(file.writer.submit(change))),
        }
    }

    /// Reads with a connection of its own; `None` if nothing is kept.
    pub fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, JournalError> {
        let Kind::File(file) = &self.kind else {
            return Ok(None);
        };
        let reader = file
            .reader
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        query(&reader)
            .map(Some)
            .map_err(|error| JournalError::Unreadable(error.to_string()))
    }

    /// Writes what was handed over, ends the writer, and lets another process lead. Later changes are refused.
    pub fn close(&self) {
        if let Kind::File(file) = &self.kind {
            file.writer.close();
            let mut lock = file
                .lock
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            *lock = None;
        }
    }

    /// Whether anything is kept at all.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        matches!(self.kind, Kind::File(_))
    }

    /// Turns to the reason when a write failed. Whoever runs the stack watches it and ends the process.
    #[must_use]
    pub fn stopped(&self) -> watch::Receiver<Option<String>> {
        match &self.kind {
            Kind::Ephemeral => watch::channel(None).1,
            Kind::File(file) => file.writer.stopped(),
        }
    }
}

/// A change on its way to the disk. Dropping it does not take the change back.
#[must_use = "nothing may be acknowledged before the change is durable"]
pub struct Commit(Option<writer::Pending>);

impl Commit {
    /// Waits until the change is durable.
    pub async fn durable(self) -> Result<(), JournalError> {
        match self.0 {
            None => Ok(()),
            Some(pending) => pending.wait().await,
        }
    }
}

#[cfg(test)]
mod tests;
