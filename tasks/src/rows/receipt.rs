//! A message at the channel, by the channel's id: which intent it was, or that it failed before its receipt was written.

use comanda_domain::{
    ids::ClientId,
    keys::{Key, PartitionKey},
    tables::{RECEIPTS, Row, Table},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::NotificationRow;

/// Far longer than a channel reports on a message, or a lost answer is looked up.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// One message at the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptRow {
    /// The tenant.
    pub client_id: ClientId,
    /// The channel's id.
    pub message_id: String,
    /// What is known of it.
    pub known: Known,
    /// When the row goes away.
    pub expires_at: i64,
}

/// What is known of a message at the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Known {
    /// The intent that it was sent for.
    Sent {
        /// The intent's subject.
        subject_id: String,
        /// The intent's kind.
        kind: String,
    },
    /// It failed, and whoever sent it has not written the receipt yet (or it is none of ours).
    Failed {
        /// The channel's code.
        code: Option<u32>,
    },
}

impl ReceiptRow {
    /// The receipt of an intent that was sent as this message.
    #[must_use]
    pub fn sent(row: &NotificationRow, message_id: &str, now: Timestamp) -> Self {
        let known = Known::Sent {
            subject_id: row.subject_id.clone(),
            kind: row.kind.clone(),
        };
        Self::new(&row.client_id, message_id, known, now)
    }

    /// A failure that was reported before there was a receipt.
    #[must_use]
    pub fn failed(tenant: &ClientId, message_id: &str, code: Option<u32>, now: Timestamp) -> Self {
        Self::new(tenant, message_id, Known::Failed { code }, now)
    }

    fn new(tenant: &ClientId, message_id: &str, known: Known, now: Timestamp) -> Self {
        Self {
            client_id: tenant.clone(),
            message_id: message_id.to_owned(),
            known,
            expires_at: now.as_second().saturating_add(KEPT_SECONDS),
        }
    }

    /// The key of a message.
    #[must_use]
    pub fn key_of(tenant: &ClientId, message_id: &str) -> Key {
        Key::partition(PartitionKey::new(tenant, message_id))
    }

    /// The key of the intent that it was sent for, where that is known.
    #[must_use]
    pub fn intent(&self) -> Option<Key> {
        match &self.known {
            Known::Sent { subject_id, kind } => {
                let partition = NotificationRow::of_subject(&self.client_id, subject_id);
                Some(Key::sorted(partition, kind.clone()))
            }
            Known::Failed { .. } => None,
        }
    }
}

impl Row for ReceiptRow {
    const TABLE: &'static Table = &RECEIPTS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.message_id)
    }
}
