//! Counts by family, and what is known to differ.

use std::collections::BTreeMap;
use std::process::ExitCode;

/// One file for all runners: family, name, reason.
const EXCEPTIONS: &str = include_str!("../../../asl/tests/conformance/exceptions.json");

/// A case, and how it came out.
pub struct Judged {
    pub family: String,
    pub name: String,
    /// How it differs, if it does.
    pub verdict: Result<(), String>,
}

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    left_out: usize,
}

/// Prints what differs and a closing line for each family.
pub fn report(judged: Vec<Judged>) -> ExitCode {
    let exceptions: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(EXCEPTIONS).expect("exceptions.json is readable");
    let mut families: BTreeMap<String, Count> = BTreeMap::new();
    for Judged {
        family,
        name,
        verdict,
    } in judged
    {
        let listed = exceptions
            .get(&family)
            .is_some_and(|names| names.contains_key(&name));
        let count = families.entry(family).or_default();
        match verdict {
            Ok(()) if listed => {
                count.failed += 1;
                println!("{name}: passes, but is listed as an exception");
            }
            Ok(()) => count.passed += 1,
            Err(_) if listed => count.left_out += 1,
            Err(difference) => {
                count.failed += 1;
                println!("{name}: {difference}");
            }
        }
    }
    let mut total = Count::default();
    for (family, count) in &families {
        println!("{family}: {}", line(count));
        total.passed += count.passed;
        total.failed += count.failed;
        total.left_out += count.left_out;
    }
    println!("conformance: {}", line(&total));
    if total.failed == 0 && total.passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn line(count: &Count) -> String {
    let left_out = if count.left_out == 0 {
        String::new()
    } else {
        format!(" ({} exceptions)", count.left_out)
    };
    format!("{} passed, {} failed{left_out}", count.passed, count.failed)
}
