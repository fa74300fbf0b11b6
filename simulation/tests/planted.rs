//! Planted faults are caught, all of them: with `--nocapture` a line for each.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use comanda_domain::planted::{AnyFault, CustomerFault, Fault};
use comanda_simulation::{
    dialogues,
    planted::{Caught, Worlds, catch},
    storm,
};

/// A fault that so many worlds do not catch survives.
const SEEDS_MAX: u64 = 200;

#[test]
fn no_planted_fault_of_orders_survives() {
    assert!(Fault::ALL.len() >= 60);
    let faults: Vec<AnyFault> = Fault::ALL.iter().copied().map(AnyFault::from).collect();
    assert_eq!(survivors(&faults), []);
}

#[test]
fn no_planted_fault_of_customers_survives() {
    assert!(CustomerFault::ALL.len() >= 25);
    let faults = CustomerFault::ALL.iter().copied();
    let faults: Vec<AnyFault> = faults.map(AnyFault::from).collect();
    assert_eq!(survivors(&faults), []);
}

fn survivors(faults: &[AnyFault]) -> Vec<AnyFault> {
    let worlds = Worlds {
        orders: storm::Setting::new(1, 4),
        dialogues: dialogues::Setting::new(1, 6),
    };
    catch(faults, &worlds, SEEDS_MAX, &tell)
        .unwrap()
        .into_iter()
        .filter(|caught| caught.by.is_none())
        .map(|caught| caught.fault)
        .collect()
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
