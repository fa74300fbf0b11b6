//! Everything that is held about a person (LGPD art. 18), as one JSON document: of a customer on record, or of somebody who
//! only wrote or ordered.

use comanda_domain::{
    ids::{ClientId, CustomerId},
    keys::{Key, PartitionKey},
    loyalty::LoyaltyEntry,
    order::Order,
    people::{ChannelAddress, Customer, CustomerEvent},
    store::{StoreConfig, stores_of},
    tables::{self, Row},
};
use serde_json::{Map, Value, json};

use super::get_customer_by_id;
use crate::{
    fault::Fault,
    ports::{Ports, Query, guarded::Uses},
    rows::{ConsentRow, ConversationRow, NotificationRow, TalkRow, load, load_all, load_by_index},
};

/// What gathering it takes.
pub const GATHER: Uses = Uses {
    reads: &[&tables::CUSTOMERS, &tables::TALKS],
    queries: &[
        &tables::STORE_CONFIG,
        &tables::ORDERS,
        &tables::NOTIFICATIONS,
        &tables::CONVERSATIONS,
        &tables::CONSENTS,
        &tables::LOYALTY_LEDGER,
        &tables::CUSTOMER_EVENTS,
    ],
    ..Uses::NOTHING
};

/// The document, or `None` where this tenant has no such customer.
pub async fn export_customer(
    ports: &Ports,
    tenant: &ClientId,
    customer: &CustomerId,
) -> Result<Option<Value>, Fault> {
    let store = ports.store.as_ref();
    let Some(record) = get_customer_by_id(ports, tenant, customer).await? else {
        return Ok(None);
    };
    let mut held = held_of(ports, &Person::of(&record)).await?;
    let ledger = LoyaltyEntry::of_customer(tenant, customer);
    let ledger: Vec<LoyaltyEntry> = load_all(store, ledger).await?;
    let consents = ConsentRow::of_customer(tenant, customer);
    let consents: Vec<ConsentRow> = load_all(store, consents).await?;
    let changes = CustomerEvent::of_customer(tenant, customer);
    let changes: Vec<CustomerEvent> = load_all(store, changes).await?;
    held.insert("customer".into(), json!(record));
    held.insert("loyalty".into(), json!(ledger));
    held.insert("consents".into(), json!(consents));
    held.insert("changes".into(), json!(changes));
    Ok(Some(Value::Object(held)))
}

/// What is held about somebody who has no record: they wrote, or ordered and nothing came of it. `None` where they did
/// neither.
pub async fn export_addresses(
    ports: &Ports,
    tenant: &ClientId,
    addresses: &[ChannelAddress],
) -> Result<Option<Value>, Fault> {
    let person = Person {
        tenant,
        record: None,
        addresses: addresses.to_vec(),
    };
    let mut held = held_of(ports, &person).await?;
    let nothing = |part: &Value| part.as_array().is_none_or(Vec::is_empty);
    if held.values().all(nothing) {
        return Ok(None);
    }
    held.insert("customer".into(), Value::Null);
    Ok(Some(Value::Object(held)))
}

/// Whom it is about: by record, by the addresses they write from, or by both.
pub(super) struct Person<'a> {
    /// The tenant.
    pub tenant: &'a ClientId,
    /// The record's id.
    pub record: Option<&'a CustomerId>,
    /// Where they write from.
    pub addresses: Vec<ChannelAddress>,
}

impl<'a> Person<'a> {
    /// Whose record it is. An order may have come from the same phone under its other digits, which are not in the record.
    pub fn of(record: &'a Customer) -> Self {
        let mut addresses = record.channel_addresses.clone();
        for of_phone in record
            .phone_number
            .iter()
            .flat_map(ChannelAddress::of_phone)
        {
            if !addresses.contains(&of_phone) {
                addresses.push(of_phone);
            }
        }
        Self {
            tenant: &record.client_id,
            record: Some(&record.customer_id),
            addresses,
        }
    }

    /// Whether an order is theirs: by the record that it names, or by where it came from.
    pub fn has_placed(&self, order: &Order) -> bool {
        self.record == Some(&order.customer_id) || self.addresses.contains(&order.channel_address)
    }
}

/// Orders, messages and talks.
async fn held_of(ports: &Ports, person: &Person<'_>) -> Result<Map<String, Value>, Fault> {
    let (store, tenant) = (ports.store.as_ref(), person.tenant);
    let mut talks = Vec::new();
    let mut messages = Vec::new();
    for address in &person.addresses {
        let written = ConversationRow::of_customer(tenant, address);
        let written: Vec<ConversationRow> = load_all(store, written).await?;
        talks.extend(written.into_iter().map(|talk| {
            json!({
                "channelAddress": address, "writtenTo": talk.own_address, "recentMessages": talk.recent,
            })
        }));
        for key in talks_of(ports, tenant, address).await? {
            let talk: Option<TalkRow> = load(store, &key).await?;
            // One that was emptied is nobody's.
            let talk = talk.filter(|talk| talk.channel_address == *address);
            talks.extend(talk.map(|talk| {
                json!({
                    "channelAddress": address, "storeId": talk.store_id, "unreadMessages": talk.unread,
                    "draft": talk.draft,
                })
            }));
        }
        for told in told(ports, tenant, address).await? {
            messages.push(json!({
                "at": comanda_domain::instant::text(told.created_at), "to": told.channel_address,
                "text": told.text, "offered": told.offered,
            }));
        }
    }
    let mut orders = Vec::new();
    for mut order in orders_of(ports, person).await? {
        // The token of a step that waits is the system's and nobody's data.
        order.clear_wait();
        orders.push(order);
    }
    let mut held = Map::new();
    held.insert("orders".into(), json!(orders));
    held.insert("messages".into(), json!(messages));
    held.insert("talks".into(), json!(talks));
    Ok(held)
}

/// The orders of a person: by the record's id, and by their addresses, from before there was a record.
pub(super) async fn orders_of(ports: &Ports, person: &Person<'_>) -> Result<Vec<Order>, Fault> {
    let tenant = person.tenant;
    let mut orders: Vec<Order> = Vec::new();
    if let Some(record) = person.record {
        let by_id = PartitionKey::new(tenant, record);
        orders = all(ports, (&tables::orders::BY_CUSTOMER, by_id)).await?;
    }
    for address in &person.addresses {
        let by_address = PartitionKey::new(tenant, address.as_str());
        let index = &tables::orders::BY_CHANNEL_ADDRESS;
        for order in all::<Order>(ports, (index, by_address)).await? {
            if orders.iter().all(|known| known.order_id != order.order_id) {
                orders.push(order);
            }
        }
    }
    Ok(orders)
}

/// The keys of an address's talks, one with each store.
pub(super) async fn talks_of(
    ports: &Ports,
    tenant: &ClientId,
    address: &ChannelAddress,
) -> Result<Vec<Key>, Fault> {
    let stores: Vec<StoreConfig> = load_all(ports.store.as_ref(), stores_of(tenant)).await?;
    let key = |store: &StoreConfig| {
        TalkRow::key_of(tenant, &TalkRow::id_of(tenant, &store.store_id, address))
    };
    Ok(stores.iter().map(key).collect())
}

/// What was said to an address.
pub(super) async fn told(
    ports: &Ports,
    tenant: &ClientId,
    address: &ChannelAddress,
) -> Result<Vec<NotificationRow>, Fault> {
    let partition = NotificationRow::of_customer(tenant, address);
    let index = &tables::notifications::BY_CHANNEL_ADDRESS;
    all(ports, (index, partition)).await
}

pub(super) async fn all<R: Row>(
    ports: &Ports,
    (index, partition): (&'static tables::Index, PartitionKey),
) -> Result<Vec<R>, Fault> {
    load_by_index(
        ports.store.as_ref(),
        Query {
            table: R::TABLE,
            index: Some(index),
            partition,
            sort_prefix: None,
            descending: false,
            limit: 100,
            start: None,
        },
    )
    .await
}
