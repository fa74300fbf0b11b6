//! An order's money: our rows against what the provider says really happened.

use super::{Breach, unless};
use crate::{
    ids::ChargeId,
    money::Money,
    order::{Order, WaitingFor},
    payment::{Charge, RefundIntent, RefundState},
};

/// One charge as the provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub charge_id: ChargeId,
    /// What came in.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
    /// What is promised back, what went back included.
    pub promised_back: Money,
    /// How many refunds were asked for and not withdrawn.
    pub refunds: usize,
    /// Neither paid nor deleted.
    pub open: bool,
    /// The payer's bank has the case.
    pub disputed: bool,
}

impl Standing {
    /// A charge as our own row has it: what is believed of it. Who asked for what back is not in the row.
    #[must_use]
    pub(super) fn believed(row: &Charge) -> Self {
        Self {
            charge_id: row.charge_id.clone(),
            captured: row.evidence.captured,
            refunded: row.evidence.refunded,
            promised_back: row.evidence.refunded,
            refunds: 0,
            open: row.evidence.state().is_open(),
            disputed: row.evidence.is_disputed(),
        }
    }

    /// What the tenant still has of it.
    fn kept(&self) -> Money {
        self.captured
            .checked_sub(self.refunded)
            .unwrap_or(Money::ZERO)
    }
}

/// R1 to R3 and P5: what may never be, not even for a moment.
#[must_use]
pub fn money_now(charges: &[Standing]) -> Vec<Breach> {
    let open = charges.iter().filter(|charge| charge.open).count();
    let several = unless(open <= 1, "P5", || format!("{open} charges can be paid"));
    let each = charges.iter().flat_map(|charge| {
        let id = &charge.charge_id;
        [
            unless(charge.promised_back <= charge.captured, "R1", || {
                format!(
                    "{} of {} goes back on {id}",
                    charge.promised_back, charge.captured
                )
            }),
            unless(charge.refunds <= 1, "R3", || {
                format!("{id} is refunded {} times", charge.refunds)
            }),
        ]
    });
    several.into_iter().chain(each.flatten()).collect()
}

/// P3 to P6: when everything has come to rest, every centavo has its reason.
///
/// `rows` are our rows of the same charges, `intents` what we owe of them.
#[must_use]
pub fn money_at_rest(
    order: &Order,
    (charges, rows, intents): (&[Standing], &[Charge], &[RefundIntent]),
) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for charge in charges {
        breaches.extend(kept_for_a_reason(order, charge, intents));
        breaches.extend(known(charge, rows));
        let payable = charge.open && order.status() != crate::order::OrderStatus::Pending;
        breaches.extend(unless(!payable, "P5", || {
            format!(
                "{} can still be paid though the order is {}",
                charge.charge_id,
                order.status()
            )
        }));
    }
    if !charges.iter().any(|charge| charge.disputed) {
        let kept = charges
            .iter()
            .try_fold(Money::ZERO, |sum, charge| sum.checked_add(charge.kept()));
        breaches.extend(unless(kept == Some(order.money_held()), "P6", || {
            format!(
                "the order says {}, the provider has {}",
                order.money_held(),
                kept.unwrap_or(Money::ZERO)
            )
        }));
    }
    breaches
}

/// P4: what is kept pays for food, is disputed, lies before a person, or is owed and cannot go back by itself.
fn kept_for_a_reason(order: &Order, charge: &Standing, intents: &[RefundIntent]) -> Option<Breach> {
    let pays_for_food = !order.status().is_closed()
        && order.payment_id.as_ref() == Some(&charge.charge_id)
        && charge.kept() == order.total;
    let stuck = |state| matches!(state, RefundState::Blocked | RefundState::Denied);
    let explained = pays_for_food || is_explained(order, charge, intents, stuck);
    unless(explained, "P4", || kept_for_nothing(order, charge))
}

/// P4 for a moment in between: an order that is over keeps no money that nobody gives back.
pub(super) fn kept_after_the_end(
    order: &Order,
    charge: &Standing,
    intents: &[RefundIntent],
) -> Option<Breach> {
    let open = |state| state != RefundState::Done;
    let explained = !order.status().is_closed() || is_explained(order, charge, intents, open);
    unless(explained, "P4", || kept_for_nothing(order, charge))
}

/// Whether there is nothing to explain, or the explanation is in the records. `owed`: which obligations are one. A person whom the
/// order waits for decides about its own payment; whatever else came in is owed, or nobody knows of it.
fn is_explained(
    order: &Order,
    charge: &Standing,
    intents: &[RefundIntent],
    owed: impl Fn(RefundState) -> bool,
) -> bool {
    let goes_back = intents.iter().any(|intent| {
        intent.charge_id == charge.charge_id
            && owed(intent.state)
            && intent.outstanding(charge.refunded) >= charge.kept()
    });
    let is_before_a_person = order.waiting_for == Some(WaitingFor::Person)
        && order.payment_id.as_ref() == Some(&charge.charge_id);
    charge.kept() == Money::ZERO || charge.disputed || is_before_a_person || goes_back
}

fn kept_for_nothing(order: &Order, charge: &Standing) -> String {
    format!(
        "{} of {} is kept though the order is {}",
        charge.kept(),
        charge.charge_id,
        order.status()
    )
}

fn known(charge: &Standing, rows: &[Charge]) -> Option<Breach> {
    if charge.disputed || charge.captured == Money::ZERO {
        return None;
    }
    let row = rows.iter().find(|row| row.charge_id == charge.charge_id);
    let believed = row.map(|row| row.evidence.held());
    unless(believed == Some(charge.kept()), "P6", || {
        format!(
            "our row of {} says {believed:?}, the provider has {}",
            charge.charge_id,
            charge.kept()
        )
    })
}
