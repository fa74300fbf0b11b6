//! What we put on a store's queue for its POS.
//!
//! The deduplication id is a function of what is said (order, version, and which token), never of the time (F043).

use comanda_domain::{
    order::{Order, TaskToken},
    planted::{Fault as Planted, planted},
    store::StoreConfig,
};
use comanda_workflows::contracts::{OrderNotice, RemoteOrder, StoreMessage, StoreOrder};
use jiff::Timestamp;

use crate::{
    fault::Fault,
    ports::{Ports, QueueMessage},
};

/// What a store is asked with an order.
pub(crate) enum Asked<'a> {
    /// Nothing: it is confirmed.
    Nothing,
    /// Its decision, with this token, until then.
    Decision {
        /// The token.
        token: &'a TaskToken,
        /// Until when.
        until: Timestamp,
    },
}

/// Hands an order over. `version` is the order's version that this is said of.
pub(crate) async fn send_order(
    ports: &Ports,
    store: &StoreConfig,
    (order, version): (&Order, u64),
    asked: Asked<'_>,
) -> Result<(), Fault> {
    let (token, answer_by) = match asked {
        Asked::Nothing => (None, None),
        Asked::Decision { token, until } => (Some(token), Some(until)),
    };
    let suffix = token.map_or_else(|| "confirmed".to_owned(), TaskToken::fingerprint);
    let mut told = StoreOrder::of(order).map_err(|_| unwritable())?;
    if planted(Planted::FirstLineOnly)
        && let Some(lines) = told
            .details
            .get_mut("items")
            .and_then(|items| items.as_array_mut())
    {
        lines.truncate(1);
    }
    let data = RemoteOrder {
        order: told,
        awaiting_confirmation: token.is_some(),
        task_token: token.map(|token| token.expose().to_owned()),
        answer_by,
    };
    let message = StoreMessage::RemoteOrderReceived {
        timestamp: ports.clock.now(),
        version,
        data: Box::new(data),
    };
    send(ports, store, order, (version, &suffix), &message).await
}

/// Tells the store that an order is off.
pub(crate) async fn send_cancelled(
    ports: &Ports,
    store: &StoreConfig,
    (order, version): (&Order, u64),
    reason: &str,
) -> Result<(), Fault> {
    let message = StoreMessage::OrderCancelled {
        timestamp: ports.clock.now(),
        version,
        data: notice(order, reason),
    };
    send(ports, store, order, (version, "cancelled"), &message).await
}

/// Tells the store that its decision came too late, and how the order stands.
pub(crate) async fn send_late(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    reason: &str,
) -> Result<(), Fault> {
    let version = order.version();
    let message = StoreMessage::OrderDecisionLate {
        timestamp: ports.clock.now(),
        version,
        data: notice(order, reason),
    };
    send(ports, store, order, (version, "late"), &message).await
}

fn notice(order: &Order, reason: &str) -> OrderNotice {
    OrderNotice {
        order_id: order.order_id.clone(),
        order_number: order.display_number(),
        status: order.status(),
        reason: reason.to_owned(),
    }
}

async fn send(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    (version, suffix): (u64, &str),
    message: &StoreMessage,
) -> Result<(), Fault> {
    let message = QueueMessage {
        queue_url: store.queue_url.clone(),
        body: serde_json::to_string(message).map_err(|_| unwritable())?,
        group_id: order.order_id.as_str().to_owned(),
        deduplication_id: format!("{}-{version}-{suffix}", order.order_id),
    };
    Ok(ports.queue.send(message).await?)
}

fn unwritable() -> Fault {
    Fault::unexpected("an order could not be written for the store")
}
