//! Our row of a charge: what is known of it only grows.

use super::{Breach, unless};
use crate::payment::Charge;

/// P1: evidence is never lost, and the charge stays the charge it was.
#[must_use]
pub fn charge_change(before: Option<&Charge>, after: &Charge) -> Vec<Breach> {
    let Some(before) = before else {
        return Vec::new();
    };
    let breaches = [
        unless(
            before.evidence.join(after.evidence) == after.evidence,
            "P1",
            || {
                format!(
                    "evidence was lost: {:?} became {:?}",
                    before.evidence.state(),
                    after.evidence.state()
                )
            },
        ),
        unless(
            before.order_id == after.order_id && before.client_id == after.client_id,
            "T2",
            || "a charge was given to another order".to_owned(),
        ),
        unless(before.amount == after.amount, "P3", || {
            "a charge's amount was changed".to_owned()
        }),
    ];
    breaches.into_iter().flatten().collect()
}
