//! Checkouts: the key row that makes one checkout one order (RELIABILITY O1), and what the order is made from.

use super::{DataClass, Index, Table};

/// `orderId` = `<clientId>#<orderId>`: what became of an order that was never accepted. For display.
pub const BY_ORDER: Index = Index {
    name: "OrderIdIndex",
    partition_key: "orderId",
    sort_key: None,
};

/// `openCheckouts` = `<clientId>#OPEN`: what became no order, and whose refusal nobody was told yet, oldest first. For the
/// sweep.
pub const OPEN: Index = Index {
    name: "OpenCheckoutsIndex",
    partition_key: "openCheckouts",
    sort_key: Some("createdAt"),
};

/// One checkout: which order it became, and the request as it came.
pub static CHECKOUTS: Table = Table {
    name: "WhatsAppBotCheckouts",
    about: "One checkout: which order it became, and the request as it came.",
    partition_key: "checkoutId",
    sort_key: None,
    indexes: &[BY_ORDER, OPEN],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
