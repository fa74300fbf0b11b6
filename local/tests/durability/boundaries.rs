//! Every call that changes a file or makes it durable, one by one: the process dies before it, in the middle of it or right
//! behind it, or the disk refuses it once. `shim.c` stands between the process and its disk.
//!
//! `COMANDA_BOUNDARIES=all` takes every boundary; without it a few of each kind are taken, evenly spread (`just kill-boundaries`).

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use super::{
    LAST,
    rounds::{Seen, look},
    worker::FILES,
    worker_process,
};

/// Numbers that are there before; the first of the process under test; and the last.
const BEFORE: u64 = 2;
const LAST_NUMBER: u64 = 4;
/// So many boundaries of each kind, where not all are taken.
const SOME: usize = 6;

/// What happens at a boundary, in the shim's words.
const KINDS: [&str; 5] = ["kill", "torn", "after", "fail", "full"];

/// The shim, built once by the compiler that builds SQLite.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/durability/shim.c");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let library = target.join(format!("shim-{}.so", std::process::id()));
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .args([source, "-ldl"])
            .status();
        assert!(built.expect("a C compiler").success(), "the shim is built");
        library
    })
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let copied = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir(&copied).expect("a folder");
            copy(&entry.path(), &copied);
        } else {
            std::fs::copy(entry.path(), copied).expect("copied");
        }
    }
}

/// Runs the process over a copy of `prepared`. What it said, and whether it ended by itself.
fn run(prepared: &Path, directory: &Path, (does, at): (&str, usize)) -> (String, bool) {
    copy(prepared, directory);
    let output = worker_process(directory, BEFORE)
        .env(LAST, LAST_NUMBER.to_string())
        .env("LD_PRELOAD", shim())
        .env("COMANDA_DISK_DOES", does)
        .env("COMANDA_DISK_AT", at.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process")
        .wait_with_output()
        .expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (text, output.status.success())
}

/// A directory with a few numbers in it, closed.
fn prepared() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let output = worker_process(directory.path(), 0)
        .env(LAST, (BEFORE - 1).to_string())
        .stderr(Stdio::null())
        .output();
    assert!(output.expect("a process").status.success());
    directory
}

fn boundaries(prepared: &Path) -> usize {
    let directory = tempfile::tempdir().expect("a directory");
    let (text, ended) = run(prepared, directory.path(), ("count", 0));
    assert!(ended, "{text}");
    let counted = text
        .lines()
        .find_map(|line| line.strip_prefix("boundaries "));
    counted
        .and_then(|count| count.parse().ok())
        .expect("a count")
}

fn chosen(boundaries: usize) -> Vec<usize> {
    if std::env::var("COMANDA_BOUNDARIES").is_ok_and(|which| which == "all") {
        return (1..=boundaries).collect();
    }
    (1..=SOME)
        .map(|number| number * boundaries / (SOME + 1))
        .collect()
}

/// L1 to L4: whatever happens at whichever boundary, what was acknowledged is there, nothing is half there, opening twice is
/// opening once, and after a write that failed nothing more is acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_at_any_boundary() {
    let prepared = prepared();
    let boundaries = boundaries(prepared.path());
    assert!(boundaries > 40, "{boundaries} boundaries");
    let mut struck = 0;
    for does in KINDS {
        for at in chosen(boundaries) {
            let place = format!("{does} at {at} of {boundaries}");
            let directory = tempfile::tempdir().expect("a directory");
            let (text, ended) = run(prepared.path(), directory.path(), (does, at));
            let dies = matches!(does, "kill" | "torn" | "after");
            // Threads race, so that the last calls of a run are not always there.
            assert!(ended != dies || at * 10 > boundaries * 9, "{place}: {text}");
            assert!(!text.contains("after all"), "{place}: {text}");
            struck += 1;
            let mut seen = Seen::default();
            for number in 0..BEFORE {
                seen.hear(&all_of(number));
            }
            seen.hear(&text);
            let held = look(directory.path()).await;
            let held = held.unwrap_or_else(|wrong| panic!("{place}: {wrong}"));
            seen.check(&held)
                .unwrap_or_else(|wrong| panic!("{place}: {wrong}"));
            let again = look(directory.path()).await;
            assert_eq!(again.as_ref(), Ok(&held), "{place}: opened twice");
        }
    }
    println!("{struck} of {} boundaries", boundaries * KINDS.len());
}

fn all_of(number: u64) -> String {
    FILES.map(|file| format!("ack {file} {number}\n")).concat()
}
