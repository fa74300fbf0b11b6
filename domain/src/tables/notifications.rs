//! The notifications log: one row per subject (order, booking) and kind (N1).

use super::{DataClass, Index, Table};

/// `channelAddress` = `<clientId>#<address>`: what one customer received, in order.
pub const BY_CHANNEL_ADDRESS: Index = Index {
    name: "ChannelAddressIndex",
    partition_key: "channelAddress",
    sort_key: Some("createdAt"),
};

/// `unsaidMessages` = `<clientId>#UNSAID`: what is to be said and is not, oldest first. For the sweep.
pub const UNSAID: Index = Index {
    name: "UnsaidMessagesIndex",
    partition_key: "unsaidMessages",
    sort_key: Some("createdAt"),
};

/// One message to a customer: the intent, then the channel's id for it.
pub static NOTIFICATIONS: Table = Table {
    name: "WhatsAppBotNotifications",
    about: "One message to a customer: the intent, then the channel's id for it.",
    partition_key: "subjectId",
    sort_key: Some("kind"),
    indexes: &[BY_CHANNEL_ADDRESS, UNSAID],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
