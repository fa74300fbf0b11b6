//! Planted faults are caught, all of them: with `--nocapture` a line for each.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use comanda_domain::planted::{AnyFault, CustomerFault, Fault};
use std::num::NonZeroUsize;

use comanda_simulation::{
    dialogues,
    explore::{Exploration, Subject, explore},
    planted::{Caught, Worlds, catch},
    storm,
};

/// A fault that so many worlds do not catch survives.
const SEEDS_MAX: u64 = 200;

#[test]
fn no_planted_fault_of_orders_survives() {
    assert!(Fault::ALL.len() >= 96);
    let faults: Vec<AnyFault> = Fault::ALL.iter().copied().map(AnyFault::from).collect();
    assert_eq!(survivors(&faults), []);
}

#[test]
fn no_planted_fault_of_customers_survives() {
    assert!(CustomerFault::ALL.len() >= 35);
    let faults = CustomerFault::ALL.iter().copied();
    let faults: Vec<AnyFault> = faults.map(AnyFault::from).collect();
    assert_eq!(survivors(&faults), []);
}

/// The first steps of an order, or of a refund, in every order are enough to find these, and the way there is told.
#[test]
fn exploration_finds_faults_within_a_few_steps() {
    use Fault::{
        CancelLeavesMoney, EvidenceOverwritten, LateMoneyIgnored, NoClaim, RefundOnReport,
        RefundedAtOnce,
    };
    for (subject, steps, fault, invariant) in [
        (Subject::Order, 12, CancelLeavesMoney, "P4"),
        (Subject::Order, 12, RefundOnReport, "P4"),
        (Subject::Order, 12, LateMoneyIgnored, "P4"),
        (Subject::Order, 12, EvidenceOverwritten, "P1"),
        (Subject::Refund, 6, RefundedAtOnce, "P4"),
        (Subject::Refund, 6, NoClaim, "N1"),
    ] {
        let exploration = Exploration {
            subject,
            bounds: subject.small(),
            steps_max: NonZeroUsize::new(steps),
            generated_max: None,
            threads: 2,
            depth_first: false,
            planted: Some(fault),
        };
        let explored = explore(&exploration, &mut |_| {}).unwrap();
        let story = explored
            .broken
            .unwrap_or_else(|| panic!("{} is not found", fault.as_str()));
        let names: Vec<&str> = story.broken.iter().map(|(name, _)| &**name).collect();
        assert!(names.contains(&invariant), "{}: {names:?}", fault.as_str());
        assert!(!story.lines.is_empty());
    }
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
