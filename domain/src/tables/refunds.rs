//! Refund intents and their results.

use super::{DataClass, Index, Table};

/// `orderId` = `<clientId>#<orderId>`: all refunds of an order.
pub const BY_ORDER: Index = Index {
    name: "OrderIdIndex",
    partition_key: "orderId",
    sort_key: Some("createdAt"),
};

/// `clientRefundState` = `<clientId>#<state>`: blocked and open refunds, for the sweep and the alarm.
pub const BY_STATE: Index = Index {
    name: "RefundStateIndex",
    partition_key: "clientRefundState",
    sort_key: Some("createdAt"),
};

/// One intent to give money back; written before the provider is asked (R4).
pub static REFUNDS: Table = Table {
    name: "WhatsAppBotRefunds",
    about: "One intent to give money back; written before the provider is asked (R4).",
    partition_key: "paymentId",
    sort_key: Some("intentId"),
    indexes: &[BY_ORDER, BY_STATE],
    time_to_live: None,
    data_class: DataClass::Business,
};
