//! Menus. `clientId` holds `<clientId>#STORES`; one row is one store's whole menu under one version (O3).

use super::{DataClass, Table};

/// The menu of a store: items, options, prices in centavos.
pub static MENUS: Table = Table {
    name: "WhatsAppBotMenus",
    about: "The menu of a store: items, options, prices in centavos.",
    partition_key: "clientId",
    sort_key: Some("storeId"),
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Public,
};
