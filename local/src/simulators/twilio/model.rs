//! What the simulator remembers, in its own words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A Twilio account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// What callers show, and what signs our webhooks.
    pub auth_token: String,
    /// The account's WhatsApp numbers.
    pub senders: Vec<Sender>,
    /// Its approved templates.
    pub templates: Vec<Template>,
}

/// One WhatsApp number of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sender {
    /// `whatsapp:+55…`.
    pub address: String,
    /// Where messages to this number are posted.
    pub webhook_url: String,
}

/// An approved template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Template {
    /// `HX…`.
    pub sid: String,
    /// Its text, with `{{1}}` for the first variable.
    pub text: String,
}

/// A message in either direction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) sid: String,
    pub(super) account: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) body: String,
    pub(super) media: Vec<String>,
    pub(super) template: Option<String>,
    pub(super) status_callback: Option<String>,
    pub(super) inbound: bool,
    pub(super) profile_name: Option<String>,
    pub(super) status: Status,
    pub(super) error: Option<u32>,
    pub(super) created: Timestamp,
    pub(super) sent: Option<Timestamp>,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Queued,
    Sent,
    Delivered,
    Undelivered,
    Received,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Received => "received",
        }
    }
}

/// What happens to a message later.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Step {
    /// It comes to stand so, and whoever asked for it is told.
    Becomes(Status),
    /// It cannot be delivered, for this reason.
    Fails(u32),
    /// It reaches our webhook.
    Arrives,
}

/// `SM` and 32 hexadecimal digits.
pub(super) fn message_sid() -> String {
    format!("SM{:032x}", rand::random::<u128>())
}
