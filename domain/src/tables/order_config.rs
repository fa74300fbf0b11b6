//! Order configuration (002 §2.1). `clientId` holds `<clientId>#STORES`, so that a tenant's stores are one query.

use super::{DataClass, Table};

/// How a store takes orders: confirmation, refunds, notices, methods, minimum.
pub static ORDER_CONFIG: Table = Table {
    name: "WhatsAppBotOrderConfig",
    about: "How a store takes orders: confirmation, refunds, notices, methods, minimum.",
    partition_key: "clientId",
    sort_key: Some("storeId"),
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Business,
};
