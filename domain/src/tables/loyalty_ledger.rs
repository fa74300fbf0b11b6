//! Loyalty points as a ledger, append-only: the balance in a customer's record is the sum of these (RELIABILITY C3).

use super::{DataClass, Table};

/// Points that a customer got or used, once for each reason.
pub static LOYALTY_LEDGER: Table = Table {
    name: "WhatsAppBotLoyaltyLedger",
    about: "Points that a customer got or used, once for each reason.",
    partition_key: "customerId",
    sort_key: Some("entryId"),
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Business,
};
