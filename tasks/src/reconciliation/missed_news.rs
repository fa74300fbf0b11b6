//! Whether the provider's webhook tells us anything at all. One order that only a sweep heard of is a webhook that was lost; several
//! within a day are a queue that stands still, which nothing else shows: payments go on, a quarter of an hour late.

use std::collections::BTreeSet;

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ClientId,
    tables::{EXCEPTIONS, exceptions::BY_STATE},
};
use comanda_workflows::contracts::Walk;
use jiff::{SignedDuration, Timestamp};

use super::{PAGE, found};
use crate::{
    fault::Fault,
    ports::{Ports, Query},
    rows::load,
};

/// All of a tenant's sweeps share one.
const SUBJECT: &str = "webhooks";
/// Orders of one day that only a sweep heard of, and that are no accident any more.
const ORDERS_MIN: usize = 3;
const WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Shows a person that the queue may stand still.
pub(super) async fn look(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let orders = missed(ports, &walk.client_id).await?;
    if orders < ORDERS_MIN {
        return Ok(());
    }
    let detail = "of several orders only a sweep heard within a day, and no webhook";
    let subject = (SUBJECT, ExceptionKind::MissedNews);
    let exception = Exception::raised(&walk.client_id, subject, detail, ports.clock.now());
    found(ports, walk, &exception).await
}

/// Whether hardly anything was missed of late.
pub(super) async fn is_over(ports: &Ports, open: &Exception) -> Result<bool, Fault> {
    Ok(missed(ports, &open.client_id).await? < ORDERS_MIN)
}

/// How many orders only a sweep heard of within the day, and since a person closed the alarm about those before.
async fn missed(ports: &Ports, tenant: &ClientId) -> Result<usize, Fault> {
    let key = Exception::key_of(tenant, SUBJECT, ExceptionKind::MissedNews);
    let known: Option<Exception> = load(ports.store.as_ref(), &key).await?;
    let closed = known.filter(|known| known.state == ExceptionState::Closed);
    let now = ports.clock.now();
    let is_news = |at: Timestamp| {
        now.duration_since(at) < WITHIN && closed.as_ref().is_none_or(|closed| closed.seen_at < at)
    };
    let newest = Query {
        table: &EXCEPTIONS,
        index: Some(&BY_STATE),
        partition: Exception::in_state(tenant, ExceptionState::Healed),
        sort_prefix: None,
        descending: true,
        limit: PAGE,
        start: None,
    };
    let mut orders = BTreeSet::new();
    for row in ports.store.query(newest).await?.items {
        // What is none of the table's rows tells of no order.
        let Ok(noted) = row.into_value::<Exception>() else {
            continue;
        };
        if noted.kind == ExceptionKind::MissedNews && is_news(noted.raised_at) {
            orders.extend(noted.order_id);
        }
    }
    Ok(orders.len())
}
