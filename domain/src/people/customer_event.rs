//! What an operation did to a customer's record (000 §4.1): written with the change, so that the operation is done once and
//! the POS hears of it sooner or later. Holds no personal data: what the POS is told is read from the record.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, CustomerId, StoreId},
    keys::{Key, PartitionKey},
    tables::{CUSTOMER_EVENTS, KEPT, Row, Table},
};

/// One change of one customer's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerEvent {
    /// The tenant.
    pub client_id: ClientId,
    /// The store in whose business it happened, and whose POS is told (F094).
    pub store_id: StoreId,
    /// Whose record.
    pub customer_id: CustomerId,
    /// The operation's own id: the same twice is one change.
    pub event_id: String,
    /// What the POS is told.
    pub kind: CustomerEventKind,
    /// The record's version with the change.
    pub customer_version: u64,
    /// Points got or used, where that is what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// When.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub created_at: Timestamp,
    /// When it was put on the store's queue.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub sent_at: Option<Timestamp>,
    /// When the POS said that it has it.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub acknowledged_at: Option<Timestamp>,
    /// When we stopped waiting for the POS to say so, and told a person.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub overdue_at: Option<Timestamp>,
    /// The proof alone that an operation was done, which changed nothing: there is nothing to tell the POS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tells_nothing: bool,
    /// Grows with each write of this row.
    pub version: u64,
}

/// What the POS is told of a customer (000 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CustomerEventKind {
    /// There is a customer more.
    CustomerCreated,
    /// Name, e-mail, addresses or order history changed.
    CustomerUpdated,
    /// Points were got or used.
    CustomerLoyaltyUpdated,
}

impl CustomerEvent {
    /// Whether the POS is still to be told.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        !self.tells_nothing && self.sent_at.is_none()
    }

    /// Whether the sweep still has to look at it: it is unsent, or waits for the POS.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_unsent() || self.awaited_since().is_some()
    }

    /// Since when we wait for the POS to say that it has a new customer. Of what comes later the newest message is true
    /// whether the others arrived or not, so nobody waits for those.
    #[must_use]
    pub fn awaited_since(&self) -> Option<Timestamp> {
        let waits = self.kind == CustomerEventKind::CustomerCreated
            && self.acknowledged_at.is_none()
            && self.overdue_at.is_none();
        self.sent_at.filter(|_| waits)
    }

    /// The partition of a customer's events.
    #[must_use]
    pub fn of_customer(tenant: &ClientId, customer: &CustomerId) -> PartitionKey {
        PartitionKey::new(tenant, customer)
    }

    /// Partition of [`crate::tables::customer_events::OPEN`].
    #[must_use]
    pub fn open_of(tenant: &ClientId) -> PartitionKey {
        PartitionKey::new(tenant, "OPEN")
    }

    /// The key of an operation on a customer.
    #[must_use]
    pub fn key_of(tenant: &ClientId, customer: &CustomerId, event: &str) -> Key {
        Key::sorted(Self::of_customer(tenant, customer), event)
    }
}

impl Row for CustomerEvent {
    const TABLE: &'static Table = &CUSTOMER_EVENTS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.customer_id, &self.event_id)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let open = Self::open_of(&self.client_id).to_string();
        vec![("openEvents", self.is_open().then_some(open))]
    }

    fn goes_away_at(&self) -> Option<i64> {
        let at = self.created_at.as_second().saturating_add(KEPT.as_secs());
        (!self.is_open()).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::{CustomerEvent, CustomerEventKind as Kind, Row as _};

    /// What the sweep still has to look at stays, however old it is.
    #[test]
    fn an_event_goes_away_once_nobody_waits_for_anything() {
        let event = |kind: Kind, more: serde_json::Value| -> CustomerEvent {
            let mut event = serde_json::json!({
                "clientId": "sabor", "storeId": "centro", "customerId": "customer_1", "eventId": "m1", "kind": kind,
                "customerVersion": 1, "createdAt": "2026-01-01T00:00:00Z", "version": 1,
            });
            let more = more.as_object().into_iter().flatten();
            for (name, value) in more {
                event[name] = value.clone();
            }
            serde_json::from_value(event).expect("an event")
        };
        let at = "2026-01-02T00:00:00Z";
        let day = |event: CustomerEvent| {
            let at = event.goes_away_at()?;
            Some((at - event.created_at.as_second()) / 86_400)
        };
        for (kind, more, expected) in [
            (Kind::CustomerUpdated, serde_json::json!({}), None),
            (
                Kind::CustomerCreated,
                serde_json::json!({ "sentAt": at }),
                None,
            ),
            (
                Kind::CustomerCreated,
                serde_json::json!({ "sentAt": at, "acknowledgedAt": at }),
                Some(180),
            ),
            (
                Kind::CustomerCreated,
                serde_json::json!({ "sentAt": at, "overdueAt": at }),
                Some(180),
            ),
            (
                Kind::CustomerUpdated,
                serde_json::json!({ "sentAt": at }),
                Some(180),
            ),
            (
                Kind::CustomerUpdated,
                serde_json::json!({ "tellsNothing": true }),
                Some(180),
            ),
        ] {
            let told = format!("{kind:?} {more}");
            assert_eq!(day(event(kind, more)), expected, "{told}");
        }
    }
}
