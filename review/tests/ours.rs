//! Our own workflows stay within AWS's limits, whatever fails.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

mod files;

use std::collections::BTreeMap;

use comanda_review::bounds::bounds;

#[test]
fn every_workflow_is_within_the_limits() {
    let release = files::release(&files::generated());
    let found: BTreeMap<&str, Vec<String>> = release
        .machines
        .keys()
        .map(|name| (name.as_str(), bounds(&release, name).unwrap().beyond()))
        .collect();
    assert!(found.len() >= 5, "{found:#?}");
    for (name, beyond) in found {
        assert!(beyond.is_empty(), "{name}: {beyond:#?}");
    }
}

#[test]
fn the_loop_that_makes_it_long_is_named() {
    let release = files::release(&files::generated());
    let refund = bounds(&release, "refund").unwrap();
    assert_eq!(refund.events.by["Ask for the refund"], 37);
    assert_eq!(refund.events.by["Pause before asking again"], 36);
    let order = bounds(&release, "order-lifecycle").unwrap();
    assert_eq!(order.until.len(), 1, "{:?}", order.until);
    assert_eq!(order.until[0].within_seconds, Some(604_800));
    let sweep = bounds(&release, "reconciliation").unwrap();
    assert_eq!(sweep.events.by["Walk a page"], 43 * 20);
}
