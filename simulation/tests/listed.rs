//! Two tables of the documentation are held against the code: which of the reference code's faults can be put back, and who
//! judges which invariant.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use std::{collections::BTreeMap, fs, path::Path};

use comanda_domain::planted::AnyFault;

/// The reference code's faults, from F001 on.
const FAULTS: usize = 118;
/// The invariants of RELIABILITY §1 that this system has, and how many of each there are.
const INVARIANTS: &[(&str, usize)] = &[
    ("O", 8),
    ("P", 7),
    ("R", 6),
    ("N", 4),
    ("C", 5),
    ("T", 4),
    ("W", 10),
    ("L", 6),
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the tables of a page whose first cell is a name that `is_one` takes, in order.
fn rows(page: &str, is_one: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let lines = page.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
        Some((name.to_owned(), rest.trim_end_matches(" |").to_owned()))
    });
    lines.filter(|(name, _)| is_one(name)).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_fault_of_the_reference_code_is_put_back_or_said_to_have_no_place() {
    let is_number = |name: &str| name.len() == 4 && name.starts_with('F');
    let rows = rows(&read("docs/faults.md"), is_number);
    let named: Vec<&str> = rows.iter().map(|(number, _)| number.as_str()).collect();
    let all: Vec<String> = (1..=FAULTS).map(|number| format!("F{number:03}")).collect();
    assert_eq!(named, all);
    let mut switches: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for fault in AnyFault::all() {
        switches
            .entry(fault.origin())
            .or_default()
            .push(fault.as_str());
    }
    for (number, cell) in &rows {
        let own = switches.get(number.as_str()).cloned().unwrap_or_default();
        if own.is_empty() {
            assert!(
                cell.len() > 10,
                "{number} has neither a switch nor a reason"
            );
            continue;
        }
        assert_eq!(quoted(cell), own, "{number}");
    }
    let ours = switches.remove("ours").unwrap_or_default();
    assert!(
        switches
            .keys()
            .all(|origin| all.iter().any(|number| number == origin))
    );
    assert!(!ours.is_empty());
}

#[test]
fn no_two_planted_faults_have_one_name() {
    let mut names: Vec<&str> = AnyFault::all().map(AnyFault::as_str).collect();
    let many = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), many);
}

/// An auditor's file names the invariant as a breach, and a test's file has that test.
#[test]
fn every_invariant_has_its_judge() {
    let page = read("docs/reliability.md");
    let (_, table) = page.split_once("## Invariants").expect("the page has them");
    let is_one = |name: &str| {
        let (letter, number) = name.split_at(1.min(name.len()));
        INVARIANTS.iter().any(|(known, _)| *known == letter) && number.parse::<usize>().is_ok()
    };
    let table = table.split("\n## ").next().unwrap_or_default();
    let rows = rows(table, is_one);
    let named: Vec<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
    let all = INVARIANTS.iter();
    let all =
        all.flat_map(|(letter, many)| (1..=*many).map(move |number| format!("{letter}{number}")));
    assert_eq!(named, all.collect::<Vec<_>>());
    for (name, cells) in rows {
        let judge = cells.rsplit(" | ").next().unwrap_or_default();
        match quoted(judge)[..] {
            [file] if judge.starts_with("auditor") => {
                assert!(
                    read(file).contains(&format!("\"{name}\"")),
                    "{name} in {file}"
                );
            }
            [file, test] if judge.starts_with("test") => {
                assert!(
                    read(file).contains(&format!("fn {test}(")),
                    "{name}: {test} in {file}"
                );
            }
            _ => assert!(judge.starts_with("nobody"), "{name}: {judge}"),
        }
    }
}
