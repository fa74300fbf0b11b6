//! One message to a customer: the intent, then what the channel made of it.

use comanda_domain::{
    ids::{ClientId, StoreId},
    keys::{Key, PartitionKey},
    notification::is_said_by,
    people::ChannelAddress,
    tables::{KEPT, NOTIFICATIONS, Row, Table},
    talk::{Offered, Spoken},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What was said in a talk, which read back names, addresses and e-mails, for as long as a channel's failure may be looked into.
const KEPT_OF_TALK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One message. Its key is the order (or the checkout) and the kind, so that a kind is said once (N1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRow {
    /// The tenant.
    pub client_id: ClientId,
    /// The store that speaks.
    pub store_id: StoreId,
    /// The order it is about.
    pub subject_id: String,
    /// What is said: `STATUS#CONFIRMED`, `PAYMENT#PIX_CODE#1`.
    pub kind: String,
    /// To whom.
    pub channel_address: ChannelAddress,
    /// The text, as the customer reads it.
    pub text: String,
    /// The answers that it offers to tap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offered: Vec<Offered>,
    /// Where it stands.
    pub state: NotificationState,
    /// The channel's id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Said as the approved template, because the text came outside the 24-hour window.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_template: bool,
    /// The channel's id of the text that failed before the template was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_message_id: Option<String>,
    /// The channel's code for a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal_code: Option<u32>,
    /// Until when whoever began to send it has it to themselves: the channel takes a message twice if it is sent twice.
    #[serde(
        default,
        with = "comanda_domain::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub claimed_until: Option<Timestamp>,
    /// How far the channel got with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryStatus>,
    /// Grows with each write.
    pub version: u64,
    /// When it was to be said.
    #[serde(with = "comanda_domain::instant")]
    pub created_at: Timestamp,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotificationState {
    /// To be sent; may have been sent.
    Intended,
    /// The channel has it.
    Sent,
    /// The channel refused it for good.
    Refused,
    /// It was not said in time, and is not true any more.
    Overtaken,
}

/// How far a channel got with a message, in the order in which nothing goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryStatus {
    /// Taken on.
    Queued,
    /// Handed to the channel.
    Sent,
    /// On the customer's phone.
    Delivered,
    /// Read.
    Read,
    /// Will not arrive.
    Failed,
}

impl DeliveryStatus {
    /// As the channel writes it; `None` for words that mean nothing to us.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "accepted" | "queued" | "scheduled" | "sending" => Self::Queued,
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "failed" | "undelivered" | "canceled" => Self::Failed,
            _ => return None,
        })
    }

    /// Whether `next` is news after this: reports come in any order, and what has arrived cannot fail any more.
    #[must_use]
    pub fn is_overtaken_by(self, next: Self) -> bool {
        next > self && self < Self::Delivered || self == Self::Delivered && next == Self::Read
    }
}

impl NotificationRow {
    /// What is said, with the answers it offers.
    #[must_use]
    pub fn spoken(&self) -> Spoken {
        Spoken {
            text: self.text.clone(),
            offered: self.offered.clone(),
        }
    }

    /// Whether a message at the channel, with this body, says it.
    #[must_use]
    pub fn is_said_by(&self, body: &str) -> bool {
        is_said_by(&self.text, body)
    }

    /// Whether it was said in a talk, and about no order: its subject is a session's execution.
    #[must_use]
    pub fn is_of_talk(&self) -> bool {
        self.subject_id.starts_with("talk-")
    }

    /// The partition of an order's messages.
    #[must_use]
    pub fn of_subject(tenant: &ClientId, subject: &str) -> PartitionKey {
        PartitionKey::new(tenant, subject)
    }

    /// Partition of [`comanda_domain::tables::notifications::BY_CHANNEL_ADDRESS`].
    #[must_use]
    pub fn of_customer(tenant: &ClientId, address: &ChannelAddress) -> PartitionKey {
        PartitionKey::new(tenant, address.as_str())
    }

    /// Partition of [`comanda_domain::tables::notifications::UNSAID`].
    #[must_use]
    pub fn unsaid_of(tenant: &ClientId) -> PartitionKey {
        PartitionKey::new(tenant, "UNSAID")
    }
}

/// Without the address and the text.
impl std::fmt::Debug for NotificationRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotificationRow")
            .field("subject_id", &self.subject_id)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Row for NotificationRow {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        let partition = Self::of_subject(&self.client_id, &self.subject_id);
        Key::sorted(partition, self.kind.clone())
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let unsaid = Self::unsaid_of(&self.client_id).to_string();
        let is_unsaid = self.state == NotificationState::Intended;
        vec![("unsaidMessages", is_unsaid.then_some(unsaid))]
    }

    fn goes_away_at(&self) -> Option<i64> {
        let kept = if self.is_of_talk() {
            KEPT_OF_TALK
        } else {
            KEPT
        };
        Some(self.created_at.as_second().saturating_add(kept.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::DeliveryStatus as D;

    #[test]
    fn a_delivery_never_goes_back() {
        let order = [D::Queued, D::Sent, D::Delivered, D::Read];
        for (position, earlier) in order.iter().enumerate() {
            for later in order.iter().skip(position + 1) {
                assert!(earlier.is_overtaken_by(*later), "{earlier:?} {later:?}");
                assert!(!later.is_overtaken_by(*earlier), "{later:?} {earlier:?}");
            }
        }
        assert!(D::Sent.is_overtaken_by(D::Failed));
        for end in [D::Delivered, D::Read, D::Failed] {
            assert!(!end.is_overtaken_by(D::Failed), "{end:?}");
        }
        assert!(!D::Failed.is_overtaken_by(D::Sent));
    }
}
