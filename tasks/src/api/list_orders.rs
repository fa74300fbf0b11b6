//! Lists a store's orders, newest first, a page at a time. By index: for looking, never for deciding (T4).

use comanda_domain::{
    order::{Order, OrderStatus},
    tables,
};
use serde_json::{Value, json};

use super::{request::Shop, resolve::list, view};
use crate::{
    fault::Fault,
    http::Answer,
    ports::{
        Cursor, Ports, Query,
        guarded::{Uses, guarded},
    },
};

pub(crate) const USES: &[Uses] = &[Uses {
    queries: &[&tables::ORDERS],
    ..Uses::NOTHING
}];

const LIMIT_DEFAULT: usize = 20;
const LIMIT_MAX: usize = 100;

/// Which orders are listed, as the caller wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Only those of this status (`PREPARING`).
    pub status: Option<String>,
    /// At most this many; twenty where absent, a hundred at most.
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// One page: `{"orders": [...], "next": cursor or null}`.
pub async fn list_orders(ports: &Ports, shop: &Shop, listing: &Listing) -> Answer {
    let ports = guarded(ports, USES);
    page(&ports, shop, listing)
        .await
        .unwrap_or_else(|error| error)
}

async fn page(ports: &Ports, shop: &Shop, listing: &Listing) -> Result<Answer, Answer> {
    let (tenant, store) = (&shop.client_id, &shop.store_id);
    let (index, partition) = match listing.status.as_deref().map(status).transpose()? {
        Some(status) => (
            &tables::orders::BY_STORE_AND_STATUS,
            Order::of_store_in(tenant, store, status),
        ),
        None => (&tables::orders::BY_STORE, Order::of_store(tenant, store)),
    };
    let (orders, next) = list::<Order>(
        ports,
        Query {
            table: &tables::ORDERS,
            index: Some(index),
            partition,
            sort_prefix: None,
            descending: true,
            limit: listing.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX),
            start: listing.cursor.clone().map(Cursor),
        },
    )
    .await?;
    let orders: Vec<Value> = orders
        .iter()
        .map(view::order)
        .collect::<Result<_, Fault>>()?;
    let next = next.map(|cursor| cursor.0);
    Ok(Answer::ok(json!({ "orders": orders, "next": next })))
}

fn status(word: &str) -> Result<OrderStatus, Answer> {
    let wanted = word.to_ascii_uppercase();
    let mut all = OrderStatus::ALL.into_iter();
    all.find(|status| status.as_str() == wanted).ok_or_else(|| {
        let words: Vec<&str> = OrderStatus::ALL
            .into_iter()
            .map(OrderStatus::as_str)
            .collect();
        Answer::error(
            400,
            "UNKNOWN_STATUS",
            format!(
                "no order has the status `{}`",
                word.chars().take(30).collect::<String>()
            ),
            Some(&format!("one of {}", words.join(", "))),
        )
    })
}
