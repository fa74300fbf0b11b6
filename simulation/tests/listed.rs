//! Three tables of the documentation are held against the code: which of the reference code's faults can be put back, who
//! judges which invariant, and where the providers' rules that sources cite are from.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

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
        let judge = cells.split(" | ").nth(1).unwrap_or_default();
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

/// What a source says in one line, however its comments are broken.
fn unwrapped(source: &str) -> String {
    let lines = source.lines().map(|line| {
        let line = line.trim_start();
        let mut marks = ["//!", "///", "//"].into_iter();
        let comment = marks.find_map(|mark| line.strip_prefix(mark));
        comment.unwrap_or(line).trim()
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// The sections that a source cites after the word, one or several: `§1.8`, `§1.8, §2.1`, `§1.2 to §1.7`.
fn cited(source: &str) -> BTreeSet<String> {
    let mut sections = BTreeSet::new();
    // In two parts, so that this file cites nothing.
    let mark = ["providers", " §"].concat();
    for citation in unwrapped(source).split(&mark).skip(1) {
        let mut rest = citation;
        loop {
            let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
            let (section, after) = rest.split_at(end.unwrap_or(rest.len()));
            sections.insert(section.trim_end_matches('.').to_owned());
            let mut more = [", §", " and §", " to §"].into_iter();
            let Some(next) = more.find_map(|more| after.strip_prefix(more)) else {
                break;
            };
            rest = next;
        }
    }
    sections
}

/// Every source of the workspace, but not what was built or installed beside it.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" && name != "node_modules" && !name.starts_with('.') {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// The sections that each source cites, by its path in the repository.
fn citations() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let one = |file: &PathBuf| {
        let name = file.strip_prefix(&root).expect("below the root");
        let source = fs::read_to_string(file).expect("a source");
        (name.to_string_lossy().into_owned(), cited(&source))
    };
    files.iter().map(one).collect()
}

/// The page's rules: the section, and the files that play it.
fn rules(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut rules = Vec::new();
    for part in page.split("\n### §").skip(1) {
        let (section, _) = part.split_once(' ').expect("a section has a title");
        let part = part.split("\n## ").next().unwrap_or_default();
        let is_rule = |line: &&str| line.starts_with("| ") && !line.starts_with("| rule |");
        for row in part.lines().filter(is_rule) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            let [_, _, _, played] = cells[..] else {
                panic!("§{section}: a row has four cells, not {row}");
            };
            let files = quoted(played);
            let by_nobody = played.trim().starts_with("nobody");
            assert!(by_nobody || !files.is_empty(), "§{section}: {row}");
            rules.push((section, files));
        }
    }
    rules
}

/// `docs/providers.md` tells of each section that a source cites, and what plays a rule cites it.
#[test]
fn every_rule_of_a_provider_that_is_cited_has_its_row() {
    let citations = citations();
    let page = read("docs/providers.md");
    let rules = rules(&page);
    for (section, files) in &rules {
        for file in files {
            let cites = citations.get(*file);
            let cites = cites.unwrap_or_else(|| panic!("§{section}: there is no {file}"));
            assert!(
                cites.contains(*section),
                "{file} plays §{section} and does not cite it"
            );
        }
        let mut all = citations.values();
        assert!(
            all.any(|cites| cites.contains(*section)),
            "nobody cites §{section}"
        );
    }
    let told: BTreeSet<&str> = rules.iter().map(|(section, _)| *section).collect();
    for (file, sections) in &citations {
        for section in sections {
            // A citation of a whole provider leads to its chapter.
            let chapter = format!("{section}.");
            let is_told = told.contains(section.as_str())
                || told.iter().any(|told| told.starts_with(&chapter));
            assert!(is_told, "{file} cites §{section}, which has no row");
        }
    }
    assert!(told.len() > 20, "only {} sections were found", told.len());
}
