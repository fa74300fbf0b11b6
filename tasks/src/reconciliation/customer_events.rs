//! What stores' POS were to be told of customers and were not, because its sender was cut short or the queue was away; and new
//! customers of whom a POS never said that it has them, which a person sees, once for the store.

use std::collections::BTreeSet;

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::StoreId,
    people::CustomerEvent,
    tables::{CUSTOMER_EVENTS, Row, customer_events::OPEN},
};
use comanda_workflows::contracts::Walk;
use jiff::SignedDuration;

use super::{page_of, past, read, unless_broken};
use crate::{
    customers::relay,
    fault::Fault,
    ports::{Condition, Ports, Query},
    rows::{load, put, write},
};

const UNACKNOWLEDGED: ExceptionKind = ExceptionKind::CustomerUnacknowledged;
/// A POS that is on answers within seconds; one that was restarted, within minutes.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// Whoever wrote a younger one sends it within moments.
const YOUNG: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let query = Query {
        table: &CUSTOMER_EVENTS,
        index: Some(&OPEN),
        partition: CustomerEvent::open_of(&walk.client_id),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    let mut away = BTreeSet::new();
    for item in page.items {
        let Some(listed) = read::<CustomerEvent>(ports, walk, item).await? else {
            continue;
        };
        if ports.clock.now().duration_since(listed.created_at) > YOUNG {
            let looked = look(ports, walk, &listed, &mut away).await;
            unless_broken(ports, walk, (listed.customer_id.as_str(), looked)).await?;
        }
    }
    past(walk, page.next, 1);
    Ok(())
}

/// Sending one sends all that is unsent of its customer, so that the store hears them in order. A store whose queue is away
/// keeps no other from being told: its own are left, and the sweep is incomplete.
async fn look(
    ports: &Ports,
    walk: &mut Walk,
    listed: &CustomerEvent,
    away: &mut BTreeSet<StoreId>,
) -> Result<(), Fault> {
    let (tenant, customer) = (&listed.client_id, &listed.customer_id);
    let key = CustomerEvent::key_of(tenant, customer, &listed.event_id);
    let event: Option<CustomerEvent> = load(ports.store.as_ref(), &key).await?;
    let Some(event) = event else {
        return Ok(());
    };
    if event.is_unsent() {
        if away.contains(&event.store_id) {
            walk.left += 1;
            return Ok(());
        }
        match relay(ports, tenant, customer).await {
            Err(Fault::Outage(_)) => {
                walk.left += 1;
                away.insert(event.store_id);
            }
            sent => {
                sent?;
                walk.healed += 1;
            }
        }
        return Ok(());
    }
    let now = ports.clock.now();
    let waits = event.awaited_since();
    if waits.is_some_and(|since| now.duration_since(since) > PATIENCE) {
        return overdue(ports, walk, event).await;
    }
    Ok(())
}

/// One alarm for a store: several customers of whom its POS says nothing are one fault. In one transaction with the event, so
/// that an acknowledgement comes before it, and there is no alarm, or after it, and closes it.
async fn overdue(ports: &Ports, walk: &mut Walk, event: CustomerEvent) -> Result<(), Fault> {
    let now = ports.clock.now();
    let detail = format!(
        "the POS has not said that it has new customers, {} as the last one looked at",
        event.customer_id
    );
    let subject = (event.store_id.as_str(), UNACKNOWLEDGED);
    let found = Exception::raised(&event.client_id, subject, detail, now);
    let known: Option<Exception> = load(ports.store.as_ref(), &found.key()).await?;
    let is_open = |known: &Exception| known.state == ExceptionState::Open;
    let is_new = !known.as_ref().is_some_and(is_open);
    let alarm = match known {
        None => Some(put(&found, Condition::Absent)?),
        Some(known) => match known.seen_again(&found) {
            None => None,
            Some(next) => Some(put(&next, Condition::Version(known.version))?),
        },
    };
    let before = event.version;
    let overdue = CustomerEvent {
        overdue_at: Some(now),
        version: before + 1,
        ..event
    };
    let mut writes = vec![put(&overdue, Condition::Version(before))?];
    writes.extend(alarm);
    // Lost: the next sweep looks again.
    if write(ports.store.as_ref(), writes).await? && is_new {
        walk.raised += 1;
    }
    Ok(())
}
