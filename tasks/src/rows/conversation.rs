//! When a customer last wrote: the 24-hour window in which free text may be sent. The dialogue's state is a later issue's.

use comanda_domain::{
    ids::ClientId,
    keys::{Key, PartitionKey},
    people::ChannelAddress,
    tables::{CONVERSATIONS, Row, Table},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A customer's message opens the window for this long (providers §2.6).
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// One customer on one channel address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRow {
    /// The tenant.
    pub client_id: ClientId,
    /// Where the customer writes from.
    pub channel_address: ChannelAddress,
    /// When they last wrote.
    #[serde(with = "comanda_domain::instant")]
    pub last_inbound_at: Timestamp,
    /// Grows with each write.
    pub version: u64,
    /// When the row goes away.
    pub expires_at: i64,
}

impl ConversationRow {
    /// A customer who writes now.
    #[must_use]
    pub fn new(tenant: &ClientId, address: &ChannelAddress, now: Timestamp, version: u64) -> Self {
        Self {
            client_id: tenant.clone(),
            channel_address: address.clone(),
            last_inbound_at: now,
            version,
            expires_at: now.as_second().saturating_add(WINDOW.as_secs()),
        }
    }

    /// The key of a conversation.
    #[must_use]
    pub fn key_of(tenant: &ClientId, address: &ChannelAddress) -> Key {
        Key::partition(PartitionKey::new(tenant, address.as_str()))
    }

    /// Whether free text may be sent at `now`.
    #[must_use]
    pub fn is_open_at(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_inbound_at) < WINDOW
    }
}

impl Row for ConversationRow {
    const TABLE: &'static Table = &CONVERSATIONS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.channel_address)
    }
}
