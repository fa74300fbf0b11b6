//! What auditors ask of customers' rows, in every world that has customers.

use std::sync::Arc;

use comanda_domain::{
    invariants::{Breach, customer_change, customers_apart, points_at_rest},
    loyalty::LoyaltyEntry,
    people::{Customer, CustomerKey},
    tables::Row,
};
use comanda_tasks::{ports::StoredRow, testing::MemoryStore};

use crate::storm::store::RowChange;

/// C3 and C4 of a change, if it is one of a customer.
pub(crate) fn changed(change: &RowChange) -> Vec<Breach> {
    if change.table.name != Customer::TABLE.name {
        return Vec::new();
    }
    let read = |row: &Option<Arc<StoredRow>>| {
        let row = row.as_deref();
        row.map(StoredRow::read::<Customer>).transpose()
    };
    match (read(&change.before), read(&change.after)) {
        (Ok(before), Ok(Some(after))) => customer_change(before.as_deref(), &after),
        _ => vec![unread("a customer's row is gone or cannot be read")],
    }
}

/// C1 and C3 of all customers, when nothing is under way.
pub(crate) fn at_rest(store: &MemoryStore) -> Vec<Breach> {
    let (Some(customers), Some(keys), Some(ledger)) = (
        rows::<Customer>(store),
        rows::<CustomerKey>(store),
        rows::<LoyaltyEntry>(store),
    ) else {
        return vec![unread("a row of a customer cannot be read")];
    };
    let points = customers
        .iter()
        .filter_map(|customer| points_at_rest(customer, &ledger));
    customers_apart(&customers, &keys)
        .into_iter()
        .chain(points)
        .collect()
}

/// All rows of a table, if each can be read.
pub(crate) fn rows<R: Row>(store: &MemoryStore) -> Option<Vec<R>> {
    let rows = store
        .shared_rows(R::TABLE)
        .into_iter()
        .map(StoredRow::into_value);
    rows.collect::<Result<_, _>>().ok()
}

fn unread(detail: &str) -> Breach {
    Breach {
        invariant: "T2",
        detail: detail.to_owned(),
    }
}
