//! What happened to customers' records: proof that an operation was done once, and the outbox to the POS (W5). What the POS
//! knows goes away when nobody can repeat the operation any more.

use super::{DataClass, Index, Table};

/// `openEvents` = `<clientId>#OPEN`: what the POS was not told yet, and new customers of whom it has not said that it has
/// them, oldest first.
pub const OPEN: Index = Index {
    name: "OpenEventsIndex",
    partition_key: "openEvents",
    sort_key: Some("createdAt"),
};

/// One change of one customer's record, without what it changed to.
pub static CUSTOMER_EVENTS: Table = Table {
    name: "WhatsAppBotCustomerEvents",
    about: "One change of a customer's record, by the operation that made it; and whether the POS knows.",
    partition_key: "customerId",
    sort_key: Some("eventId"),
    indexes: &[OPEN],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Business,
};
