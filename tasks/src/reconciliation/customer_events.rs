//! What stores' POS were to be told of customers and were not: its sender was cut short, or the queue was away.

use comanda_domain::{
    people::CustomerEvent,
    tables::{CUSTOMER_EVENTS, customer_events::UNSENT},
};
use comanda_workflows::contracts::Walk;
use jiff::SignedDuration;

use super::{page_of, past, read, unless_broken};
use crate::{
    customers::relay,
    fault::Fault,
    ports::{Ports, Query},
    rows::load,
};

/// Whoever wrote one sends it within moments.
const YOUNG: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let query = Query {
        table: &CUSTOMER_EVENTS,
        index: Some(&UNSENT),
        partition: CustomerEvent::unsent_of(&walk.client_id),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    for item in page.items {
        let Some(listed) = read::<CustomerEvent>(ports, walk, item).await? else {
            continue;
        };
        let age = ports.clock.now().duration_since(listed.created_at);
        if age > YOUNG {
            let looked = look(ports, walk, &listed).await;
            unless_broken(ports, walk, (listed.customer_id.as_str(), looked)).await?;
        }
    }
    past(walk, page.next, 1);
    Ok(())
}

/// Sending one sends all that is unsent of its customer, so that the store hears them in order.
async fn look(ports: &Ports, walk: &mut Walk, listed: &CustomerEvent) -> Result<(), Fault> {
    let (tenant, customer) = (&listed.client_id, &listed.customer_id);
    let key = CustomerEvent::key_of(tenant, customer, &listed.event_id);
    let event: Option<CustomerEvent> = load(ports.store.as_ref(), &key).await?;
    if event.is_some_and(|event| event.sent_at.is_none()) {
        relay(ports, tenant, customer).await?;
        walk.healed += 1;
    }
    Ok(())
}
