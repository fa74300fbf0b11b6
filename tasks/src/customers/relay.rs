//! From the outbox to the stores' queues: what a customer's POS was not told yet, in the order in which it happened.
//!
//! Runs behind every operation, which does not fail by it: what was changed is changed, and no talk ends by a store's queue (one
//! that hangs is waited for until the call is given up).
//! What is left unsent is sent by the next operation on the customer, or by the sweep.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    ids::{ClientId, CustomerId, StoreId},
    people::{Customer, CustomerEvent, CustomerEventKind},
    planted::{CustomerFault as Planted, planted},
};
use comanda_workflows::contracts::{StoreCustomer, StoreLoyalty, StoreMessage};

use super::get_customer_by_id;
use crate::{
    fault::Fault,
    ports::{Condition, Ports, QueueMessage},
    rows::{load_all, put, write},
    shop::load_store,
};

/// Sends what is unsent of a customer, to each store in order. A store whose queue takes nothing is put with those that are `away`,
/// which are not tried again, and keeps no other waiting.
pub async fn relay(
    ports: &Ports,
    of: (&ClientId, &CustomerId),
    away: &mut BTreeSet<StoreId>,
) -> Result<(), Fault> {
    if planted(Planted::LinkUntold) {
        return Ok(());
    }
    send_unsent(ports, of, away).await
}

/// Sends what is unsent of a customer, as far as it can be sent. The sweep finds the rest by the index of what is unsent; while a
/// queue takes nothing, the sweep is incomplete, which a person sees.
pub(crate) async fn relay_or_leave(ports: &Ports, tenant: &ClientId, customer: &CustomerId) {
    let mut away = BTreeSet::new();
    let _left_to_the_sweep = send_unsent(ports, (tenant, customer), &mut away).await;
}

async fn send_unsent(
    ports: &Ports,
    (tenant, customer): (&ClientId, &CustomerId),
    away: &mut BTreeSet<StoreId>,
) -> Result<(), Fault> {
    let partition = CustomerEvent::of_customer(tenant, customer);
    let mut events: Vec<CustomerEvent> = load_all(ports.store.as_ref(), partition).await?;
    events.retain(CustomerEvent::is_unsent);
    if events.is_empty() {
        return Ok(());
    }
    events.sort_by_key(|event| event.customer_version);
    let Some(customer) = get_customer_by_id(ports, tenant, customer).await? else {
        return Ok(());
    };
    // What is wrong with one store is said when the others have been told.
    let mut broken: BTreeMap<StoreId, Fault> = BTreeMap::new();
    for event in events {
        let store = event.store_id.clone();
        if away.contains(&store) || broken.contains_key(&store) {
            continue;
        }
        match send_one(ports, &customer, event).await {
            Ok(Sent::Told) => {}
            Ok(Sent::Away) => drop(away.insert(store)),
            Err(fault) if fault.is_retryable() => return Err(fault),
            Err(fault) => drop(broken.insert(store, fault)),
        }
    }
    broken.into_values().next().map_or(Ok(()), Err)
}

enum Sent {
    Told,
    Away,
}

async fn send_one(ports: &Ports, customer: &Customer, event: CustomerEvent) -> Result<Sent, Fault> {
    let message = message(ports, customer, &event).await?;
    match ports.queue.send(message).await.map_err(Fault::from) {
        Err(Fault::Outage(_)) => return Ok(Sent::Away),
        sent => sent?,
    }
    let before = event.version;
    let sent = CustomerEvent {
        sent_at: Some(ports.clock.now()),
        version: before + 1,
        ..event
    };
    // Lost against another relay, which sent the same.
    let writes = vec![put(&sent, Condition::Version(before))?];
    write(ports.store.as_ref(), writes).await?;
    Ok(Sent::Told)
}

/// The record as it is now, under the version that it has now: of several messages the highest version is true.
async fn message(
    ports: &Ports,
    customer: &Customer,
    event: &CustomerEvent,
) -> Result<QueueMessage, Fault> {
    let store = load_store(ports, &event.client_id, &event.store_id).await?;
    let (timestamp, version) = (ports.clock.now(), customer.version);
    let message = match event.kind {
        CustomerEventKind::CustomerCreated => StoreMessage::CustomerCreated {
            timestamp,
            version,
            data: Box::new(told(customer, event)),
        },
        CustomerEventKind::CustomerUpdated => StoreMessage::CustomerUpdated {
            timestamp,
            version,
            data: Box::new(told(customer, event)),
        },
        CustomerEventKind::CustomerLoyaltyUpdated => StoreMessage::CustomerLoyaltyUpdated {
            timestamp,
            version,
            data: StoreLoyalty {
                client_id: customer.client_id.clone(),
                customer_id: customer.customer_id.clone(),
                event_id: event.event_id.clone(),
                loyalty_points: customer.loyalty_points,
                points_added: event.points.unwrap_or_default(),
            },
        },
    };
    let body = serde_json::to_string(&message)
        .map_err(|_| Fault::unexpected("a customer could not be written for the store"))?;
    Ok(QueueMessage {
        queue_url: store.queue_url.clone(),
        body,
        group_id: customer.customer_id.as_str().to_owned(),
        deduplication_id: deduplication_id(event),
    })
}

fn told(customer: &Customer, event: &CustomerEvent) -> StoreCustomer {
    StoreCustomer {
        client_id: customer.client_id.clone(),
        customer_id: customer.customer_id.clone(),
        event_id: event.event_id.clone(),
        name: customer.name.clone(),
        phone_number: customer.phone_number.clone(),
        email: customer.email.clone(),
        addresses: customer.addresses.clone(),
        default_address_index: customer.default_address_index,
        preferences: customer.preferences.clone(),
    }
}

/// A function of what happened, short and without anything personal whatever the operation's id is (F043).
fn deduplication_id(event: &CustomerEvent) -> String {
    use sha2::Digest;
    let said = format!("{}#{}", event.customer_id, event.event_id);
    format!("customer-{}", hex::encode(sha2::Sha256::digest(said)))
}
