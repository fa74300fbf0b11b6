//! House rules that a machine can check: which crate may know which, and how a file looks.
//!
//! `docs/ARCHITECTURE.md` says the same in words and gives the reasons. A rule that needs judgement is not here.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// For each crate: our crates that it may depend on. Anything else of ours is an arrow that points up.
const ARROWS: &[(&str, &[&str])] = &[
    ("comanda-asl", &[]),
    (
        "comanda-bench",
        &[
            "comanda-asl",
            "comanda-domain",
            "comanda-engine",
            "comanda-runtime-api",
            "comanda-simulation",
        ],
    ),
    ("comanda-domain", &[]),
    ("comanda-runtime-api", &[]),
    ("comanda-dsl-derive", &[]),
    ("comanda-dsl", &["comanda-asl", "comanda-dsl-derive"]),
    ("comanda-engine", &["comanda-asl"]),
    (
        "comanda-workflows",
        &["comanda-asl", "comanda-domain", "comanda-dsl"],
    ),
    (
        "comanda-tasks",
        &["comanda-domain", "comanda-dsl", "comanda-workflows"],
    ),
    ("comanda-lambda", &["comanda-tasks", "comanda-tasks-aws"]),
    (
        "comanda-tasks-aws",
        &["comanda-domain", "comanda-tasks", "comanda-workflows"],
    ),
    (
        "comanda-simulation",
        &[
            "comanda-asl",
            "comanda-domain",
            "comanda-dsl",
            "comanda-engine",
            "comanda-tasks",
            "comanda-workflows",
        ],
    ),
    (
        "comanda-codegen",
        &[
            "comanda-asl",
            "comanda-domain",
            "comanda-dsl",
            "comanda-tasks",
            "comanda-workflows",
        ],
    ),
    ("comanda-review", &["comanda-asl", "comanda-engine"]),
    (
        "comanda-local",
        &[
            "comanda-asl",
            "comanda-codegen",
            "comanda-domain",
            "comanda-dsl",
            "comanda-engine",
            "comanda-runtime-api",
            "comanda-simulation",
            "comanda-tasks",
            "comanda-tasks-aws",
            "comanda-workflows",
        ],
    ),
];

/// Crates that build without the AWS SDK, an async runtime or a server, directly or through others.
const WITHOUT_STACK: &[&str] = &[
    "comanda-asl",
    "comanda-domain",
    "comanda-dsl",
    "comanda-engine",
    "comanda-workflows",
    "comanda-tasks",
    "comanda-simulation",
    "comanda-codegen",
    "comanda-review",
];

/// What those crates must not pull in.
const STACK: &[&str] = &[
    "aws-config",
    "aws-sdk-",
    "axum",
    "dynoxide-rs",
    "hyper",
    "reqwest",
    "rusqlite",
    "tokio",
];

/// Crates that neither ask the clock nor touch files, sockets or threads.
const PURE: &[&str] = &[
    "asl",
    "domain",
    "dsl",
    "engine",
    "review",
    "workflows",
    "tasks",
];

/// Words that betray a clock, I/O, randomness or a hash order in a pure crate.
const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::env",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    " rand::",
    "HashMap",
    "HashSet",
    "println!",
];

/// A longer file is several rooms; split it (EXEMPLARS 8). Tests do not count.
const FILE_LINES_MAX: usize = 400;

#[test]
fn arrows_point_one_way() {
    let metadata = metadata();
    let mut checked = 0;
    for package in packages(&metadata) {
        let name = text(package, "name");
        if name == "comanda" {
            continue;
        }
        let allowed = ARROWS
            .iter()
            .find(|(krate, _)| *krate == name)
            .unwrap_or_else(|| {
                panic!("`{name}` has no line in tests/house.rs: say what it may depend on")
            })
            .1;
        for dependency in package["dependencies"].as_array().unwrap() {
            let dependency_name = text(dependency, "name");
            // What only tests need may point anywhere: the engine judges what the DSL prints.
            let shipped = dependency["kind"].is_null();
            if shipped && dependency_name.starts_with("comanda") {
                assert!(
                    allowed.contains(&dependency_name),
                    "`{name}` must not depend on `{dependency_name}`"
                );
            }
        }
        checked += 1;
    }
    assert_eq!(
        checked,
        ARROWS.len(),
        "a crate in tests/house.rs no longer exists"
    );
}

#[test]
fn the_core_builds_without_the_stack() {
    let metadata = metadata();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(node, "id"), node))
        .collect();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    for root in WITHOUT_STACK {
        let id = names.iter().find(|(_, name)| *name == root).unwrap().0;
        let mut seen = BTreeSet::new();
        let mut open = vec![*id];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let name = names[id];
            let forbidden = STACK
                .iter()
                .any(|word| name == *word || (word.ends_with('-') && name.starts_with(word)));
            assert!(!forbidden, "`{root}` pulls in `{name}`");
            for dependency in nodes[id]["deps"].as_array().unwrap() {
                let shipped = dependency["dep_kinds"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|kind| kind["kind"].is_null());
                if shipped {
                    open.push(text(dependency, "pkg"));
                }
            }
        }
        assert!(
            seen.len() > 5,
            "the dependencies of `{root}` were not resolved"
        );
    }
}

/// Faults that can be put back are for the judges; a build that nobody asked them of has none.
#[test]
fn no_build_has_planted_faults_unasked() {
    const FAULTS: &str = "planted-faults";
    let metadata = metadata();
    let mut known = 0;
    for package in packages(&metadata) {
        let name = text(package, "name");
        let names_it = |list: &Value| {
            let words = list.as_array().unwrap().iter();
            let mut words = words.map(|word| word.as_str().unwrap());
            words.any(|word| word.ends_with(FAULTS))
        };
        for (feature, leads_to) in package["features"].as_object().unwrap() {
            known += usize::from(feature == FAULTS);
            assert!(
                feature == FAULTS || !names_it(leads_to),
                "`{name}`: the feature `{feature}` brings {FAULTS} with it"
            );
        }
        for dependency in package["dependencies"].as_array().unwrap() {
            let dependency_name = text(dependency, "name");
            assert!(
                !names_it(&dependency["features"]),
                "`{name}` asks `{dependency_name}` for {FAULTS}"
            );
        }
    }
    assert!(known >= 3, "the feature {FAULTS} is called otherwise");
}

#[test]
fn pure_crates_ask_for_nothing() {
    for krate in PURE {
        let files = sources(&root().join(krate).join("src"));
        for file in files.into_iter().filter(|file| !is_of_tests(file)) {
            for (number, line) in shipped_lines(&file) {
                for word in IMPURE_WORDS {
                    assert!(
                        !line.contains(word) || line.trim_start().starts_with("//"),
                        "{}:{number}: `{word}` in a pure crate; take it as an argument or through a port",
                        file.display()
                    );
                }
            }
        }
    }
}

fn is_of_tests(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn every_file_says_what_it_is() {
    for file in all_sources() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not open with `//!`: say what it is",
            file.display()
        );
    }
}

/// Of the pages that people read: the file is there, and the heading in it.
#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut links = 0;
    for page in pages(&root()) {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split([')', ' ']).next().unwrap();
            if link.contains("://") || link.is_empty() {
                continue;
            }
            links += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            let whence = format!("{}: {link}", page.display());
            assert!(target.exists(), "{whence}: there is no such file");
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                let found = headings.any(|line| anchor(line) == heading);
                assert!(found, "{whence}: the file has no such heading");
            }
        }
    }
    assert!(links > 50, "only {links} links were found");
}

/// A heading's, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ => letter.is_alphanumeric().then_some(letter),
    });
    kept.collect()
}

/// What is checked in, not what was built or installed beside it.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "*.md"])
        .current_dir(folder)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    listed.lines().map(|line| folder.join(line)).collect()
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = all_sources()
        .into_iter()
        .filter(|file| !is_of_tests(file))
        .filter_map(|file| {
            let lines = shipped_lines(&file).len();
            (lines > FILE_LINES_MAX).then(|| format!("{} ({lines} lines)", file.display()))
        })
        .collect();
    assert!(
        long.is_empty(),
        "files over {FILE_LINES_MAX} lines without their tests:\n{}",
        long.join("\n")
    );
}

/// The lines of a file before the tests that stand in it, with their numbers. A `mod tests;` or an import of a test ends nothing.
fn shipped_lines(file: &Path) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(file).unwrap();
    if file.file_name().is_some_and(|name| name == "tests.rs") {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let begins_tests = |index: usize| {
        let mut item = lines[index..].iter();
        item.next().is_some_and(|line| *line == "#[cfg(test)]")
            && item
                .find(|line| !line.starts_with(['#', ' ', ')']))
                .is_some_and(|line| line.contains("mod ") && line.ends_with('{'))
    };
    let end = (0..lines.len()).find(|index| begins_tests(*index));
    let shipped = lines.iter().take(end.unwrap_or(lines.len()));
    shipped
        .enumerate()
        .map(|(index, line)| (index + 1, (*line).to_owned()))
        .collect()
}

fn all_sources() -> Vec<PathBuf> {
    let metadata = metadata();
    let mut files = Vec::new();
    for package in packages(&metadata) {
        let manifest = PathBuf::from(text(package, "manifest_path"));
        let folder = manifest.parent().unwrap();
        for part in ["src", "tests", "benches"] {
            files.extend(sources(&folder.join(part)));
        }
    }
    // Compile-fail programs are shown to people as they stand.
    files.retain(|file| {
        !file
            .components()
            .any(|part| part.as_os_str() == "compile_fail")
    });
    assert!(
        files.len() > 40,
        "only {} source files were found",
        files.len()
    );
    files
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    let members: BTreeSet<&str> = metadata["workspace_members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(move |package| members.contains(text(package, "id")))
}

fn metadata() -> Value {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap()
        .to_owned();
    let output = Command::new(env!("CARGO"))
        // Without the filter cargo would download what only other platforms need.
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            &host,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no `{key}` in cargo's metadata"))
}
