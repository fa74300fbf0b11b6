//! Talks (001's conversation state): unread messages of one channel address, the question that is open, what was said so far.

use super::{DataClass, Table};

/// Where the talk on one channel address stands.
pub static TALKS: Table = Table {
    name: "WhatsAppBotTalks",
    about: "Where the talk on one channel address stands: unread messages, the open question, what was said so far.",
    partition_key: "talkId",
    sort_key: None,
    indexes: &[],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
