//! Messages to customers, on whatever channel their address names.

use jiff::Timestamp;
use secrecy::SecretString;

use super::{Answer, OutageError};

/// Sends messages, and tells what was sent (the sending API has no idempotency key, so a lost answer is looked up).
pub trait Channel: Send + Sync {
    /// Hands one message to the channel and gives the channel's id for it.
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError>;

    /// Messages to this address since `since`, newest first: to find one whose answer was lost.
    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError>;
}

/// Who sends: the store's address on the channel and the account behind it.
#[derive(Debug, Clone)]
pub struct Sender {
    /// `whatsapp:+55…` of the store.
    pub address: String,
    /// Twilio's account SID.
    pub account: String,
    /// Twilio's auth token.
    pub auth_token: SecretString,
}

/// One message to one customer.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboundMessage {
    /// The customer's address, exactly as it came.
    pub to: String,
    /// What is said.
    pub content: Content,
    /// Where the channel reports delivery.
    pub status_callback: Option<String>,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Free text, only inside the 24-hour window.
    Text(String),
    /// A picture by public address, with a caption.
    Media {
        /// Where the channel fetches it.
        url: String,
        /// Text beside it; may be empty.
        caption: String,
    },
    /// An approved template, allowed at any time.
    Template {
        /// The template's id at the channel (`HX…`).
        id: String,
        /// Its variables, `1` first.
        variables: Vec<String>,
    },
}

/// A message that the channel has.
#[derive(Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// The channel's id.
    pub id: String,
    /// Its text.
    pub body: String,
    /// When it was taken.
    pub at: Timestamp,
}

/// Why the channel did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The channel decided against it, and would again (wrong address, outside the window, opted out).
    #[error("the channel refused the message: {code}")]
    Refused {
        /// The channel's error code (`63016`).
        code: u32,
    },
    /// The channel was away, or its answer was lost.
    #[error(transparent)]
    Outage(#[from] OutageError),
}

/// Without the address and the text, which are personal.
impl std::fmt::Debug for OutboundMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboundMessage").finish_non_exhaustive()
    }
}

/// Without the text, which is personal.
impl std::fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SentMessage")
            .field("id", &self.id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
