//! Conversation state (001): when a customer last wrote to one of our addresses (the 24-hour window, which WhatsApp keeps for
//! each of them), and what.

use super::{DataClass, Table};

/// What a customer wrote lately to one of our addresses.
pub static CONVERSATIONS: Table = Table {
    name: "WhatsAppBotConversations",
    about: "What a customer wrote lately to one of our addresses.",
    partition_key: "channelAddress",
    sort_key: Some("ownAddress"),
    indexes: &[],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
