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
    /// Its text, with `{{1}}` for the first variable, which neither begins nor ends it.
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
    /// What can be tapped.
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    /// What opens the choices, where they are a list.
    #[serde(default)]
    pub(super) list_button: Option<String>,
    /// What was tapped, where a customer did so.
    #[serde(default)]
    pub(super) tapped: Option<Tapped>,
    /// What kind of media a customer sent (`image/jpeg`).
    #[serde(default)]
    pub(super) media_type: Option<String>,
    pub(super) status_callback: Option<String>,
    pub(super) inbound: bool,
    pub(super) profile_name: Option<String>,
    pub(super) status: Status,
    pub(super) error: Option<u32>,
    pub(super) created: Timestamp,
    pub(super) sent: Option<Timestamp>,
}

/// A button, or an item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What comes back when it is tapped.
    pub id: String,
    /// What is written on it.
    pub title: String,
    /// What is written below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A tap.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tapped {
    /// The message that it was on.
    pub(super) message: String,
    /// The choice's id.
    pub(super) id: String,
    /// Whether it was an item of a list.
    pub(super) of_list: bool,
}

/// Something to send by its id (`HX…`): made by the account, never approved, so for sessions only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MadeContent {
    pub(super) sid: String,
    pub(super) account: String,
    pub(super) friendly_name: String,
    pub(super) language: String,
    pub(super) variables: serde_json::Value,
    pub(super) types: serde_json::Value,
    pub(super) created: Timestamp,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Taken.
    Queued,
    /// Handed to WhatsApp.
    Sent,
    /// On the phone.
    Delivered,
    /// Looked at.
    Read,
    /// Will not arrive.
    Undelivered,
    /// Written by the customer.
    Received,
}

impl Status {
    /// As the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
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

/// `HX` and 32 hexadecimal digits.
pub(super) fn content_sid() -> String {
    format!("HX{:032x}", rand::random::<u128>())
}
