//! L1 to L5 of RELIABILITY: kills at write boundaries and at any moment, torn and lost writes, a full disk, two processes.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod disk;
mod kills;
#[path = "../../examples/kill_loop/rounds.rs"]
mod rounds;
#[path = "../../examples/kill_loop/worker.rs"]
mod worker;

use std::{path::Path, process::Command};

const DIRECTORY: &str = "COMANDA_TEST_DIRECTORY";
const FIRST: &str = "COMANDA_TEST_FIRST";

/// The process that the others kill; without a directory there is nothing to do.
#[test]
fn works_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let first = std::env::var(FIRST)
        .ok()
        .and_then(|first| first.parse().ok());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!();
    let refused = runtime.block_on(worker::work(
        Path::new(&directory),
        first.unwrap_or_default(),
    ));
    println!("refused {refused}");
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
