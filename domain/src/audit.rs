//! The audit trail: who did or tried what to which record, and why. Append-only.
//!
//! Transitions that the table of statuses does not have are refused, and recorded here (SPEC §3.1).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, StoreId},
    keys::{Key, PartitionKey},
    order::{Actor, IllegalTransition, OrderEvent, OrderStatus},
    tables::{AUDIT_LOG, Row, Table},
};

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The record: an order's id, a customer's.
    pub subject_id: String,
    /// The event that caused it: the same event writes one line.
    pub entry_id: String,
    /// When.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    pub action: AuditAction,
}

/// What was done or tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum AuditAction {
    /// A status change that the table does not have.
    TransitionRefused {
        /// Where the order stood.
        status: OrderStatus,
        /// What was asked.
        event: OrderEvent,
    },
    /// A person of the tenant or of ours decided about money (O5).
    MoneyDecided {
        /// In their words.
        notes: String,
    },
    /// A customer was erased by their wish.
    CustomerErased,
    /// All that is held about a customer was handed out.
    CustomerExported,
}

impl From<IllegalTransition> for AuditAction {
    fn from(refused: IllegalTransition) -> Self {
        Self::TransitionRefused {
            status: refused.status,
            event: refused.event,
        }
    }
}

impl Row for AuditEntry {
    const TABLE: &'static Table = &AUDIT_LOG;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        let partition = PartitionKey::new(&self.client_id, &self.subject_id);
        Key::sorted(partition, self.entry_id.clone())
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let trail = PartitionKey::new(&self.client_id, "AUDIT");
        vec![("clientAudit", Some(trail.to_string()))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{from_item, to_item};

    #[test]
    fn a_refused_transition_is_one_line_of_the_trail() {
        let refused = OrderStatus::Cancelled
            .after(OrderEvent::Confirm)
            .expect_err("refused");
        let entry = AuditEntry {
            client_id: ClientId::new("sabor").expect("an id"),
            store_id: StoreId::new("centro").expect("an id"),
            subject_id: "order_1".to_owned(),
            entry_id: "event-1".to_owned(),
            at: crate::order::tests::NOON.parse().expect("an instant"),
            by: Actor::Restaurant,
            action: refused.into(),
        };
        let item = to_item(&entry).expect("a row");
        assert_eq!(item["subjectId"], "sabor#order_1");
        assert_eq!(item["clientAudit"], "sabor#AUDIT");
        assert_eq!(item["action"]["status"], "CANCELLED");
        assert_eq!(from_item(&item), Ok(entry));
    }
}
