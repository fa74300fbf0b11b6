//! What one write may not do to a row.

use std::sync::Arc;

use comanda_domain::{
    invariants::{Breach, charge_change, order_change},
    order::Order,
    payment::Charge,
    tables::{self, Row},
};
use comanda_tasks::ports::StoredRow;

use crate::storm::RowChange;

/// What a change of a row breaks.
pub(super) fn broken_by(change: &RowChange) -> Vec<Breach> {
    let Some(after) = &change.after else {
        return vec![Breach {
            invariant: "L1",
            detail: format!("a row of {} was deleted", change.table.name),
        }];
    };
    if change.table.name == tables::ORDERS.name {
        let pair = (row::<Order>(change.before.as_deref()), row(Some(after)));
        return match pair {
            (before, Some(after)) => order_change(before.as_deref(), &after),
            _ => Vec::new(),
        };
    }
    if change.table.name == tables::PAYMENTS.name {
        let pair = (row::<Charge>(change.before.as_deref()), row(Some(after)));
        return match pair {
            (before, Some(after)) => charge_change(before.as_deref(), &after),
            _ => Vec::new(),
        };
    }
    Vec::new()
}

/// A row that cannot be read is found by the clean slate.
fn row<R: Row>(row: Option<&StoredRow>) -> Option<Arc<R>> {
    row?.read().ok()
}
