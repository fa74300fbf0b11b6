//! Store configuration (SPEC §2). `clientId` holds `<clientId>#STORES`.

use super::{DataClass, Table};

/// A store: hours, zone, delivery, channel addresses, secrets by reference, queues.
pub static STORE_CONFIG: Table = Table {
    name: "WhatsAppBotStoreConfig",
    about: "A store: hours, zone, delivery, channel addresses, secrets by reference, queues.",
    partition_key: "clientId",
    sort_key: Some("storeId"),
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Business,
};
