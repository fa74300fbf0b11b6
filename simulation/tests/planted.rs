//! Planted faults are caught, but for those that are known to survive: with `--nocapture` a line for each.

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
const SEEDS_MAX: u64 = 60;

/// What no auditor has seen in a thousand worlds either. Whoever catches one takes it out of here.
const SURVIVORS: [Fault; 8] = [
    Fault::SecondPaymentIgnored,
    Fault::FailureIsTaken,
    Fault::ChargebackIgnored,
    Fault::ChargesNothing,
    Fault::WrongAccount,
    Fault::NewsAtTheEndLost,
    Fault::RefundRecordedByWaiterOnly,
    Fault::OrderReadFirst,
];

#[test]
fn no_other_planted_fault_survives() {
    assert!(Fault::ALL.len() >= 60);
    let survivors: Vec<Fault> = catch(Fault::ALL, &Setting::new(1, 4), SEEDS_MAX, &tell)
        .unwrap()
        .into_iter()
        .filter(|caught| caught.by.is_none())
        .map(|caught| caught.fault)
        .collect();
    assert_eq!(survivors, SURVIVORS);
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
