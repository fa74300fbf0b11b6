//! Every code has a page in `docs/errors/`, every page a code, and the pages' examples are what they say.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use comanda_asl::{WorkflowKind, check};

/// Words in capitals in the sources that are no codes.
const NO_CODES: &[&str] = &[
    "CAUGHT_ERROR",
    "FIRST_ROW",
    "LOAD_AND_FLATTEN",
    "SCREAMING_SNAKE_CASE",
    "TIMED_OUT",
];

/// How the service refuses a test of a state; `comanda test-state` shows them as codes.
const TEST_STATE_EXCEPTIONS: &[&str] = &[
    "InvalidDefinition",
    "InvalidExecutionInput",
    "ValidationException",
];

#[test]
fn every_code_has_a_page() {
    let mut codes = BTreeSet::new();
    for file in sources(&root().join("asl/src/validate")) {
        let text = std::fs::read_to_string(&file).unwrap();
        codes.extend(literals(&text).filter(|word| is_code(word)));
    }
    for file in sources(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let given = text.split(".code(\"").skip(1);
        codes.extend(given.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        let gives_codes = ["verbs/play", "verbs/given.rs", "verbs/test_state"]
            .iter()
            .any(|part| file.to_string_lossy().contains(part));
        if gives_codes {
            codes.extend(literals(&text).filter(|word| is_code(word)));
        }
    }
    // What taking in a tenant is refused by, wherever it is taken in.
    for file in ["tasks/src/tenants/mod.rs", "local/src/tenancy/http.rs"] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        codes.extend(literals(&text).filter(|word| is_code(word)));
    }
    codes.extend(TEST_STATE_EXCEPTIONS.iter().map(|name| (*name).to_owned()));
    let runtime = std::fs::read_to_string(root().join("engine/src/failure.rs")).unwrap();
    codes.extend(literals(&runtime).filter(|word| word.starts_with("States.")));
    assert!(
        codes.len() > 30,
        "only {} codes were found in the sources",
        codes.len()
    );
    let pages: BTreeSet<String> = pages().into_iter().map(|(code, _)| code).collect();
    let missing: Vec<_> = codes.difference(&pages).collect();
    let superfluous: Vec<_> = pages.difference(&codes).collect();
    assert!(
        missing.is_empty() && superfluous.is_empty(),
        "codes without a page in docs/errors: {missing:?}; pages without a code: {superfluous:?}"
    );
}

#[test]
fn every_page_is_part_of_the_command() {
    let output = Command::new(env!("CARGO_BIN_EXE_comanda"))
        .args(["explain", "--json"])
        .output()
        .unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|page| page["code"].as_str())
        .collect();
    let pages: Vec<String> = pages().into_iter().map(|(code, _)| code).collect();
    assert_eq!(listed, pages, "list them in src/verbs/explain/pages.rs");
}

#[test]
fn every_page_says_why_and_what_to_try() {
    for (code, text) in pages() {
        assert!(text.starts_with(&format!("# {code}\n")), "{code}");
        for heading in ["## Cause", "## What to try"] {
            assert!(text.contains(heading), "{code} has no \"{heading}\"");
        }
    }
}

/// The first example of a page has its finding and no other error; the mended one has it no more.
#[test]
fn examples_are_what_they_say() {
    let mut count = 0;
    for (code, text) in pages() {
        let blocks: Vec<&str> = text
            .split("```json\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        let codes = |text: &str| -> Vec<&str> {
            check(text, WorkflowKind::Standard)
                .diagnostics
                .iter()
                .map(|diagnostic| diagnostic.code)
                .collect()
        };
        if let Some(wrong) = blocks.first() {
            assert!(
                codes(wrong).contains(&code.as_str()),
                "{code}: {:?}",
                codes(wrong)
            );
            count += 1;
        }
        if let Some(mended) = blocks.get(1) {
            assert!(
                !codes(mended).contains(&code.as_str()),
                "{code} is not mended"
            );
            let errors = check(mended, WorkflowKind::Standard);
            assert!(errors.is_ok(), "{code}: {:?}", errors.diagnostics);
        }
    }
    assert!(count > 20, "only {count} examples");
}

fn is_code(word: &str) -> bool {
    let is_upper = |character: char| character.is_ascii_uppercase() || character == '_';
    word.len() > 5 && word.contains('_') && word.chars().all(is_upper) && !NO_CODES.contains(&word)
}

/// The texts between quotes of a source file, tests left out.
fn literals(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = std::fs::read_dir(root().join("docs/errors"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let code = path.file_stem().unwrap().to_string_lossy().into_owned();
            (code, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    pages.sort();
    pages
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "tests") {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
