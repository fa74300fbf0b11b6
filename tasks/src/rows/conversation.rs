//! When a customer last wrote to one of our addresses: the 24-hour window in which free text may be sent from it, and from no
//! other of the tenant's. Where the talk stands is [`super::TalkRow`]'s.

use comanda_domain::{
    ids::ClientId,
    keys::{Key, PartitionKey},
    people::ChannelAddress,
    tables::{CONVERSATIONS, Row, Table},
    talk::Said,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A customer's message opens the window for this long (providers §2.6).
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// What was said before these is not kept here.
const RECENT_MAX: usize = 20;
/// The channel takes no longer text either.
const TEXT_CHARACTERS_MAX: usize = 4_096;

/// One message of a customer. Not `Debug`: it is what a person wrote.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundMessage {
    /// The channel's id: the same message twice is one.
    pub message_id: String,
    /// What was said.
    #[serde(default)]
    pub said: Said,
    /// When it came.
    #[serde(with = "comanda_domain::instant")]
    pub at: Timestamp,
}

impl InboundMessage {
    /// A message that came now. No longer text is kept than the channel takes.
    #[must_use]
    pub fn new(message_id: &str, said: Said, at: Timestamp) -> Self {
        let kept = |text: String| text.chars().take(TEXT_CHARACTERS_MAX).collect();
        Self {
            message_id: message_id.to_owned(),
            said: match said {
                Said::Text(text) => Said::Text(kept(text)),
                Said::Choice { says, title } => Said::Choice {
                    says: kept(says),
                    title: kept(title),
                },
                Said::Media { kind, caption } => Said::Media {
                    kind: kept(kind),
                    caption: kept(caption),
                },
                Said::Other => Said::Other,
            },
            at,
        }
    }

    /// What it weighs in a row.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let said = match &self.said {
            Said::Text(text) => text.len(),
            Said::Choice { says, title } => says.len() + title.len(),
            Said::Media { kind, caption } => kind.len() + caption.len(),
            Said::Other => 0,
        };
        said + self.message_id.len()
    }
}

/// One customer and one address of ours. Not `Debug`: it holds what they wrote.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRow {
    /// The tenant.
    pub client_id: ClientId,
    /// Where the customer writes from.
    pub channel_address: ChannelAddress,
    /// Our address, which they wrote to.
    pub own_address: ChannelAddress,
    /// When they last wrote.
    #[serde(with = "comanda_domain::instant")]
    pub last_inbound_at: Timestamp,
    /// What they wrote last, oldest first.
    #[serde(default)]
    pub recent: Vec<InboundMessage>,
    /// Grows with each write.
    pub version: u64,
    /// When the row goes away.
    pub expires_at: i64,
}

impl ConversationRow {
    /// A customer who writes now.
    #[must_use]
    pub fn new(
        tenant: &ClientId,
        (customer, ours): (&ChannelAddress, &ChannelAddress),
        now: Timestamp,
        version: u64,
    ) -> Self {
        Self {
            client_id: tenant.clone(),
            channel_address: customer.clone(),
            own_address: ours.clone(),
            last_inbound_at: now,
            recent: Vec::new(),
            version,
            expires_at: now.as_second().saturating_add(WINDOW.as_secs()),
        }
    }

    /// The key of a conversation.
    #[must_use]
    pub fn key_of(tenant: &ClientId, customer: &ChannelAddress, ours: &str) -> Key {
        Key::sorted(Self::of_customer(tenant, customer), ours)
    }

    /// The partition of what a customer wrote to any of our addresses.
    #[must_use]
    pub fn of_customer(tenant: &ClientId, customer: &ChannelAddress) -> PartitionKey {
        PartitionKey::new(tenant, customer.as_str())
    }

    /// The talk after one more message; `None` if it was heard before.
    #[must_use]
    pub fn hearing(&self, message: InboundMessage) -> Option<Self> {
        let mut recent = self.recent.iter();
        if recent.any(|heard| heard.message_id == message.message_id) {
            return None;
        }
        let now = self.last_inbound_at.max(message.at);
        let mut next = Self {
            recent: self.recent.clone(),
            ..Self::new(
                &self.client_id,
                (&self.channel_address, &self.own_address),
                now,
                self.version + 1,
            )
        };
        next.recent.push(message);
        let surplus = next.recent.len().saturating_sub(RECENT_MAX);
        next.recent.drain(..surplus);
        Some(next)
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
        let ours = self.own_address.as_str();
        Self::key_of(&self.client_id, &self.channel_address, ours)
    }
}
