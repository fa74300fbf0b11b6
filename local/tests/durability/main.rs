//! L1 to L5 of RELIABILITY: kills at write boundaries and at any moment, torn and lost writes, a full disk, two processes.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod boundaries;
mod disk;
mod kills;
#[path = "../../examples/kill_loop/rounds.rs"]
mod rounds;
#[path = "../../examples/kill_loop/worker.rs"]
mod worker;

use std::{path::Path, process::Command};

const DIRECTORY: &str = "COMANDA_TEST_DIRECTORY";
const FIRST: &str = "COMANDA_TEST_FIRST";
const LAST: &str = "COMANDA_TEST_LAST";

/// The process that the others kill; without a directory there is nothing to do.
#[test]
fn works_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let numbers = number(FIRST).unwrap_or_default()..=number(LAST).unwrap_or(u64::MAX);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!();
    let ended = runtime.block_on(worker::work(Path::new(&directory), numbers));
    if let Err(refused) = ended {
        println!("refused {refused}");
    }
}

/// This binary, as the process that works.
fn worker_process(directory: &Path, first: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(["--exact", "works_until_it_is_killed", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(FIRST, first.to_string());
    command
}
