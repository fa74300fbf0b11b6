//! Conversation state (001): thirty minutes of session, and when the customer last wrote (the 24-hour window).

use super::{DataClass, Table};

/// What was said lately on one channel address, and where the talk stands.
pub static CONVERSATIONS: Table = Table {
    name: "WhatsAppBotConversations",
    about: "What was said lately on one channel address, and where the talk stands.",
    partition_key: "channelAddress",
    sort_key: None,
    indexes: &[],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
