//! Every planted fault is caught, and by how many worlds: with `--nocapture` a line for each.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use comanda_simulation::{
    planted::{Caught, catch},
    storm::{Fault, Setting},
};

/// A fault that so many worlds do not catch survives.
const SEEDS_MAX: u64 = 400;

#[test]
fn no_planted_fault_survives() {
    assert!(Fault::ALL.len() >= 60);
    let survivors: Vec<String> = catch(Fault::ALL, &Setting::new(1, 4), SEEDS_MAX, &tell)
        .unwrap()
        .into_iter()
        .filter(|caught| caught.by.is_none())
        .map(|Caught { fault, .. }| {
            format!("{} ({}): {}", fault.as_str(), fault.origin(), fault.says())
        })
        .collect();
    assert!(
        survivors.is_empty(),
        "{} survive:\n{}",
        survivors.len(),
        survivors.join("\n")
    );
}

fn tell(caught: &Caught) {
    let name = caught.fault.as_str();
    match &caught.by {
        Some((worlds, found)) => println!(
            "{name:<32} {worlds:>4}  {}: {}: {}",
            found.invariant, found.subject, found.detail
        ),
        None => println!("{name:<32} survives"),
    }
}
