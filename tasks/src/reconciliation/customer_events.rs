//! What stores' POS were to be told of customers and were not, because its sender was cut short or the queue was away; and new
//! customers of whom a POS never said that it has them, which a person sees, once for the store.

use std::collections::BTreeSet;

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::StoreId,
    people::CustomerEvent,
    tables::customer_events::OPEN,
};
use comanda_workflows::contracts::Walk;
use jiff::{SignedDuration, Timestamp};

use super::{Listed, along_index};
use crate::{
    customers::relay,
    fault::Fault,
    ports::{Condition, Ports},
    raise::renewed,
    rows::{load, put, write},
};

const UNACKNOWLEDGED: ExceptionKind = ExceptionKind::CustomerUnacknowledged;
/// A POS that is on answers within seconds; one that was restarted, within minutes.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

impl Listed for CustomerEvent {
    /// Whoever wrote a younger one sends it within moments.
    const YOUNG: SignedDuration = SignedDuration::from_mins(2);

    fn since(&self) -> Timestamp {
        self.created_at
    }

    fn subject(&self) -> &str {
        self.customer_id.as_str()
    }
}

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let open = (&OPEN, CustomerEvent::open_of(&walk.client_id));
    along_index(ports, walk, open, look).await
}

/// Sending one sends all that is unsent of its customer, so that each store hears them in order. A store whose queue is away
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
        if !away.contains(&event.store_id) {
            relay(ports, (tenant, customer), away).await?;
        }
        if away.contains(&event.store_id) {
            walk.left += 1;
        } else {
            walk.healed += 1;
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
    let (alarm, is_new) = renewed(ports, &found).await?;
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
