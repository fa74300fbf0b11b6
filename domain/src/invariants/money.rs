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

fn kept_for_a_reason(order: &Order, charge: &Standing, intents: &[RefundIntent]) -> Option<Breach> {
    let kept = charge.kept();
    let pays_for_food = !order.status().is_closed()
        && order.payment_id.as_ref() == Some(&charge.charge_id)
        && kept == order.total;
    let person_looks = order.waiting_for == Some(WaitingFor::Person);
    let going_back = intents.iter().any(|intent| {
        intent.charge_id == charge.charge_id
            && matches!(intent.state, RefundState::Blocked | RefundState::Denied)
    });
    let explained =
        kept == Money::ZERO || pays_for_food || person_looks || charge.disputed || going_back;
    unless(explained, "P4", || {
        format!(
            "{kept} of {} is kept though the order is {}",
            charge.charge_id,
            order.status()
        )
    })
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
