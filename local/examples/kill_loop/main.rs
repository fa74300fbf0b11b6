//! `cargo run -p comanda-local --example kill_loop -- --kills 2000`: kills a writing stack again and again, and looks after
//! each kill what is left (RELIABILITY L1 to L3). `cargo test -p comanda-local --test durability` does fifty.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

mod rounds;
mod worker;

use rounds::{Moment, Seen};

/// After so many kills a fresh directory is taken: a look reads all that is there.
const KILLS_A_DIRECTORY: u64 = 50;
/// A moment is somewhere in this many microseconds after the process came up.
const LATEST_MICROSECONDS: u64 = 120_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--work", directory, first] => work(directory.into(), first.parse().unwrap_or_default()),
        ["--kills", kills] => match kills.parse() {
            Ok(kills) => finish(run(kills)),
            Err(_) => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: kill_loop --kills NUMBER");
    ExitCode::from(2)
}

fn work(directory: PathBuf, first: u64) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Runtime::new() else {
        return ExitCode::FAILURE;
    };
    let ended = runtime.block_on(worker::work(&directory, first..=u64::MAX));
    eprintln!("stopped: {ended:?}");
    ExitCode::FAILURE
}

fn finish(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("error: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn run(kills: u64) -> Result<String, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let began = Instant::now();
    let (mut done, mut acknowledged) = (0, 0);
    while done < kills {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut seen = Seen::default();
        for _ in 0..KILLS_A_DIRECTORY.min(kills - done) {
            let mut command = Command::new(&program);
            command
                .arg("--work")
                .arg(directory.path())
                .arg(seen.next().to_string());
            let moment = moment(done);
            let round = seen.round(directory.path(), command, moment);
            runtime
                .block_on(round)
                .map_err(|wrong| format!("kill {done}, {moment:?}: {wrong}"))?;
            done += 1;
            if done.is_multiple_of(100) {
                eprintln!("{done} kills in {:.0} s", began.elapsed().as_secs_f64());
            }
        }
        acknowledged += seen
            .acknowledged
            .values()
            .map(|numbers| numbers.len() as u64)
            .sum::<u64>();
    }
    Ok(format!(
        "{done} kills in {:.0} s; {acknowledged} acknowledged writes, all there and none half",
        began.elapsed().as_secs_f64()
    ))
}

/// Every other kill is right behind a write; the others are anywhere.
fn moment(kill: u64) -> Moment {
    if kill.is_multiple_of(2) {
        Moment::AtAcknowledgement(1 + kill / 2 % 18)
    } else {
        Moment::After(Duration::from_micros(
            rand::random::<u64>() % LATEST_MICROSECONDS,
        ))
    }
}
