//! Telling a customer an order's status, in the store's words.

use comanda_domain::{
    notification::{EndReason, NotificationKind, is_told, status_text},
    order::{Order, OrderStatus},
    store::StoreConfig,
};

use crate::{
    fault::Fault,
    ports::Ports,
    shop::load_order_config,
    tell::{Saying, tell},
};

/// Tells a status, if the store tells it and it is still true (N2: a message that was overtaken is dropped). Like all that is
/// told it holds nobody up.
pub(crate) async fn tell_status(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    status: OrderStatus,
    reason: Option<EndReason>,
) -> Result<(), Fault> {
    match status_saying(ports, store, order, (status, reason)).await? {
        Some(saying) => tell(ports, store, order, vec![saying]).await,
        None => Ok(()),
    }
}

/// What is said of a status, if the store tells it and it is still true.
pub(crate) async fn status_saying(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    (status, reason): (OrderStatus, Option<EndReason>),
) -> Result<Option<Saying>, Fault> {
    let config = load_order_config(ports, &order.client_id, &order.store_id).await?;
    if order.status() != status || !is_told(&config, status) {
        return Ok(None);
    }
    let now = ports.clock.now();
    Ok(Some(Saying {
        kind: NotificationKind::Status(status).to_string(),
        text: status_text(&config, order, status, reason, store.preparation_time, now),
    }))
}
