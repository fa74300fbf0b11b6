//! Judges the engine by what AWS itself answered, and its JSONata by the reference implementation's suite.
//!
//! The cases are in `$CONFORMANCE_DIR`, else in `shared/conformance` beside a folder above this crate; without them
//! nothing is judged, and that is said. `asl/tests/conformance/exceptions.json` lists what is known to differ, each with its
//! reason; a case it does not know is simply judged. Definitions are judged by the runner of `asl`, from the same directory.
//! `cargo test -p comanda-engine --test conformance -- WORD` judges only cases whose name holds the word.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of tests may fail a test"
)]

mod botocore;
mod case;
mod compare;
mod compiled;
mod fixtures;
mod jsonata_suite;
mod replay;
mod report;
mod start_case;
mod state_test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use case::Case;
use report::Judged;
use state_test::StateCase;

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
    let wanted = |name: &str| word.as_deref().is_none_or(|word| name.contains(word));
    let mut judged = recorded(&directory, wanted);
    judged.extend(compiled::judge(&directory, wanted));
    judged.extend(jsonata_suite::judge(&directory, wanted));
    if judged.is_empty() {
        println!(
            "conformance: 0 passed, 0 failed: {} holds no case",
            directory.display()
        );
        return ExitCode::FAILURE;
    }
    report::report(judged)
}

fn directory() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("CONFORMANCE_DIR") {
        // Cargo runs tests in their package; what is relative is meant from the workspace.
        return Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(given));
    }
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.find_map(|folder| {
        let recordings = folder.join("shared").join("conformance");
        recordings.is_dir().then_some(recordings)
    })
}

/// Judges what was recorded on AWS, in the order of the files' names. What is about definitions alone is `asl`'s.
fn recorded(directory: &Path, wanted: impl Fn(&str) -> bool) -> Vec<Judged> {
    let mut judged = Vec::new();
    let mut without_definition = 0;
    for case in cases(directory) {
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        if !wanted(&name) {
            continue;
        }
        let mut family = case["area"].as_str().unwrap_or("no area").to_owned();
        let verdict = if let Some(execution) = Case::read(&case) {
            if execution.definition.is_null() {
                without_definition += 1;
                continue;
            }
            judge(&execution)
        } else if let Some(state) = StateCase::read(&case) {
            caught(|| state.judge())
        } else if let Some(verdict) = start_case::judge(&case) {
            "start".clone_into(&mut family);
            verdict
        } else {
            continue;
        };
        judged.push(Judged {
            family,
            name,
            verdict,
        });
    }
    if without_definition > 0 {
        println!("not judged: {without_definition} recordings that hold no definition to run");
    }
    judged
}

fn judge(case: &Case) -> Result<(), String> {
    // Where the recorder's input differs from the test's, one of the two was changed by hand afterwards.
    let mut first = None;
    for input in &case.inputs {
        let verdict = caught(|| {
            let ran = replay::run(case, input)?;
            compare::check(case, &ran)?;
            // The trace is a function of definition, input and events: nothing else may get into it.
            if replay::run(case, input)?.history == ran.history {
                Ok(())
            } else {
                Err("a second run leaves another history".to_owned())
            }
        });
        match verdict {
            Ok(()) => return Ok(()),
            Err(difference) => first = first.or(Some(difference)),
        }
    }
    Err(first.unwrap_or_default())
}

/// A panic is a verdict too.
fn caught(judge: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge));
    judged.unwrap_or_else(|_| Err("panicked".to_owned()))
}

fn cases(directory: &Path) -> Vec<Value> {
    let Ok(entries) = std::fs::read_dir(directory.join("aws")) else {
        println!("not judged: {} has no folder 'aws'", directory.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a recording is readable");
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        cases
            .extend(lines.map(|line| serde_json::from_str::<Value>(line).expect("a case is JSON")));
    }
    cases
}
