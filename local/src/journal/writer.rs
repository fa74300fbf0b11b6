//! The one thread that writes. Whatever waits when it comes round goes into one transaction, so that one `fsync`
//! serves many callers; after the first failure it only says why.

use std::sync::{Mutex, PoisonError, mpsc};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::{Change, JournalError};

/// So many changes at most share a transaction; a bound on the time one caller waits for others.
const CHANGES_PER_COMMIT: usize = 512;

type Answer = oneshot::Sender<Result<(), JournalError>>;

/// The sending side of the writer thread. The thread ends when this is closed or dropped.
pub struct Writer {
    open: Mutex<Option<Open>>,
    stopped: watch::Receiver<Option<String>>,
}

struct Open {
    changes: mpsc::Sender<(Change, Answer)>,
    thread: std::thread::JoinHandle<()>,
}

/// The answer to one change.
pub struct Pending(oneshot::Receiver<Result<(), JournalError>>);

impl Pending {
    pub async fn wait(self) -> Result<(), JournalError> {
        match self.0.await {
            Ok(answer) => answer,
            Err(_) => Err(JournalError::Stopped("the journal is closed".to_owned())),
        }
    }
}

impl Writer {
    /// Starts the thread on a connection that leads in `epoch`.
    pub fn start(connection: Connection, epoch: i64) -> Result<Self, JournalError> {
        let (changes, incoming) = mpsc::channel();
        let (stop, stopped) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || run(connection, epoch, &incoming, &stop))
            .map_err(|error| JournalError::Stopped(error.to_string()))?;
        Ok(Self {
            open: Mutex::new(Some(Open { changes, thread })),
            stopped,
        })
    }

    /// Queues a change behind all earlier ones.
    pub fn submit(&self, change: Change) -> Pending {
        let (answer, pending) = oneshot::channel();
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*open {
            // A thread that is gone has dropped the receiver; `Pending::wait` then says so.
            let _ = open.changes.send((change, answer));
        }
        Pending(pending)
    }

    pub fn stopped(&self) -> watch::Receiver<Option<String>> {
        self.stopped.clone()
    }
}

impl Writer {
    /// Ends the thread once all that was handed over is written.
    pub fn close(&self) {
        let open = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.take()
        };
        if let Some(Open { changes, thread }) = open {
            drop(changes);
            // The thread has no way to panic that we could tell anyone about at this point.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(
    mut connection: Connection,
    epoch: i64,
    incoming: &mpsc::Receiver<(Change, Answer)>,
    stop: &watch::Sender<Option<String>>,
) {
    while let Ok(first) = incoming.recv() {
        let mut changes = vec![first.0];
        let mut answers = vec![first.1];
        while changes.len() < CHANGES_PER_COMMIT
            && let Ok((change, answer)) = incoming.try_recv()
        {
            changes.push(change);
            answers.push(answer);
        }
        let result = commit(&mut connection, epoch, changes).map_err(|error| error.to_string());
        for answer in answers {
            // Whoever does not wait for the answer does not need it.
            let _ = answer.send(result.clone().map_err(JournalError::Stopped));
        }
        if let Err(reason) = result {
            tracing::error!(%reason, "the journal stops: a write failed");
            stop.send_replace(Some(reason.clone()));
            refuse_all(incoming, &reason);
            return;
        }
    }
    // Leaves one tidy file behind; if it fails, the next start reads the WAL.
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
}

/// INVARIANT: after a failed commit nothing is written. What the disk holds after a failed `fsync` is unknown, and a
/// second try may seem to succeed without having written anything.
fn refuse_all(incoming: &mpsc::Receiver<(Change, Answer)>, reason: &str) {
    while let Ok((_, answer)) = incoming.recv() {
        let _ = answer.send(Err(JournalError::Stopped(reason.to_owned())));
    }
}

fn commit(connection: &mut Connection, epoch: i64, changes: Vec<Change>) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let leader: i64 = transaction.query_row("SELECT epoch FROM leader", [], |row| row.get(0))?;
    if leader != epoch {
        return Err(rusqlite::Error::ToSqlConversionFailure(Box::new(
            FencedError { epoch, leader },
        )));
    }
    for change in changes {
        change(&transaction)?;
    }
    transaction.commit()
}

/// Another process took over although we still held the lock (a copied or network file system).
#[derive(Debug, thiserror::Error)]
#[error("another process leads now (epoch {leader}, ours was {epoch})")]
struct FencedError {
    epoch: i64,
    leader: i64,
}
