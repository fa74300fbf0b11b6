//! Power loss, of the real stack: its process is written down call by call, and at each call the power may go. What was not
//! synced by then is lost, torn or in disorder, in every file; then the stack is opened again, twice.
//!
//! `kill -9` says nothing about this: the kernel keeps what a killed process wrote, synced or not. `power_loss.rs` damages the
//! journal's files at every frame; here is what the process really asks of its disk, in all of them.
//!
//! `COMANDA_BOUNDARIES=all` takes every state that the disk may be left in (`just power-cuts`), a number about so many, evenly
//! spread; without it they are few. No state needs a disk of its own: with `TMPDIR` in memory it goes faster.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod disk;
mod recording;
#[path = "../../examples/kill_loop/rounds.rs"]
#[allow(dead_code, reason = "there are no rounds here")]
mod rounds;
#[path = "../../examples/kill_loop/worker.rs"]
mod worker;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
    sync::{Mutex, PoisonError},
};

use disk::{Call, Disk, Found, Lost, PowerCut};
use recording::{LAST_NUMBERS, last_words, recording};
use rounds::{Seen, look};
use worker::FILES;

const DIRECTORY: &str = "COMANDA_TEST_DIRECTORY";
const FIRST: &str = "COMANDA_TEST_FIRST";
const LAST: &str = "COMANDA_TEST_LAST";

/// So many power cuts, where not all are taken.
const SOME: usize = 50;

/// So many calls around one are near it: those of two numbers.
const CALLS_NEAR: usize = 80;

/// The ways to lose what was not synced.
const LOST: [Lost; 11] = [
    Lost::All,
    Lost::EveryOther(true),
    Lost::EveryOther(false),
    Lost::FromTheMiddle,
    Lost::Bytes,
    Lost::InLogs(true),
    Lost::InLogs(false),
    Lost::ByChance(1),
    Lost::ByChance(2),
    Lost::ByChance(3),
    Lost::None,
];

/// The process under test; without a directory there is nothing to do.
#[test]
fn works_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let numbers = number(FIRST).unwrap_or_default()..=number(LAST).unwrap_or(u64::MAX);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!();
    let ended = runtime.block_on(worker::work(Path::new(&directory), numbers));
    ended.expect("nothing fails");
}

/// The power goes before this call.
#[derive(Debug, Clone, Copy)]
struct Moment {
    call: usize,
    cut: PowerCut,
}

/// What a power cut left, and what had been said before it.
struct Left {
    found: Found,
    said: String,
}

/// Whether the power goes before each call, and behind the last one. Most numbers are written like the ones before; so it goes
/// until the first number is everywhere, and where a database itself is written or was a moment before.
fn taken(calls: &[Call]) -> Vec<bool> {
    let is_first =
        |call: &Call| matches!(call, Call::Said(words) if words.contains(&last_words(0)));
    let first = calls.iter().position(is_first).expect("it is said");
    let is_turn = |call: &Call| matches!(call, Call::Write(path, ..) if path.ends_with(".sqlite"));
    let near = |number: usize| {
        let from = number.saturating_sub(CALLS_NEAR);
        calls[from..calls.len().min(number + CALLS_NEAR)]
            .iter()
            .any(is_turn)
    };
    (0..=calls.len())
        .map(|number| number <= first || near(number))
        .collect()
}

/// Every such moment and every way to lose, each state of the disk once.
fn moments(calls: &[Call]) -> Vec<Moment> {
    let mut disk = Disk::default();
    let (mut seen, mut moments) = (HashSet::new(), Vec::new());
    let mut said = 0;
    for (call, is_taken) in taken(calls).into_iter().enumerate() {
        for loses_names in [false, true] {
            for lost in LOST.into_iter().filter(|_| is_taken) {
                let cut = PowerCut { lost, loses_names };
                if seen.insert((disk.key(cut), said)) {
                    moments.push(Moment { call, cut });
                }
            }
        }
        if let Some(call) = calls.get(call) {
            said += usize::from(matches!(call, Call::Said(_)));
            disk.take(call);
        }
    }
    moments
}

/// The disk as far as it has been played.
#[derive(Default)]
struct Played {
    disk: Disk,
    calls: usize,
    said: String,
}

impl Played {
    /// Plays on to a later moment.
    fn left(&mut self, calls: &[Call], moment: Moment) -> Left {
        for call in &calls[self.calls..moment.call] {
            self.disk.take(call);
            if let Call::Said(words) = call {
                self.said.push_str(words);
            }
        }
        self.calls = moment.call;
        Left {
            found: self.disk.after(moment.cut),
            said: self.said.clone(),
        }
    }
}

/// Opens what is left as the stack does, twice. What is wrong comes back in words.
async fn judged(left: &Left) -> Result<(), String> {
    let directory = tempfile::tempdir().expect("a directory");
    disk::put(&left.found, directory.path());
    let mut seen = Seen::default();
    seen.hear(&left.said);
    let held = look(directory.path()).await?;
    seen.check(&held)?;
    is_begun(&seen, &held.by_file)?;
    if look(directory.path()).await? != held {
        return Err("opening a second time changed what is there".to_owned());
    }
    Ok(())
}

/// The process writes one number after the other: of what it did not acknowledge, only the one that it was at may be there.
fn is_begun(seen: &Seen, held: &BTreeMap<&'static str, BTreeSet<u64>>) -> Result<(), String> {
    let mut begun = Vec::new();
    for (file, numbers) in held {
        let acknowledged = seen.acknowledged.get(*file);
        let is_new = |number: &&u64| !acknowledged.is_some_and(|known| known.contains(*number));
        begun.extend(numbers.iter().filter(is_new).map(|number| (file, number)));
    }
    let acknowledged = seen
        .acknowledged
        .values()
        .map(|numbers| numbers.len() as u64);
    let current = acknowledged.sum::<u64>() / FILES.len() as u64;
    match begun.as_slice() {
        [] => Ok(()),
        [(_, number)] if **number == current => Ok(()),
        begun => Err(format!("at number {current}, there is {begun:?}")),
    }
}

/// Judges them all, in order of time, on as many threads as there are processors, and gives what is wrong.
fn wrong_after(calls: &[Call], moments: &[Moment]) -> Vec<String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let wrong = Mutex::new(Vec::new());
    let judge = |first: usize| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let mut played = Played::default();
        for moment in moments.iter().skip(first).step_by(threads) {
            let left = played.left(calls, *moment);
            if let Err(words) = runtime.block_on(judged(&left)) {
                let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
                wrong.push(format!("{moment:?} of {}: {words}", calls.len()));
            }
        }
    };
    std::thread::scope(|scope| {
        for first in 0..threads {
            let judge = &judge;
            scope.spawn(move || judge(first));
        }
    });
    wrong.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// L1 to L3: whenever the power goes, and whatever of the unsynced the disk has by then, what was acknowledged is there,
/// nothing is half there, and opening twice is opening once.
#[test]
fn a_power_cut_at_any_call_keeps_what_was_acknowledged() {
    let calls = recording();
    let all = moments(calls);
    assert!(all.len() > 500, "{} states of the disk", all.len());
    let wanted = match std::env::var("COMANDA_BOUNDARIES") {
        Ok(which) if which == "all" => all.len(),
        Ok(which) => which.parse().expect("a number, or all"),
        Err(_) => SOME,
    };
    let every = (all.len() / wanted).max(1);
    let taken: Vec<Moment> = all.iter().copied().step_by(every).collect();
    let wrong = wrong_after(calls, &taken);
    println!(
        "{} of {} states of the disk, of {} calls",
        taken.len(),
        all.len(),
        calls.len()
    );
    assert!(wrong.is_empty(), "{} are wrong: {wrong:#?}", wrong.len());
}

/// Were any of these not synced, as a log is not with `synchronous=NORMAL`, something acknowledged would be lost; and the test
/// above would say so.
#[test]
fn a_sync_that_is_not_made_shows() {
    let calls = recording();
    let said = |words: &str| {
        let is_it = |call: &Call| matches!(call, Call::Said(said) if said.contains(words));
        calls.iter().position(is_it).expect("it is said")
    };
    // What the first process did is synced; the second has just said its last words.
    let [closed, killed, _] = LAST_NUMBERS;
    let (begun, ended) = (said(&last_words(closed)), said(&last_words(killed)));
    let first = closed + 1;
    let lost = |file: &str| format!("{file} has lost the acknowledged {first}");
    for (unsynced, loses_names, expected) in [
        ("journal.sqlite-wal", false, lost("execution")),
        ("dynamodb.sqlite-wal", false, lost("table")),
        ("simulators.sqlite-wal", false, lost("provider")),
        ("secrets.new", false, "cannot be used".to_owned()),
        ("s3/.new", false, "is there without its twin".to_owned()),
        // Folders: what was made in them or renamed into them.
        ("s3/numbers/of", true, lost("object")),
        ("", true, lost("provider")),
    ] {
        let is_left_out = |number: usize, call: &Call| {
            number > begun && matches!(call, Call::Sync(path) if path == unsynced)
        };
        let until = calls.iter().take(ended + 1).enumerate();
        let made = until.filter(|(number, call)| !is_left_out(*number, call));
        let calls: Vec<Call> = made.map(|(_, call)| call.clone()).collect();
        let lost = Lost::All;
        let cut = PowerCut { lost, loses_names };
        let call = calls.len();
        let wrong = wrong_after(&calls, &[Moment { call, cut }]);
        let is_seen = wrong.iter().any(|words| words.contains(&expected));
        assert!(is_seen, "{unsynced}: {wrong:?}");
    }
}
