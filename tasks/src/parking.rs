//! Putting aside what cannot be placed: kept once, counted by its rows, looked at by a person, never an error to its
//! sender.

use comanda_domain::{ids::ClientId, tables};
use sha2::Digest;

use crate::{
    fault::Fault,
    ports::{Ports, guarded::Uses},
    rows::{ParkedEventRow, put_if_absent},
};

/// Every sender whose events may be parked.
pub(crate) const SOURCES: [&str; 3] = ["asaas", "twilio", "pos"];

/// What it takes to park an event.
pub(crate) const PARKING: Uses = Uses {
    reads: &[&tables::PARKED_EVENTS],
    writes: &[&tables::PARKED_EVENTS],
    ..Uses::NOTHING
};

/// An event as far as it could be read. INVARIANT: no field holds a name, a phone, a text of a customer or a token.
pub(crate) struct Stray<'a> {
    /// One of [`SOURCES`].
    pub source: &'static str,
    /// The sender's id; where there is none, [`id_of`] its body.
    pub event_id: &'a str,
    /// The sender's word for what happened.
    pub event: &'a str,
    /// The charge, order or message that it names.
    pub subject: &'a str,
    /// Why it could not be placed.
    pub reason: &'a str,
}

/// Parks an event. The same event again is parked once.
pub(crate) async fn park(ports: &Ports, tenant: &ClientId, stray: &Stray<'_>) -> Result<(), Fault> {
    let row = ParkedEventRow::new(
        tenant,
        (stray.source, stray.event_id),
        (stray.event, stray.subject),
        stray.reason,
        ports.clock.now(),
    );
    put_if_absent(ports.store.as_ref(), &row).await?;
    Ok(())
}

/// An id for a body that shows none: the same body again is the same event.
pub(crate) fn id_of(body: &[u8]) -> String {
    let digest = hex::encode(sha2::Sha256::digest(body));
    format!("body-{}", digest.chars().take(32).collect::<String>())
}
