//! Receipts: which intent a message at the channel was, by the channel's id. Written with the intent's own receipt, so that a
//! report on a message needs no index; or by a report of failure that was faster (T4).

use super::{DataClass, Table};

/// One message at the channel, by the channel's id: whose it is, or that it failed before that was written.
pub static RECEIPTS: Table = Table {
    name: "WhatsAppBotReceipts",
    about: "One message at the channel, by the channel's id: whose it is, or that it failed before that was written.",
    partition_key: "messageId",
    sort_key: None,
    indexes: &[],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Business,
};
