//! What a customer was told about one order, oldest first.

use comanda_domain::{ids::OrderKey, tables};
use serde_json::{Value, json};

use super::{
    request::Shop,
    resolve::{RESOLVE, resolve},
    view,
};
use crate::{
    fault::Fault,
    http::Answer,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    rows::{NotificationRow, load_all},
};

pub(crate) const USES: &[Uses] = &[
    RESOLVE,
    Uses {
        queries: &[&tables::NOTIFICATIONS],
        ..Uses::NOTHING
    },
];

/// The messages of an order, named by its id, its number or its checkout's id.
pub async fn messages(ports: &Ports, shop: &Shop, name: &str) -> Answer {
    let ports = guarded(ports, USES);
    let answer = async {
        let key = resolve(&ports, shop, name).await?.key();
        let messages = of(&ports, &key).await?;
        Ok(Answer::ok(json!({ "messages": messages })))
    };
    answer.await.unwrap_or_else(|error: Answer| error)
}

/// An order's messages as callers see them.
pub(super) async fn of(ports: &Ports, key: &OrderKey) -> Result<Vec<Value>, Fault> {
    let subject = NotificationRow::of_subject(&key.client_id, key.order_id.as_str());
    let mut rows: Vec<NotificationRow> = load_all(ports.store.as_ref(), subject).await?;
    rows.sort_by(|one, other| (one.created_at, &one.kind).cmp(&(other.created_at, &other.kind)));
    Ok(rows.iter().map(view::notification).collect())
}
