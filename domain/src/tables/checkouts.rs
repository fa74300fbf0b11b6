//! Checkouts: the key row that makes one checkout one order (RELIABILITY O1), and what the order is made from.

use super::{DataClass, Index, Table};

/// `orderId` = `<clientId>#<orderId>`: what became of an order that was never accepted. For display.
pub const BY_ORDER: Index = Index {
    name: "OrderIdIndex",
    partition_key: "orderId",
    sort_key: None,
};

/// One checkout: which order it became, and the request as it came.
pub static CHECKOUTS: Table = Table {
    name: "WhatsAppBotCheckouts",
    about: "One checkout: which order it became, and the request as it came.",
    partition_key: "checkoutId",
    sort_key: None,
    indexes: &[BY_ORDER],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
