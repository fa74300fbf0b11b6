//! The reconciliation function: one file a task, one file a walk.
//!
//! Every walk reads an index or a list, looks again by key before it decides (T4), and heals only by the ways that live
//! traffic takes: the inbox, the start of a refund under its name, a conditional write. So it is safe at any time, twice, and
//! beside the orders that it looks at.

mod charges;
mod close_sweep;
mod exceptions;
mod orders;
mod plan_sweep;
mod refunds;
mod statement;
mod sweep_page;

use comanda_domain::{
    exception::Exception,
    ids::{ClientId, StoreId},
};
use comanda_workflows::contracts::{Walk, WalkKind};

use crate::{
    fault::Fault,
    ports::{Cursor, Page, Ports, Query},
    raise::raise,
};

/// Rows that one call looks at.
const PAGE: usize = 100;

/// A walk at its beginning.
fn start(tenant: &ClientId, along: WalkKind, store: Option<&StoreId>) -> Walk {
    Walk {
        client_id: tenant.clone(),
        along,
        store_id: store.cloned(),
        part: 0,
        cursor: None,
        complete: false,
        looked_at: 0,
        healed: 0,
        raised: 0,
        calls: 0,
        days: Vec::new(),
    }
}

/// Moves a walk on past a page of one of its `parts`.
fn past(walk: &mut Walk, next: Option<Cursor>, parts: u32) {
    walk.cursor = next.map(|cursor| cursor.0);
    if walk.cursor.is_none() {
        walk.part += 1;
        walk.complete = walk.part >= parts;
    }
}

/// One page of an index, from where the walk stands, oldest first.
async fn page_of(ports: &Ports, walk: &mut Walk, query: Query) -> Result<Page, Fault> {
    let page = ports
        .store
        .query(Query {
            start: walk.cursor.clone().map(Cursor),
            limit: PAGE,
            sort_prefix: None,
            descending: false,
            ..query
        })
        .await?;
    walk.looked_at += count(page.items.len());
    Ok(page)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Raises and counts it, if it was not known.
async fn found(ports: &Ports, walk: &mut Walk, exception: &Exception) -> Result<(), Fault> {
    if raise(ports, exception).await? {
        walk.raised += 1;
    }
    Ok(())
}

/// Notes and counts what was put right.
async fn healed(ports: &Ports, walk: &mut Walk, exception: Exception) -> Result<(), Fault> {
    raise(ports, &exception.healed()).await?;
    walk.healed += 1;
    Ok(())
}
