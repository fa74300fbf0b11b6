//! Lines of the provider's statement in the ledger's words, and those for which it has none.

use std::collections::BTreeMap;

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::{ChargeId, OrderId},
    ledger::Movement,
    money::Money,
    statement::Line,
    tables::Row,
};
use comanda_workflows::contracts::Walk;

use crate::{
    fault::Fault,
    ports::{LineKind, Ports, StatementLine},
    reconciliation::found,
    rows::load,
};

/// Charges of ours that lines name, with their orders.
pub(super) type Known = BTreeMap<ChargeId, Option<OrderId>>;

/// A line in the ledger's words; `None` for what has none. A fee that runs the other way was given back, and such a dispute was won.
pub(super) fn movement(line: &StatementLine) -> Option<(Movement, Money)> {
    let is_credit = line.amount > Money::ZERO;
    let taken = Money::ZERO.checked_sub(line.amount)?;
    match line.kind {
        LineKind::Received if is_credit => Some((Movement::Captured, line.amount)),
        LineKind::Fee if is_credit => Some((Movement::FeeReturned, line.amount)),
        LineKind::Fee => Some((Movement::Fee, taken)),
        // With the line of a refund, the one that calls it off is nothing.
        LineKind::Refunded => Some((Movement::Refunded, taken)),
        LineKind::ChargedBack if is_credit => Some((Movement::DisputeWon, line.amount)),
        LineKind::ChargedBack => Some((Movement::ChargedBack, taken)),
        LineKind::Received | LineKind::Other => None,
    }
}

/// Lines about our charges that moved something.
fn of_ours<'a>(
    lines: &'a [StatementLine],
    known: &Known,
) -> impl Iterator<Item = (&'a StatementLine, &'a ChargeId)> {
    let moved = lines.iter().filter(|line| line.amount != Money::ZERO);
    let with_charge = moved.filter_map(|line| Some((line, line.charge.as_ref()?)));
    with_charge.filter(|(_, charge)| known.contains_key(*charge))
}

pub(super) fn booked(lines: &[StatementLine], known: &Known) -> Vec<Line> {
    let booked = of_ours(lines, known).filter_map(|(line, charge)| {
        let (movement, amount) = movement(line)?;
        Some(Line {
            day: line.day,
            movement,
            amount,
            charge: charge.clone(),
        })
    });
    booked.collect()
}

/// Money of our charges that moved by a word which the ledger does not have: a person must see it. Each line once: it is on the
/// statement for days after somebody has seen it.
pub(super) async fn show_unknown(
    ports: &Ports,
    walk: &mut Walk,
    lines: &[StatementLine],
    known: &Known,
) -> Result<(), Fault> {
    for (line, charge) in of_ours(lines, known).filter(|(line, _)| movement(line).is_none()) {
        let subject = (line.id.as_str(), ExceptionKind::LedgerDifference);
        let detail = format!(
            "{charge}: the statement has {} of {}, a word that the ledger does not know",
            line.word, line.amount
        );
        let exception = Exception {
            order_id: known.get(charge).cloned().flatten(),
            amount: Some(line.amount),
            ..Exception::raised(&walk.client_id, subject, detail, ports.clock.now())
        };
        let raised: Option<Exception> = load(ports.store.as_ref(), &exception.key()).await?;
        if raised.is_none() {
            found(ports, walk, &exception).await?;
        }
    }
    Ok(())
}
