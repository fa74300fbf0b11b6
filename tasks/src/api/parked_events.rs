//! What nobody could place: counted and listed, for the alarm and for the person who looks at it.

use comanda_domain::{ids::ClientId, tables};
use serde_json::{Value, json};

use crate::{
    fault::Fault,
    http::Answer,
    parking::SOURCES,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    rows::{ParkedEventRow, load_all},
};

pub(crate) const USES: &[Uses] = &[Uses {
    queries: &[&tables::PARKED_EVENTS],
    ..Uses::NOTHING
}];

/// A tenant's parked events, newest first: `{"count", "events"}`.
pub async fn parked_events(ports: &Ports, tenant: &ClientId) -> Answer {
    let ports = guarded(ports, USES);
    match all(&ports, tenant).await {
        Ok(events) => Answer::ok(json!({"count": events.len(), "events": events})),
        Err(fault) => fault.into(),
    }
}

async fn all(ports: &Ports, tenant: &ClientId) -> Result<Vec<Value>, Fault> {
    let mut rows: Vec<ParkedEventRow> = Vec::new();
    for source in SOURCES {
        let partition = ParkedEventRow::of_source(tenant, source);
        rows.extend(load_all(ports.store.as_ref(), partition).await?);
    }
    rows.sort_by(|one, other| {
        (other.parked_at, &other.event_id).cmp(&(one.parked_at, &one.event_id))
    });
    let shown = rows.iter().map(serde_json::to_value);
    shown
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::unexpected("a parked event could not be shown"))
}
