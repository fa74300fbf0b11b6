//! What the console reads of customers' phones and does with them, whatever is behind it.

use comanda_tasks::rows::DeliveryStatus;
use jiff::{Timestamp, tz::TimeZone};

use super::data::Read;
use crate::simulators::twilio::{Choice, Doing};

/// Phones of customers who write to stores.
pub trait Phones {
    /// Customers who wrote or were written to, each with the store's number, the last chat first.
    fn chats(&self, limit: usize) -> Read<'_, Vec<(String, String)>>;

    /// The stores that can be written to.
    fn numbers(&self) -> Read<'_, Vec<StoreNumber>>;

    /// A customer's chat with a store's number. Who looks at it has read it.
    fn chat<'a>(&'a self, customer: &'a str, store: &'a StoreNumber) -> Read<'a, Chat>;

    /// The customer does something there.
    fn does<'a>(&'a self, customer: &'a str, number: &'a str, doing: Doing) -> Read<'a, ()>;
}

/// A store by its address on the channel.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreNumber {
    /// `whatsapp:+55…`.
    pub address: String,
    /// As customers know it.
    pub name: String,
    /// Its time of day.
    pub zone: TimeZone,
    /// Its tenant and its id.
    pub owner: (String, String),
}

/// A chat, and what runs for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Oldest first.
    pub messages: Vec<ChatMessage>,
    /// The session's execution; none before the first message.
    pub execution: Option<String>,
}

/// A message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// The channel's id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Whether the customer wrote it.
    pub by_customer: bool,
    /// Its text.
    pub text: String,
    /// Pictures and the like: addresses, or types.
    pub media: Vec<String>,
    /// What can be tapped.
    pub choices: Vec<Choice>,
    /// What opens the choices, where they are a list.
    pub list_button: Option<String>,
    /// How far the store knows that it got, by the channel's reports.
    pub delivery: Option<DeliveryStatus>,
    /// The channel's code, where it did not arrive.
    pub error: Option<u32>,
}
