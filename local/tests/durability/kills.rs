//! Fifty kills: half of them right behind a write of each file, half anywhere. `--example kill_loop` does any number.

use std::time::Duration;

use comanda_local::journal::{Journal, JournalError};

use super::{
    rounds::{Moment, Seen},
    worker::FILES,
    worker_process,
};

const KILLS: u64 = 50;

/// Spread evenly over the first writes, without chance: a failure comes again.
fn moment(kill: u64) -> Moment {
    if kill.is_multiple_of(2) {
        // Six writes a number: each file is the last one written in turn.
        Moment::AtAcknowledgement(1 + kill / 2 % 18)
    } else {
        Moment::After(Duration::from_micros(kill * 1_300 % 61_000))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_lose_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut seen = Seen::default();
    for kill in 0..KILLS {
        let command = worker_process(directory.path(), seen.next());
        let moment = moment(kill);
        let round = seen.round(directory.path(), command, moment).await;
        round.unwrap_or_else(|wrong| panic!("kill {kill}, {moment:?}: {wrong}"));
    }
    assert_eq!(seen.kills, KILLS);
    for file in FILES {
        let count = seen
            .acknowledged
            .get(file)
            .map_or(0, |numbers| numbers.len());
        assert!(count > 20, "{file}: only {count} writes");
    }
}

#[test]
fn of_two_processes_one_leads() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut process = worker_process(directory.path(), 0)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a process");
    let output = process.stdout.take().expect("its output");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(output));
    assert!(lines.any(|line| line.is_ok_and(|line| line == "up")));
    let refused = Journal::open(directory.path()).map(|_| ());
    process.kill().expect("killed");
    process.wait().expect("gone");
    match refused {
        Err(JournalError::AlreadyUp { process: id, .. }) => assert_eq!(id, process.id()),
        other => panic!("a second leader: {other:?}"),
    }
    // The dead leader's lock is no obstacle.
    Journal::open(directory.path()).expect("the next leader");
}
