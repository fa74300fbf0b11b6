//! Judges the engine by what AWS itself answered.
//!
//! The recordings are in `$CONFORMANCE_DIR`, else in `shared/conformance` beside a folder above this crate; without them
//! nothing is judged, and that is said. `exceptions.json` lists the cases left out, each with its reason.
//! `cargo test --test conformance -- WORD` judges only cases whose name holds the word, and shows more about each.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests may fail a test"
)]

mod botocore;
mod case;
mod compare;
mod fixtures;
mod replay;
mod state_test;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use case::Case;
use state_test::StateCase;

/// The cases that are not judged: name to reason.
const EXCEPTIONS: &str = include_str!("exceptions.json");

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    left_out: usize,
}

fn main() -> ExitCode {
    let Some(directory) = directory() else {
        println!(
            "conformance: skipped, there are no recordings: set CONFORMANCE_DIR, or put them into ../shared/conformance"
        );
        return ExitCode::SUCCESS;
    };
    let word = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let exceptions: BTreeMap<String, String> =
        serde_json::from_str(EXCEPTIONS).expect("exceptions.json is readable");
    let mut families: BTreeMap<String, Count> = BTreeMap::new();
    for (name, area, verdict) in verdicts(&directory, word.as_deref()) {
        let count = families.entry(area).or_default();
        match (verdict, exceptions.get(&name)) {
            (Ok(()), None) => count.passed += 1,
            (Ok(()), Some(_)) => {
                count.failed += 1;
                println!("{name}: passes, but is listed as an exception");
            }
            (Err(_), Some(_)) => count.left_out += 1,
            (Err(difference), None) => {
                count.failed += 1;
                println!("{name}: {difference}");
            }
        }
    }
    report(&families)
}

fn judge(case: &Case) -> Result<(), String> {
    // Where the recorder's input differs from the test's, one of the two was changed by hand afterwards.
    let mut first = None;
    for input in &case.inputs {
        let verdict = caught(|| compare::check(case, &replay::run(case, input)?));
        match verdict {
            Ok(()) => return Ok(()),
            Err(difference) => first = first.or(Some(difference)),
        }
    }
    Err(first.unwrap_or_default())
}

fn report(families: &BTreeMap<String, Count>) -> ExitCode {
    let mut total = Count::default();
    for (family, count) in families {
        println!("{family}: {}", line(count));
        total.passed += count.passed;
        total.failed += count.failed;
        total.left_out += count.left_out;
    }
    println!("conformance: {}", line(&total));
    if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn line(count: &Count) -> String {
    let left_out = if count.left_out == 0 {
        String::new()
    } else {
        format!(" ({} left out)", count.left_out)
    };
    format!("{} passed, {} failed{left_out}", count.passed, count.failed)
}

fn directory() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("CONFORMANCE_DIR") {
        return Some(PathBuf::from(given));
    }
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.find_map(|folder| {
        let recordings = folder.join("shared").join("conformance");
        recordings.is_dir().then_some(recordings)
    })
}

/// Judges all executions and tested states, in the order of the files' names: name, family, verdict.
fn verdicts(directory: &Path, word: Option<&str>) -> Vec<(String, String, Result<(), String>)> {
    let wanted = |name: &str| word.is_none_or(|word| name.contains(word));
    let mut verdicts = Vec::new();
    for line in lines(directory) {
        if let Some(case) = Case::read(&line).filter(|case| wanted(&case.name)) {
            let verdict = judge(&case);
            verdicts.push((case.name, case.area, verdict));
        } else if let Some(case) = serde_json::from_str(&line)
            .ok()
            .and_then(|case| StateCase::read(&case))
            .filter(|case| wanted(&case.name))
        {
            let verdict = caught(|| case.judge());
            verdicts.push((case.name, case.area, verdict));
        }
    }
    verdicts
}

/// A panic is a verdict too.
fn caught(judge: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge));
    judged.unwrap_or_else(|_| Err("panicked".to_owned()))
}

fn lines(directory: &Path) -> Vec<String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory.join("aws"))
        .expect("the recordings have a folder 'aws'")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a recording is readable");
        lines.extend(
            text.lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned),
        );
    }
    lines
}
