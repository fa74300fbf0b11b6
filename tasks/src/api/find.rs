//! The one search box: whatever a person has in their hand leads to orders.

use comanda_domain::{
    ids::{ChargeId, OrderKey},
    keys::PartitionKey,
    order::Order,
    payment::Charge,
    people::{ChannelAddress, Phone},
    tables,
};
use serde_json::{Value, json};

use super::{
    request::Shop,
    resolve::{Found, RESOLVE, by_id, by_number, list, number_of},
};
use crate::{
    fault::Fault,
    http::Answer,
    ports::{
        Ports, Query,
        guarded::{Uses, guarded},
    },
    rows::{load, load_order},
};

pub(crate) const USES: &[Uses] = &[
    RESOLVE,
    Uses {
        reads: &[&tables::PAYMENTS],
        ..Uses::NOTHING
    },
];

/// A customer's orders are shown this far back.
const ORDERS_MAX: usize = 20;
const TEXT_CHARACTERS_MAX: usize = 200;

/// Finds orders of a store by number, order id, checkout id, charge id, phone or channel address, newest first:
/// `{"orders": [{orderId, orderNumber, status, …}]}`. Nothing found is an empty list.
pub async fn find(ports: &Ports, shop: &Shop, text: &str) -> Answer {
    let ports = guarded(ports, USES);
    match hits(&ports, shop, text.trim()).await {
        Ok(orders) => Answer::ok(json!({ "orders": orders })),
        Err(fault) => fault.into(),
    }
}

async fn hits(ports: &Ports, shop: &Shop, text: &str) -> Result<Vec<Value>, Fault> {
    if text.is_empty() || text.chars().count() > TEXT_CHARACTERS_MAX {
        return Ok(Vec::new());
    }
    if let Some(order) = number_of(text) {
        let order = by_number(ports, shop, order).await?;
        if let Some(order) = order {
            return Ok(vec![hit(&order)]);
        }
    }
    if let Ok(address) = ChannelAddress::new(text) {
        let partition = PartitionKey::new(&shop.client_id, address.as_str());
        let index = &tables::orders::BY_CHANNEL_ADDRESS;
        return of_customer(ports, shop, index, partition).await;
    }
    if let Ok(phone) = Phone::parse(text) {
        let partition = PartitionKey::new(&shop.client_id, phone.e164());
        let found = of_customer(ports, shop, &tables::orders::BY_PHONE, partition).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    match by_id(ports, shop, text).await? {
        Some(Found::Order(order)) => Ok(vec![hit(&order)]),
        Some(Found::Checkout(checkout)) => Ok(vec![super::view::checkout(&checkout)]),
        None => of_charge(ports, shop, text).await,
    }
}

async fn of_customer(
    ports: &Ports,
    shop: &Shop,
    index: &'static tables::Index,
    partition: PartitionKey,
) -> Result<Vec<Value>, Fault> {
    let (orders, _) = list::<Order>(
        ports,
        Query {
            table: &tables::ORDERS,
            index: Some(index),
            partition,
            sort_prefix: None,
            descending: true,
            limit: ORDERS_MAX,
            start: None,
        },
    )
    .await?;
    let own = orders
        .iter()
        .filter(|order| order.store_id == shop.store_id);
    Ok(own.map(hit).collect())
}

async fn of_charge(ports: &Ports, shop: &Shop, text: &str) -> Result<Vec<Value>, Fault> {
    let Ok(charge) = ChargeId::new(text) else {
        return Ok(Vec::new());
    };
    let store = ports.store.as_ref();
    let charge: Option<Charge> = load(store, &Charge::key_of(&shop.client_id, &charge)).await?;
    let Some(charge) = charge else {
        return Ok(Vec::new());
    };
    let key = OrderKey {
        client_id: shop.client_id.clone(),
        store_id: shop.store_id.clone(),
        order_id: charge.order_id,
    };
    let order = load_order(store, &key).await?;
    Ok(order.iter().map(hit).collect())
}

/// Enough to choose from a list.
fn hit(order: &Order) -> Value {
    json!({
        "orderId": order.order_id,
        "orderNumber": order.order_number,
        "displayNumber": order.display_number(),
        "status": order.status(),
        "paymentStatus": order.payment_status(),
        "waitingFor": order.waiting_for,
        "total": order.total,
        "createdAt": comanda_domain::instant::text(order.created_at),
    })
}
