//! Typed rows over the store port: load by key with the tenant checked, write under a condition, try again on conflict.
//!
//! What a row means is `domain/`'s business; which rows change together is the handlers'.

mod checkout;
mod consent;
mod conversation;
mod counter;
mod notification;
mod parked;
mod receipt;
mod route;
mod talk;

pub use checkout::CheckoutRow;
pub use consent::ConsentRow;
pub use conversation::{ConversationRow, InboundMessage};
pub use counter::CounterRow;
pub use notification::{DeliveryStatus, NotificationRow, NotificationState};
pub use parked::ParkedEventRow;
pub use receipt::{Known, ReceiptRow};
pub use route::{ChannelRouteRow, WebhookRouteRow};
pub use talk::{LastRead, TalkRow, TalkWait};

use std::sync::Arc;

use comanda_domain::{
    keys::Key,
    order::Order,
    planted::{Fault as Planted, planted},
    tables::{Row, to_item},
};
use comanda_workflows::contracts::OrderKey;
use jiff::SignedDuration;

use crate::{
    fault::Fault,
    ports::{Change, Condition, Ports, Query, Store, StoreError, StoredRow, Write},
};

/// Indexes have caught up with what is older than this.
pub(crate) const SETTLED: SignedDuration = SignedDuration::from_mins(5);
/// How often a change is tried against others' changes of the same row. Each loser has lost to somebody who got further,
/// so this many losses in a row are no race but a fault.
const TRIES_MAX: usize = 8;

/// The row with this key, or `None`.
pub(crate) async fn load<R: Row>(store: &dyn Store, key: &Key) -> Result<Option<R>, Fault> {
    let row = store.get(R::TABLE, key).await?;
    Ok(row.map(StoredRow::into_value).transpose()?)
}

/// The same, for those who only look at it.
pub(crate) async fn look_up<R: Row>(store: &dyn Store, key: &Key) -> Result<Option<Arc<R>>, Fault> {
    let row = store.get(R::TABLE, key).await?;
    Ok(row.map(|row| row.read()).transpose()?)
}

/// An order, if this tenant and this store have it. Another's order is as good as none (T2).
pub(crate) async fn load_order(store: &dyn Store, key: &OrderKey) -> Result<Option<Order>, Fault> {
    let order: Option<Order> = load(store, &Order::key_of(&key.client_id, &key.order_id)).await?;
    let any_store = planted(Planted::AnyStoreDecides);
    Ok(order.filter(|order| any_store || order.order_key() == *key))
}

/// An order that must be there.
pub(crate) async fn require_order(store: &dyn Store, key: &OrderKey) -> Result<Order, Fault> {
    load_order(store, key)
        .await?
        .ok_or_else(|| Fault::unexpected(format!("order {} does not exist", key.order_id)))
}

/// Every row of a partition. Partitions read like this are small by construction (one order's news, one order's messages).
pub(crate) async fn load_all<R: Row>(
    store: &dyn Store,
    partition: comanda_domain::keys::PartitionKey,
) -> Result<Vec<R>, Fault> {
    let query = Query {
        table: R::TABLE,
        index: None,
        partition,
        sort_prefix: None,
        descending: false,
        limit: 100,
        start: None,
    };
    load_by_index(store, query).await
}

/// Every row that a query finds, page after page. An index lags: for lists, never for decisions (T4).
pub(crate) async fn load_by_index<R: Row>(
    store: &dyn Store,
    query: Query,
) -> Result<Vec<R>, Fault> {
    let mut rows = Vec::new();
    let mut query = query;
    loop {
        let page = store.query(query.clone()).await?;
        for item in page.items {
            rows.push(item.into_value::<R>()?);
        }
        query.start = page.next;
        if query.start.is_none() {
            return Ok(rows);
        }
    }
}

/// A write of this row under a condition.
pub(crate) fn put<R: Row>(row: &R, condition: Condition) -> Result<Write, Fault> {
    Ok(Write {
        table: R::TABLE,
        key: row.key(),
        condition,
        change: Change::Put(to_item(row)?),
    })
}

/// A write of an order's next version, which holds only if the row is still at the version before.
pub(crate) fn put_order(next: &Order) -> Result<Write, Fault> {
    put(next, Condition::Version(next.version().saturating_sub(1)))
}

/// Changes nothing: what is written with it holds only if the row is still at the version that was read.
pub(crate) fn unchanged<R: Row>(row: &R, version: u64) -> Write {
    Write {
        table: R::TABLE,
        key: row.key(),
        condition: Condition::Version(version),
        change: Change::Check,
    }
}

/// Puts a row if there is none with its key. Answers the row that is there now, and whether it is the new one.
pub(crate) async fn put_if_absent<R: Row + Clone>(
    store: &dyn Store,
    row: &R,
) -> Result<(R, bool), Fault> {
    for _ in 0..TRIES_MAX {
        if let Some(present) = load::<R>(store, &row.key()).await? {
            return Ok((present, false));
        }
        if write(store, vec![put(row, Condition::Absent)?]).await? {
            return Ok((row.clone(), true));
        }
    }
    Err(contention::<R>())
}

/// Writes, and answers whether the conditions held.
pub(crate) async fn write(store: &dyn Store, writes: Vec<Write>) -> Result<bool, Fault> {
    match store.write(writes).await {
        Ok(()) => Ok(true),
        Err(StoreError::ConditionFailed { .. }) => Ok(false),
        Err(StoreError::Outage(outage)) => Err(outage.into()),
    }
}

/// What one look at the rows led to.
pub(crate) enum Decision<T> {
    /// Nothing is to be written: the answer stands.
    Stands(T),
    /// These writes, all or none; if they hold, the answer stands.
    Write(Vec<Write>, T),
}

/// Looks, decides and writes until nobody came in between: every race is decided by one conditional write.
///
/// `look` reads what it decides on, each time anew.
pub(crate) async fn decide<R, T, E, F>(ports: &Ports, look: impl Fn() -> F) -> Result<T, E>
where
    R: Row,
    E: From<Fault>,
    F: Future<Output = Result<Decision<T>, E>>,
{
    for _ in 0..TRIES_MAX {
        match look().await? {
            Decision::Stands(answer) => return Ok(answer),
            Decision::Write(writes, answer) => {
                if write(ports.store.as_ref(), writes).await? {
                    return Ok(answer);
                }
            }
        }
    }
    Err(E::from(contention::<R>()))
}

fn contention<R: Row>() -> Fault {
    Fault::Contention {
        table: R::TABLE.name,
    }
}
