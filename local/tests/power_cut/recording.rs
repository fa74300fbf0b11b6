//! The process under test, three times over one directory, written down by `recorder.c`: it makes its files and ends in good
//! order; it works and is killed, so that the next one recovers; it recovers, works and ends in good order.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use super::{
    DIRECTORY, FIRST, LAST,
    disk::{self, Call, Disk, Lost, PowerCut},
    worker::FILES,
};

/// The last number of the process that ends, of the one that is killed, and of the one that recovers. By the end of the first
/// each log has grown so far that it was copied into its database and begun anew.
pub const LAST_NUMBERS: [u64; 3] = [330, 332, 334];

/// The calls of the three processes. They are written down once, before any test opens files: a process that is being
/// started holds this one's locks for a moment.
pub fn recording() -> &'static [Call] {
    static RECORDING: OnceLock<Vec<Call>> = OnceLock::new();
    RECORDING.get_or_init(|| {
        let recorder = recorder();
        let directory = tempfile::tempdir().expect("a directory");
        let below = directory.path().join("data");
        std::fs::create_dir(&below).expect("a directory");
        let record = directory.path().join("record");
        let mut first = 0;
        for (number, last) in LAST_NUMBERS.into_iter().enumerate() {
            let mut command = process(&below, first..=last);
            command
                .env("LD_PRELOAD", &recorder)
                .env("COMANDA_RECORD", &record)
                .env("COMANDA_RECORD_DIRECTORY", &below);
            let is_killed = number == 1;
            if is_killed {
                command.env("COMANDA_RECORD_UNTIL", last_words(last));
            }
            let status = command.status().expect("a process");
            assert_eq!(status.success(), !is_killed, "process {number}: {status}");
            first = last + 1;
        }
        let calls = disk::read_record(&std::fs::read(&record).expect("a record"));
        is_whole(&calls, &below);
        calls
    })
}

/// What the process says when a number is everywhere.
pub fn last_words(number: u64) -> String {
    format!("ack {} {number}\n", FILES[FILES.len() - 1])
}

/// The recorder, built by the compiler that builds SQLite.
fn recorder() -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/power_cut/recorder.c");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = target.join(format!("recorder-{}.so", std::process::id()));
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .args([source, "-ldl", "-lpthread"])
        .status();
    assert!(
        built.expect("a C compiler").success(),
        "the recorder is built"
    );
    library
}

fn process(directory: &Path, numbers: std::ops::RangeInclusive<u64>) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(["--exact", "works_until_it_is_killed", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(FIRST, numbers.start().to_string())
        .env(LAST, numbers.end().to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The record has all that was done: played to its end, it gives the files that are there.
fn is_whole(calls: &[Call], directory: &Path) {
    let mut disk = Disk::default();
    for call in calls {
        disk.take(call);
    }
    let played = disk.after(PowerCut {
        lost: Lost::None,
        loses_names: false,
    });
    let found = disk::found_in(directory);
    let names = |found: &disk::Found| found.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&played), names(&found), "names");
    for (name, bytes) in &found {
        assert!(played.get(name) == Some(bytes), "{name} is not as recorded");
    }
}
