//! Checkouts: the key row that makes one checkout one order (RELIABILITY O1), and what the order is made from.

use super::{DataClass, Table};

/// One checkout: which order it became, and the request as it came.
pub static CHECKOUTS: Table = Table {
    name: "WhatsAppBotCheckouts",
    about: "One checkout: which order it became, and the request as it came.",
    partition_key: "checkoutId",
    sort_key: None,
    indexes: &[],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
