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

mod case;
mod compare;
mod fixtures;
mod replay;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use case::Case;

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
    for case in cases(&directory) {
        if word
            .as_ref()
            .is_some_and(|word| !case.name.contains(word.as_str()))
        {
            continue;
        }
        let count = families.entry(case.area.clone()).or_default();
        let verdict = judge(&case);
        match (verdict, exceptions.get(&case.name)) {
            (Ok(()), None) => count.passed += 1,
            (Ok(()), Some(_)) => {
                count.failed += 1;
                println!("{}: passes, but is listed as an exception", case.name);
            }
            (Err(_), Some(_)) => count.left_out += 1,
            (Err(difference), None) => {
                count.failed += 1;
                println!("{}: {difference}", case.name);
            }
        }
    }
    report(&families)
}

fn judge(case: &Case) -> Result<(), String> {
    // Where the recorder's input differs from the test's, one of the two was changed by hand afterwards.
    let mut first = None;
    for input in &case.inputs {
        let outcome =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| replay::run(case, input)));
        let verdict = match outcome {
            Ok(Ok(ran)) => compare::check(case, &ran),
            Ok(Err(reason)) => Err(reason),
            Err(_) => Err("panicked".to_owned()),
        };
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

/// All executions, in the order of the files' names.
fn cases(directory: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory.join("aws"))
        .expect("the recordings have a folder 'aws'")
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
        cases.extend(
            text.lines()
                .filter(|line| !line.is_empty())
                .filter_map(Case::read),
        );
    }
    cases
}
