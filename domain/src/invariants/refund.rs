//! What is owed back: how an obligation may be written, and beside which others.

use super::{Breach, unless};
use crate::{
    money::Money,
    order::{Actor, Order, OrderStatus},
    payment::{Charge, RefundIntent, RefundState},
};

/// R1 to R3 and O5 of an obligation that was written: as [`is_owed_rightly`], and it stays what it was. `others` are its charge's
/// other obligations.
#[must_use]
pub fn refund_change(
    (before, after): (Option<&RefundIntent>, &RefundIntent),
    (order, charge): (Option<&Order>, Option<&Charge>),
    others: &[&RefundIntent],
) -> Vec<Breach> {
    let same = before.is_none_or(|before| {
        (before.amount, before.refunded_before) == (after.amount, after.refunded_before)
            && (before.state != RefundState::Done || after.state == RefundState::Done)
    });
    let became_another = owed(after, "R3", same, "it became another obligation");
    let stands = is_owed_rightly(after, (order, charge), others);
    stands.into_iter().chain(became_another).collect()
}

/// R1 to R3 and O5 of an obligation: only of what came in, once, and never behind the back of whoever cooks.
pub(super) fn is_owed_rightly(
    intent: &RefundIntent,
    (order, charge): (Option<&Order>, Option<&Charge>),
    others: &[&RefundIntent],
) -> Vec<Breach> {
    let captured = charge.map_or(Money::ZERO, |charge| charge.evidence.captured);
    let mut amounts = others.iter().map(|other| other.amount);
    let sum = amounts.try_fold(Money::ZERO, Money::checked_add);
    let left = sum.and_then(|sum| captured.checked_sub(sum));
    let breaches = [
        owed(
            intent,
            "R2",
            captured > Money::ZERO,
            "it is owed, and nothing came in",
        ),
        owed(
            intent,
            "R3",
            left.is_some_and(|left| left >= intent.amount) || others.is_empty(),
            "it is owed, and others owe it already",
        ),
        owed(
            intent,
            "R1",
            intent.amount <= captured || captured == Money::ZERO,
            "it is more than came in",
        ),
        owed(
            intent,
            "O5",
            order.is_none_or(|order| is_the_kitchens_to_know(order, intent)),
            "it pays for food that is cooked, and nobody called that off",
        ),
    ];
    breaches.into_iter().flatten().collect()
}

fn owed(
    intent: &RefundIntent,
    invariant: &'static str,
    holds: bool,
    detail: &str,
) -> Option<Breach> {
    unless(holds, invariant, || {
        format!("{} of {}: {detail}", intent.amount, intent.charge_id)
    })
}

/// O5: the payment of an order that was confirmed goes back only after somebody, who is on record, has called it off.
fn is_the_kitchens_to_know(order: &Order, intent: &RefundIntent) -> bool {
    let is_cooked = order.became(OrderStatus::Confirmed).is_some();
    if !is_cooked || order.payment_id.as_ref() != Some(&intent.charge_id) {
        return true;
    }
    let off = order.became(OrderStatus::Cancelled);
    off.is_some_and(|off| off.by != Actor::System)
}
