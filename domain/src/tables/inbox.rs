//! The inbox of each order (DESIGN §6): put if absent is the deduplication, the workflow's next step acknowledges.

use super::{DataClass, Table};

/// News for an order, by the sender's own event id.
pub static INBOX: Table = Table {
    name: "WhatsAppBotInbox",
    about: "News for an order, by the sender's own event id.",
    partition_key: "orderId",
    sort_key: Some("newsId"),
    indexes: &[],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Business,
};
