//! Charges: the provider's truth as far as we know it. P5: at most one live charge per order and attempt.

use super::{DataClass, Index, Table};

/// `orderId` = `<clientId>#<orderId>`: all charges of an order.
pub const BY_ORDER: Index = Index {
    name: "OrderIdIndex",
    partition_key: "orderId",
    sort_key: Some("createdAt"),
};

/// `clientChargeState` = `<clientId>#<state>`: open charges, for reconciliation.
pub const BY_STATE: Index = Index {
    name: "ChargeStateIndex",
    partition_key: "clientChargeState",
    sort_key: Some("createdAt"),
};

/// One charge at the payment provider, and what is known of its money.
pub static PAYMENTS: Table = Table {
    name: "WhatsAppBotPayments",
    about: "One charge at the payment provider, and what is known of its money.",
    partition_key: "paymentId",
    sort_key: None,
    indexes: &[BY_ORDER, BY_STATE],
    time_to_live: None,
    data_class: DataClass::Business,
};
