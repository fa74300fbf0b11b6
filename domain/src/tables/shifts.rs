//! Shifts and time off (004). `staffId` = `<clientId>#<staffId>`.

use super::{DataClass, Index, Table};

/// `clientStore` = `<clientId>#<storeId>`: everybody's shifts of a store by time.
pub const BY_STORE: Index = Index {
    name: "ClientStoreIndex",
    partition_key: "clientStore",
    sort_key: Some("startsAt"),
};

/// When a person works, and when not.
pub static SHIFTS: Table = Table {
    name: "WhatsAppBotShifts",
    about: "When a person works, and when not.",
    partition_key: "staffId",
    sort_key: Some("startsAt"),
    indexes: &[BY_STORE],
    time_to_live: None,
    data_class: DataClass::Personal,
};
