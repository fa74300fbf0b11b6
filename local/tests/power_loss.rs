//! Power loss: what the disk had not been told to keep may be lost, torn or in disorder. A recorded scenario's files are cut
//! and garbled at every frame of the write-ahead log, and opened again.
//!
//! The log is SQLite's (https://www.sqlite.org/fileformat2.html#the_write_ahead_log): a header of 32 bytes, then frames of a
//! header of 24 bytes and one page. Every commit is synced before it is acknowledged, so a cut at or behind the length of
//! the log at an acknowledgement is a loss that may really happen after it.
//!
//! In a test program of its own: a process that another test forks holds this one's locks for the moment before it begins.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::path::{Path, PathBuf};

use comanda_local::journal::{Change, Journal};
use rusqlite::Connection;

const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const COMMITS: usize = 24;

/// One scenario: the files as they were, and the log's length at each acknowledgement.
struct Recorded {
    database: Vec<u8>,
    log: Vec<u8>,
    acknowledged_at: Vec<usize>,
    page: usize,
}

/// What happens to a frame.
type Damage = fn(&mut [u8]);

/// Two rows by one change.
fn twins(number: usize) -> Change {
    Box::new(move |connection| {
        for half in ["a", "b"] {
            let name = format!("{number:04}{half}{}", "x".repeat(number * 97 % 900));
            connection.execute("INSERT INTO queues VALUES (?1, '{}', 0)", [name])?;
        }
        Ok(())
    })
}

fn journal_of(directory: &Path) -> (PathBuf, PathBuf) {
    let file = directory.join("journal.sqlite");
    (file, directory.join("journal.sqlite-wal"))
}

async fn record() -> Recorded {
    let directory = tempfile::tempdir().expect("a directory");
    let (file, log) = journal_of(directory.path());
    let journal = Journal::open(directory.path()).expect("a journal");
    let mut acknowledged_at = Vec::new();
    for number in 0..COMMITS {
        let commit = journal.commit(twins(number));
        commit.durable().await.expect("durable");
        let length = std::fs::metadata(&log).expect("a log").len();
        acknowledged_at.push(usize::try_from(length).expect("small"));
    }
    let page = Connection::open(&file)
        .expect("a file")
        .query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0))
        .expect("a page size");
    Recorded {
        database: std::fs::read(&file).expect("the database"),
        log: std::fs::read(&log).expect("the log"),
        acknowledged_at,
        page: usize::try_from(page).expect("small"),
    }
}

impl Recorded {
    fn frame(&self) -> usize {
        FRAME_HEADER + self.page
    }

    fn frames(&self) -> usize {
        (self.log.len() - LOG_HEADER) / self.frame()
    }

    /// Opens these files as the stack does, twice, and gives the numbers that are there.
    fn open(&self, database: &[u8], log: &[u8]) -> Vec<usize> {
        let directory = tempfile::tempdir().expect("a directory");
        let (file, log_file) = journal_of(directory.path());
        std::fs::write(file, database).expect("written");
        std::fs::write(log_file, log).expect("written");
        let first = numbers(directory.path());
        assert_eq!(numbers(directory.path()), first, "recovered twice");
        first
    }

    /// Everything acknowledged when the log had at most `length` bytes.
    fn acknowledged(&self, length: usize) -> usize {
        let within = self.acknowledged_at.iter().filter(|at| **at <= length);
        within.count()
    }
}

/// The numbers in the journal; a half without its twin fails the test.
fn numbers(directory: &Path) -> Vec<usize> {
    let journal = Journal::open(directory).expect("it opens");
    let names: Vec<String> = journal
        .read(|connection| {
            connection
                .prepare("SELECT name FROM queues ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
        .expect("it reads")
        .expect("it is kept");
    journal.close();
    let halves: Vec<(usize, &str)> = names
        .iter()
        .map(|name| (name[..4].parse().expect("a number"), &name[4..5]))
        .collect();
    let (a, b): (Vec<_>, Vec<_>) = halves.iter().partition(|(_, half)| *half == "a");
    let of =
        |halves: Vec<&(usize, &str)>| halves.iter().map(|(number, _)| *number).collect::<Vec<_>>();
    let (a, b) = (of(a), of(b));
    assert_eq!(a, b, "half a change");
    a
}

/// A prefix of the history, at least as long as what was acknowledged.
#[track_caller]
fn check(found: &[usize], at_least: usize, place: &str) {
    let expected: Vec<usize> = (0..found.len()).collect();
    assert_eq!(found, expected, "{place}: not a prefix");
    assert!(
        found.len() >= at_least,
        "{place}: {} of {at_least}",
        found.len()
    );
}

#[tokio::test]
async fn a_log_that_is_cut_anywhere_is_a_prefix_with_all_that_was_acknowledged() {
    let recorded = record().await;
    assert!(recorded.frames() > COMMITS);
    let frame = recorded.frame();
    for number in 0..=recorded.frames() {
        let boundary = LOG_HEADER + number * frame;
        for cut in [
            boundary,
            boundary + 9,
            boundary + FRAME_HEADER,
            boundary + frame / 2,
        ] {
            let cut = cut.min(recorded.log.len());
            let found = recorded.open(&recorded.database, &recorded.log[..cut]);
            check(&found, recorded.acknowledged(cut), &format!("cut at {cut}"));
        }
    }
}

#[tokio::test]
async fn a_frame_that_is_torn_or_never_came_ends_the_history_there() {
    let recorded = record().await;
    let frame = recorded.frame();
    for number in 0..recorded.frames() {
        let boundary = LOG_HEADER + number * frame;
        let end = boundary + frame;
        let damages: [(&str, Damage); 3] = [
            // Never written, though what came after it was: the disk wrote in disorder.
            ("zeros", |frame| frame.fill(0)),
            // Half of it is from before.
            ("torn", |frame| {
                let half = frame.len() / 2;
                frame[half..].fill(0xA5);
            }),
            ("one bit", |frame| frame[FRAME_HEADER + 7] ^= 1),
        ];
        for (damage, make) in damages {
            let mut log = recorded.log.clone();
            make(&mut log[boundary..end]);
            let found = recorded.open(&recorded.database, &log);
            let place = format!("{damage} in frame {number}");
            check(&found, recorded.acknowledged(boundary), &place);
            assert!(found.len() < COMMITS, "{place}: the damage was not noticed");
        }
    }
}

/// A checkpoint copies pages from the log into the database. Whichever of them had arrived when the power went, the log is
/// still whole, and so is the history.
#[tokio::test]
async fn a_checkpoint_that_got_anywhere_loses_nothing() {
    let recorded = record().await;
    let directory = tempfile::tempdir().expect("a directory");
    let (file, log) = journal_of(directory.path());
    std::fs::write(&file, &recorded.database).expect("written");
    std::fs::write(&log, &recorded.log).expect("written");
    assert_eq!(numbers(directory.path()).len(), COMMITS);
    let after = std::fs::read(&file).expect("the database");
    let pages = after.len() / recorded.page;
    assert!(pages > 4);
    let page = |number: usize| number * recorded.page..(number + 1) * recorded.page;
    for arrived in 0..pages {
        let mut database = recorded.database.clone();
        database.resize(after.len().max(database.len()), 0);
        database[page(arrived)].copy_from_slice(&after[page(arrived)]);
        let found = recorded.open(&database, &recorded.log);
        check(&found, COMMITS, &format!("page {arrived} arrived"));
        // Torn in the middle of that page.
        let middle = page(arrived).start + recorded.page / 2;
        database[middle..page(arrived).end].fill(0);
        let found = recorded.open(&database, &recorded.log);
        check(&found, COMMITS, &format!("page {arrived} is torn"));
    }
}

/// The tables' file is opened by dynoxide, which names no level of synchronisation: SQLite's own must be the full one.
#[test]
fn a_file_without_a_level_of_its_own_is_synced_at_every_commit() {
    let directory = tempfile::tempdir().expect("a directory");
    let connection = Connection::open(directory.path().join("any.sqlite")).expect("a file");
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .expect("a log");
    let level: u32 = connection
        .query_row("PRAGMA synchronous", [], |row| row.get(0))
        .expect("a level");
    assert_eq!(level, 2, "FULL");
}
