//! What happened to customers' records, append-only: proof that an operation was done once, and the outbox to the POS (W5).

use super::{DataClass, Index, Table};

/// `unsentEvents` = `<clientId>#UNSENT`: what the POS was not told yet, oldest first.
pub const UNSENT: Index = Index {
    name: "UnsentEventsIndex",
    partition_key: "unsentEvents",
    sort_key: Some("createdAt"),
};

/// One change of one customer's record, without what it changed to.
pub static CUSTOMER_EVENTS: Table = Table {
    name: "WhatsAppBotCustomerEvents",
    about: "One change of a customer's record, by the operation that made it; and whether the POS knows.",
    partition_key: "customerId",
    sort_key: Some("eventId"),
    indexes: &[UNSENT],
    time_to_live: None,
    data_class: DataClass::Business,
};
