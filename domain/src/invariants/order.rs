//! An order's row: how it may change, and how it may be left.

use super::{Breach, unless};
use crate::order::{Order, OrderEvent, OrderStatus, WaitingFor};

/// O2 and O8: one version and one entry of history for each change, along the table of transitions, and nothing that was
/// written once is written otherwise.
#[must_use]
pub fn order_change(before: Option<&Order>, after: &Order) -> Vec<Breach> {
    let mut breaches = vec![
        history(after),
        unless(sum_of_parts(after), "O3", || {
            "the total is not the sum of its parts".to_owned()
        }),
    ];
    match before {
        None => breaches.push(unless(
            after.status() == OrderStatus::Pending && after.version() == 1,
            "O2",
            || {
                format!(
                    "an order began as {} in version {}",
                    after.status(),
                    after.version()
                )
            },
        )),
        Some(before) => breaches.extend(between(before, after)),
    }
    breaches.into_iter().flatten().collect()
}

/// O2: the history has one entry a version, in order, and its last one is the order as it stands.
pub(super) fn history(order: &Order) -> Option<Breach> {
    let history = order.status_history();
    let numbered = history
        .iter()
        .map(|entry| entry.version)
        .eq(1..=order.version());
    let last = history.last().is_some_and(|entry| {
        (entry.status, entry.payment_status) == (order.status(), order.payment_status())
    });
    unless(numbered && last, "O2", || {
        format!(
            "the history's {} entries do not lead to version {}, {} and {}",
            history.len(),
            order.version(),
            order.status(),
            order.payment_status()
        )
    })
}

/// O8, whatever the table of transitions says: from an end it goes to another one only.
fn leaves_its_end(from: OrderStatus, to: OrderStatus) -> bool {
    use OrderStatus as S;
    let goes_on = matches!((from, to), (S::Delivered, S::Completed)) || to == S::Refunded;
    from.is_final() && from != to && !goes_on
}

fn between(before: &Order, after: &Order) -> [Option<Breach>; 6] {
    let (from, to) = (before.status(), after.status());
    let legal = from == to
        || OrderEvent::ALL
            .into_iter()
            .any(|event| from.after(event) == Ok(to));
    let payment = before.payment_status().changed_to(after.payment_status());
    [
        unless(after.version() == before.version() + 1, "O2", || {
            format!("version {} follows {}", after.version(), before.version())
        }),
        unless(
            after.status_history().starts_with(before.status_history()),
            "O2",
            || "an entry of the history was changed".to_owned(),
        ),
        unless(
            legal && !leaves_its_end(from, to),
            if from.is_final() { "O8" } else { "O2" },
            || format!("{to} follows {from}"),
        ),
        unless(payment.is_ok(), "P1", || {
            format!(
                "payment {} follows {}",
                after.payment_status(),
                before.payment_status()
            )
        }),
        unless(
            after.total == before.total && after.items == before.items,
            "O3",
            || "the price was changed".to_owned(),
        ),
        unless(after.refunded_amount <= after.paid_amount, "R1", || {
            format!(
                "{} went back of {}",
                after.refunded_amount, after.paid_amount
            )
        }),
    ]
}

fn sum_of_parts(order: &Order) -> bool {
    let lines = order
        .items
        .iter()
        .try_fold(crate::money::Money::ZERO, |sum, item| {
            let line = item.unit_price.checked_mul(i64::from(item.quantity))?;
            let sound = line == item.total_price && (1..=99).contains(&item.quantity);
            sum.checked_add(line).filter(|_| sound)
        });
    let total = lines
        .and_then(|lines| lines.checked_add(order.delivery_fee))
        .and_then(|sum| sum.checked_sub(order.discount));
    lines == Some(order.subtotal) && total == Some(order.total)
}

/// O7: when everything has come to rest, no order is left where nobody will look at it.
#[must_use]
pub fn order_at_rest(order: &Order) -> Option<Breach> {
    let person = order.waiting_for == Some(WaitingFor::Person);
    let forgotten = order.status() == OrderStatus::Pending && !person;
    unless(!forgotten, "O7", || {
        format!(
            "it is {} for ever (waiting for {:?})",
            order.status(),
            order.waiting_for
        )
    })
}
