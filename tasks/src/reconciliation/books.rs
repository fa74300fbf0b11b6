//! An order's own rows against each other: they are written together, so what they say must agree. The predicate is one
//! that the simulation's auditors ask, too: after every step of a storm, and of each state of an exploration.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    invariants::{Breach, books_agree},
    ledger::LedgerEntry,
    order::Order,
    payment::{Charge, RefundIntent},
    tables::{ledger, payments},
};
use comanda_workflows::contracts::Walk;
use jiff::SignedDuration;

use super::{SETTLED, found};
use crate::{
    fault::Fault,
    ports::{Ports, Query},
    rows::{load, load_all, load_by_index, load_order},
};

/// Each change is looked at by a few sweeps, and what lies still is not looked at again.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// Looks at the rows of one order, and shows a person what does not agree. Nothing of it is put right by itself.
pub(super) async fn look(ports: &Ports, walk: &mut Walk, listed: &Order) -> Result<(), Fault> {
    let store = ports.store.as_ref();
    let key = listed.order_key();
    let age = |order: &Order| ports.clock.now().duration_since(order.updated_at());
    // An index may lag by seconds: what it lists as older lies still, or is looked at by the next sweep.
    if age(listed) >= RECENT {
        return Ok(());
    }
    let Some(order) = load_order(store, &key).await? else {
        return Ok(());
    };
    if !(SETTLED..RECENT).contains(&age(&order)) {
        return Ok(());
    }
    let breaches = breaches(ports, &order).await?;
    let Some(first) = breaches.first() else {
        return Ok(());
    };
    // Rows that were read one after the other are of one moment only if the order is still the same.
    let again = load_order(store, &key).await?;
    if again.map(|order| order.version()) != Some(order.version()) {
        return Ok(());
    }
    let detail = format!("{}: {}", first.invariant, first.detail);
    let kind = ExceptionKind::InvariantBroken;
    let exception = Exception::of_order(&order, kind, detail, ports.clock.now());
    found(ports, walk, &exception).await
}

async fn breaches(ports: &Ports, order: &Order) -> Result<Vec<Breach>, Fault> {
    let store = ports.store.as_ref();
    let tenant = &order.client_id;
    let of_order = Query {
        table: &comanda_domain::tables::PAYMENTS,
        index: Some(&payments::BY_ORDER),
        partition: Charge::of_order(tenant, &order.order_id),
        sort_prefix: None,
        descending: false,
        limit: super::PAGE,
        start: None,
    };
    let listed: Vec<Charge> = load_by_index(store, of_order).await?;
    let (mut charges, mut intents, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for Charge { charge_id, .. } in listed {
        charges.extend(load::<Charge>(store, &Charge::key_of(tenant, &charge_id)).await?);
        let owed = RefundIntent::of_charge(tenant, &charge_id);
        intents.extend(load_all::<RefundIntent>(store, owed).await?);
        let moved = Query {
            table: &comanda_domain::tables::LEDGER,
            index: Some(&ledger::BY_CHARGE),
            partition: LedgerEntry::of_charge(tenant, &charge_id),
            sort_prefix: None,
            descending: false,
            limit: super::PAGE,
            start: None,
        };
        entries.extend(load_by_index::<LedgerEntry>(store, moved).await?);
    }
    Ok(books_agree(order, (&charges, &intents, &entries)))
}
