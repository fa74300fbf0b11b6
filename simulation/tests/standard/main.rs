//! The standard tests of every workflow, written once: each step repeated, each step failed, what was done about the failure
//! repeated, and each story beside another tenant. Whatever happened, the slate is clean in the end.
//!
//! Workflows, their states and their tasks' refusals are found by listing: one that is added later is tried as soon as a
//! story of `scenarios.rs` visits it, and fails `every_state_is_visited` until one does.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

mod attending;
mod away;
mod coverage;
mod failing;
mod isolation;
mod mended;
mod repeating;
mod scenarios;
mod snapshot;

use std::{
    num::NonZero,
    sync::Mutex,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Looks at all of it on all processors, and gives what was found, in order.
fn each<T: Sync, F: Send>(all: &[T], look: impl Fn(&T) -> Vec<F> + Sync) -> Vec<F> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Vec<F>)>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(number) else { return };
                    let wrong = look(one);
                    found.lock().unwrap().push((number, wrong));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().flat_map(|(_, found)| found).collect()
}

#[track_caller]
fn nothing_is_wrong(wrong: &[String]) {
    let shown: Vec<&str> = wrong.iter().take(30).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}
