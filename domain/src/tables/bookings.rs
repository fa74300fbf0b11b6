//! Bookings (004).

use super::{DataClass, Index, Table};

/// `clientStore` = `<clientId>#<storeId>`: a store's calendar.
pub const BY_STORE: Index = Index {
    name: "ClientStoreIndex",
    partition_key: "clientStore",
    sort_key: Some("startsAt"),
};

/// `staffId` = `<clientId>#<staffId>`: one person's calendar.
pub const BY_STAFF: Index = Index {
    name: "StaffIndex",
    partition_key: "staffId",
    sort_key: Some("startsAt"),
};

/// `customerId` = `<clientId>#<customerId>`.
pub const BY_CUSTOMER: Index = Index {
    name: "CustomerIdIndex",
    partition_key: "customerId",
    sort_key: Some("startsAt"),
};

/// One booking.
pub static BOOKINGS: Table = Table {
    name: "WhatsAppBotBookings",
    about: "One booking.",
    partition_key: "bookingId",
    sort_key: None,
    indexes: &[BY_STORE, BY_STAFF, BY_CUSTOMER],
    time_to_live: None,
    data_class: DataClass::Personal,
};
