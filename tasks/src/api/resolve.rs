//! From what a person types (an order's id or number, a checkout's id) to the order, or to the checkout that is none yet.

use comanda_domain::{
    ids::{CheckoutId, OrderId, OrderKey},
    order::Order,
    tables::{self, Row},
};

use super::request::Shop;
use crate::{
    fault::Fault,
    http::Answer,
    ports::{Cursor, Ports, Query, StoredRow, guarded::Uses},
    rows::{CheckoutRow, load, load_order},
};

/// What it takes to find an order.
pub(super) const RESOLVE: Uses = Uses {
    reads: &[&tables::ORDERS, &tables::CHECKOUTS],
    queries: &[&tables::ORDERS, &tables::CHECKOUTS],
    ..Uses::NOTHING
};

/// What there is under a name.
pub(super) enum Found {
    /// An order.
    Order(Box<Order>),
    /// A checkout that is no order yet, or was refused.
    Checkout(Box<CheckoutRow>),
}

impl Found {
    /// Names the order, or what may become one.
    pub(super) fn key(&self) -> OrderKey {
        match self {
            Self::Order(order) => order.order_key(),
            Self::Checkout(checkout) => checkout.reference().order(),
        }
    }
}

/// What a name stands for in this store; 404 where it stands for nothing.
pub(super) async fn resolve(ports: &Ports, shop: &Shop, name: &str) -> Result<Found, Answer> {
    let name = name.trim();
    if let Some(number) = number_of(name) {
        let order = by_number(ports, shop, number).await?;
        return order.map(Found::Order).ok_or_else(|| unknown(name));
    }
    let found = by_id(ports, shop, name).await?;
    found.ok_or_else(|| unknown(name))
}

/// `1`, `0001` and `#0001` are numbers.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix('#').unwrap_or(name);
    let number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    number.then(|| digits.parse().ok()).flatten()
}

/// By index, and read again by its key (T4).
pub(super) async fn by_number(
    ports: &Ports,
    shop: &Shop,
    number: u64,
) -> Result<Option<Box<Order>>, Fault> {
    let (listed, _) = list::<Order>(
        ports,
        Query {
            table: &tables::ORDERS,
            index: Some(&tables::orders::BY_NUMBER),
            partition: Order::of_number(&shop.client_id, &shop.store_id, number),
            sort_prefix: None,
            descending: false,
            limit: 1,
            start: None,
        },
    )
    .await?;
    match listed.first() {
        Some(order) => Ok(load_order(ports.store.as_ref(), &order.order_key())
            .await?
            .map(Box::new)),
        None => Ok(None),
    }
}

/// By the order's id, or the checkout's.
pub(super) async fn by_id(ports: &Ports, shop: &Shop, name: &str) -> Result<Option<Found>, Fault> {
    let Ok(order_id) = OrderId::new(name) else {
        return Ok(None);
    };
    let key = OrderKey {
        client_id: shop.client_id.clone(),
        store_id: shop.store_id.clone(),
        order_id,
    };
    if let Some(order) = load_order(ports.store.as_ref(), &key).await? {
        return Ok(Some(Found::Order(Box::new(order))));
    }
    let Some(checkout) = checkout_named(ports, shop, &key, name).await? else {
        return Ok(None);
    };
    let order = load_order(ports.store.as_ref(), &checkout.reference().order()).await?;
    Ok(Some(match order {
        Some(order) => Found::Order(Box::new(order)),
        None => Found::Checkout(Box::new(checkout)),
    }))
}

async fn checkout_named(
    ports: &Ports,
    shop: &Shop,
    key: &OrderKey,
    name: &str,
) -> Result<Option<CheckoutRow>, Fault> {
    let own = |checkout: &CheckoutRow| checkout.store_id == shop.store_id;
    if let Ok(id) = CheckoutId::new(name) {
        let by_key = CheckoutRow::key_of(&shop.client_id, &id);
        let checkout: Option<CheckoutRow> = load(ports.store.as_ref(), &by_key).await?;
        if let Some(checkout) = checkout.filter(own) {
            return Ok(Some(checkout));
        }
    }
    let (listed, _) = list::<CheckoutRow>(
        ports,
        Query {
            table: &tables::CHECKOUTS,
            index: Some(&tables::checkouts::BY_ORDER),
            partition: CheckoutRow::of_order(&key.client_id, &key.order_id),
            sort_prefix: None,
            descending: false,
            limit: 1,
            start: None,
        },
    )
    .await?;
    Ok(listed.into_iter().find(own))
}

/// One page of rows.
pub(super) async fn list<R: Row>(
    ports: &Ports,
    query: Query,
) -> Result<(Vec<R>, Option<Cursor>), Fault> {
    let page = ports.store.query(query).await?;
    let rows = page.items.into_iter().map(StoredRow::into_value);
    Ok((rows.collect::<Result<_, _>>()?, page.next))
}

fn unknown(name: &str) -> Answer {
    let shown: String = name.chars().take(60).collect();
    Answer::error(
        404,
        "ORDER_NOT_FOUND",
        format!("this store has no order `{shown}`"),
        Some("comanda order list"),
    )
}
