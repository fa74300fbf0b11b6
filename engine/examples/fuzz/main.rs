//! Throws generated and damaged definitions, paths, expressions, inputs and orders of events at the parser, the validator
//! and the whole step, and looks for panics, hangs and runaway memory.
//! `cargo run --release -p comanda-engine --example fuzz -- --minutes 60 --seed 1`
//!
//! The cases run in processes of their own, with a limit on memory and on each case's time. A case that breaks one is
//! made small and printed with its seed and number; `--seed N --case I` runs it again.

mod cases;
mod chance;
mod data;
mod expressions;
mod kinds;
mod machines;
mod shrink;
mod texts;
mod worker;

use std::error::Error;
use std::io::Write as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How many cases a process runs.
const BATCH: u64 = 5_000;
/// How much memory a process may have, in KiB.
const MEMORY_KIB: u64 = 3 * 1024 * 1024;
/// How long a failing case is made smaller.
const SHRINKING: Duration = Duration::from_secs(120);
/// After how many different failures enough is known.
const FAILURES_MAX: usize = 12;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, otherwise: u64| -> Result<u64, Box<dyn Error>> {
        let place = arguments.iter().position(|argument| argument == name);
        match place.and_then(|place| arguments.get(place + 1)) {
            Some(text) => Ok(text.parse()?),
            None => Ok(otherwise),
        }
    };
    let seed = number("--seed", 1)?;
    if arguments.first().is_some_and(|first| first == "--worker") {
        return worker::run(seed, number("--from", 0)?, number("--count", BATCH)?);
    }
    if arguments.first().is_some_and(|first| first == "--one") {
        return worker::run_given();
    }
    if arguments.iter().any(|argument| argument == "--case") {
        let case = cases::make(seed, number("--case", 0)?);
        println!("{case}");
        return Ok(match verdict(&case)? {
            None => ExitCode::SUCCESS,
            Some(failure) => {
                println!("{failure}");
                ExitCode::FAILURE
            }
        });
    }
    fuzz(seed, Duration::from_secs(60 * number("--minutes", 1)?))
}

fn fuzz(seed: u64, duration: Duration) -> Result<ExitCode, Box<dyn Error>> {
    let begun = Instant::now();
    let mut total = worker::Report::default();
    let mut failures: Vec<String> = Vec::new();
    let mut next = 0;
    while begun.elapsed() < duration && failures.len() < FAILURES_MAX {
        let (report, is_whole) = batch(seed, next, BATCH)?;
        total.add(&report);
        if is_whole {
            next += BATCH;
            continue;
        }
        let failed = report.last;
        next = failed + 1;
        let case = cases::make(seed, failed);
        let once =
            || report.failure.unwrap_or("ended".to_owned()) + ", but not when it was run alone";
        let failure = verdict(&case)?.unwrap_or_else(once);
        // The same place in the code is one failure, however many cases lead there; other ends tell no place.
        let tells_place = failure.starts_with("panicked");
        if tells_place && failures.contains(&failure) {
            continue;
        }
        println!("seed {seed}, case {failed}: {failure}");
        let until = Instant::now() + SHRINKING;
        let small = shrink::shrink(case, &mut |candidate| {
            (Instant::now() < until)
                .then(|| matches!(verdict(candidate), Ok(Some(other)) if other == failure))
        });
        println!("    {small}");
        failures.push(failure);
    }
    println!(
        "{} cases with seed {seed} in {} s: {} failures; the slowest was case {} with {} ms; at most {} MiB of memory",
        total.count,
        begun.elapsed().as_secs(),
        failures.len(),
        total.slowest,
        total.slowest_milliseconds,
        total.peak_kib / 1024
    );
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// This program again, with a limit on its memory.
fn limited() -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("ulimit -c 0; ulimit -v {MEMORY_KIB}; exec \"$0\" \"$@\""),
        ])
        .arg(std::env::current_exe()?);
    Ok(command)
}

/// Runs a batch; what it reported, and whether it came to its end.
fn batch(seed: u64, from: u64, count: u64) -> Result<(worker::Report, bool), Box<dyn Error>> {
    let output = limited()?
        .arg("--worker")
        .args([
            "--seed",
            &seed.to_string(),
            "--from",
            &from.to_string(),
            "--count",
            &count.to_string(),
        ])
        .stderr(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok((worker::Report::read(&text, from), output.status.success()))
}

/// What is wrong with a case that runs alone, if anything is.
fn verdict(case: &Value) -> Result<Option<String>, Box<dyn Error>> {
    let mut child = limited()?
        .arg("--one")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(case.to_string().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    let aborted = complained.lines().find(|line| {
        line.contains("hangs")
            || line.contains("overflowed its stack")
            || line.contains("memory allocation")
    });
    let what = said.lines().find(|line| !line.is_empty());
    // How many bytes were asked for says nothing about the place.
    let aborted = aborted.map(|line| {
        if line.contains("memory") {
            "out of memory".to_owned()
        } else {
            line.trim().to_owned()
        }
    });
    Ok(Some(
        what.map(str::to_owned)
            .or(aborted)
            .unwrap_or_else(|| output.status.to_string()),
    ))
}
