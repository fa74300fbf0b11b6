//! An event that belongs to nothing we know. Kept without its personal data, counted, looked at; never an error to its sender.

use comanda_domain::{
    ids::ClientId,
    keys::{Key, PartitionKey},
    tables::{PARKED_EVENTS, Row, Table},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Asaas forgets its events after fourteen days; people need a little longer.
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

/// One parked event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedEventRow {
    /// Whose webhook it came to.
    pub client_id: ClientId,
    /// Who sent it: `asaas`, `pos`.
    pub source: String,
    /// The sender's event id.
    pub event_id: String,
    /// The sender's word for what happened.
    pub event: String,
    /// The charge, order or message it names.
    pub subject: String,
    /// Why it could not be placed.
    pub reason: String,
    /// When it came.
    #[serde(with = "comanda_domain::instant")]
    pub parked_at: Timestamp,
    /// When the row goes away.
    pub expires_at: i64,
}

impl ParkedEventRow {
    /// An event of now. Texts from outside are cut to a length that a row bears.
    #[must_use]
    pub fn new(
        tenant: &ClientId,
        (source, event_id): (&str, &str),
        (event, subject): (&str, &str),
        reason: &str,
        now: Timestamp,
    ) -> Self {
        let cut = |text: &str| text.chars().take(200).collect::<String>();
        Self {
            client_id: tenant.clone(),
            source: source.to_owned(),
            event_id: cut(event_id),
            event: cut(event),
            subject: cut(subject),
            reason: cut(reason),
            parked_at: now,
            expires_at: now.as_second().saturating_add(KEPT_SECONDS),
        }
    }

    /// The partition in which a tenant's events from one source are parked.
    #[must_use]
    pub fn of_source(tenant: &ClientId, source: &str) -> PartitionKey {
        PartitionKey::new(tenant, source)
    }
}

impl Row for ParkedEventRow {
    const TABLE: &'static Table = &PARKED_EVENTS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        let partition = Self::of_source(&self.client_id, &self.source);
        Key::sorted(partition, self.event_id.clone())
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let partition = Self::of_source(&self.client_id, &self.source);
        vec![("sourceParked", Some(partition.to_string()))]
    }
}
