//! Staff (004). `clientStore` = `<clientId>#<storeId>`.

use super::{DataClass, Table};

/// A person who serves customers, and the services they offer.
pub static STAFF: Table = Table {
    name: "WhatsAppBotStaff",
    about: "A person who serves customers, and the services they offer.",
    partition_key: "clientStore",
    sort_key: Some("staffId"),
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Personal,
};
