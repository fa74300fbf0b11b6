//! The reconciliation function: one file a task, one file a walk.
//!
//! Every walk reads an index or a list, looks again by key before it decides (T4), and heals only by the ways that live
//! traffic takes: the inbox, the start of a refund under its name, a conditional write. So it is safe at any time, twice, and
//! beside the orders that it looks at.

mod books;
mod charges;
mod checkouts;
mod close_sweep;
mod customer_events;
mod exceptions;
mod messages;
mod missed_news;
mod orders;
mod plan_sweep;
mod refunds;
mod statement;
mod sweep_page;

pub(crate) use exceptions::is_undecided;

use std::sync::Arc;

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ClientId,
    keys::PartitionKey,
    tables::{Index, Row},
};
use comanda_workflows::contracts::Walk;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    fault::Fault,
    ports::{Condition, Cursor, Page, Ports, Query, StoredRow},
    raise::raise,
    rows::{CounterRow, SETTLED, load, put, write},
};

/// Rows that one call looks at.
const PAGE: usize = 100;

/// Moves a walk on past a page of one of its `parts`.
fn past(walk: &mut Walk, next: Option<Cursor>, parts: u32) {
    walk.cursor = next.map(|cursor| cursor.0);
    if walk.cursor.is_none() {
        walk.part += 1;
        if walk.part >= parts {
            end(walk);
        }
    }
}

/// The walk came to its end.
fn end(walk: &mut Walk) {
    walk.complete = walk.left == 0;
    walk.ended = true;
}

/// Where the sweeps stand in something that one of them does not get through; 0 where none began.
async fn stand(ports: &Ports, tenant: &ClientId, through: &str) -> Result<usize, Fault> {
    let key = CounterRow::sweep(tenant, through, 0).key();
    let stand: Option<CounterRow> = load(ports.store.as_ref(), &key).await?;
    let at = stand.map_or(0, |stand| stand.version);
    Ok(usize::try_from(at).unwrap_or(0))
}

/// Keeps it. Two sweeps at once keep one of their two, and each is as good.
async fn set_stand(
    ports: &Ports,
    tenant: &ClientId,
    (through, at): (&str, usize),
) -> Result<(), Fault> {
    let at = u64::try_from(at).unwrap_or(0);
    let stand = CounterRow::sweep(tenant, through, at);
    write(ports.store.as_ref(), vec![put(&stand, Condition::None)?]).await?;
    Ok(())
}

/// Where the sweeps stand in an index that one of them does not get through.
async fn stand_in_index(
    ports: &Ports,
    tenant: &ClientId,
    through: &str,
) -> Result<Option<String>, Fault> {
    let key = CounterRow::sweep(tenant, through, 0).key();
    let stand: Option<CounterRow> = load(ports.store.as_ref(), &key).await?;
    Ok(stand.and_then(|stand| stand.cursor))
}

/// Keeps it.
async fn set_stand_in_index(
    ports: &Ports,
    tenant: &ClientId,
    (through, cursor): (&str, Option<&Cursor>),
) -> Result<(), Fault> {
    let cursor = cursor.map(|cursor| cursor.0.clone());
    let stand = CounterRow::sweep_of_index(tenant, through, cursor);
    write(ports.store.as_ref(), vec![put(&stand, Condition::None)?]).await?;
    Ok(())
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

/// Walks a sparse index of one part: looks at each row of a page that is not too young, and at none twice in one call. `Met` is what
/// one call remembers from row to row.
async fn along_index<R: Row + Listed, Met: Default>(
    ports: &Ports,
    walk: &mut Walk,
    (index, partition): (&'static Index, PartitionKey),
    look: impl AsyncFn(&Ports, &mut Walk, &R, &mut Met) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let query = Query {
        table: R::TABLE,
        index: Some(index),
        partition,
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    let mut met = Met::default();
    for row in &page.items {
        let Some(listed) = read::<R>(ports, walk, row).await? else {
            continue;
        };
        if ports.clock.now().duration_since(listed.since()) > R::YOUNG {
            let looked = look(ports, walk, &listed, &mut met).await;
            unless_broken(ports, walk, (listed.subject(), looked)).await?;
        }
    }
    past(walk, page.next, 1);
    Ok(())
}

/// A row that a walk lists, which its writer leaves behind by itself unless something went wrong.
trait Listed {
    /// Whoever wrote a younger one may still be at it.
    const YOUNG: SignedDuration;

    /// Since when it is there.
    fn since(&self) -> Timestamp;

    /// Whose it is, for alarms.
    fn subject(&self) -> &str;
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// What one row breaks on keeps no other from being looked at: a person sees it, and the walk goes on. An outage ends the
/// call, which is made again.
async fn unless_broken(
    ports: &Ports,
    walk: &mut Walk,
    (subject, looked): (&str, Result<(), Fault>),
) -> Result<(), Fault> {
    match looked {
        Err(fault) if !fault.is_retryable() => {
            let detail = format!("the sweep cannot look at it: {fault}");
            let subject = (subject, ExceptionKind::UnexpectedFailure);
            let now = ports.clock.now();
            let raised = Exception::raised(&walk.client_id, subject, detail, now);
            // A person has the order already, and for a reason that is told nowhere else.
            let known: Option<Exception> = load(ports.store.as_ref(), &raised.key()).await?;
            let is_called =
                |known: Exception| known.state == ExceptionState::Open && known.order_id.is_some();
            if known.is_some_and(is_called) {
                return Ok(());
            }
            found(ports, walk, &raised).await
        }
        looked => looked,
    }
}

/// The value of a listed row; `None`, and seen by a person, if it is none of its table's.
async fn read<R: Row>(
    ports: &Ports,
    walk: &mut Walk,
    row: &StoredRow,
) -> Result<Option<Arc<R>>, Fault> {
    match row.read() {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            let key = row.get(R::TABLE.partition_key).and_then(Value::as_str);
            let key = key.unwrap_or_default();
            let subject = key.split_once('#').map_or(key, |(_, id)| id);
            unless_broken(ports, walk, (subject, Err(error.into()))).await?;
            Ok(None)
        }
    }
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
