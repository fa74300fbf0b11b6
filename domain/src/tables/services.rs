//! The catalogue of services (004). `clientStore` = `<clientId>#<storeId>`.

use super::{DataClass, Table};

/// A service that a salon offers.
pub static SERVICES: Table = Table {
    name: "WhatsAppBotServices",
    about: "A service that a salon offers.",
    partition_key: "clientStore",
    sort_key: Some("serviceId"),
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Public,
};
