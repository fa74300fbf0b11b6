//! Feedback. `subjectId` = `<clientId>#<orderId or bookingId>`.

use super::{DataClass, Index, Table};

/// `clientStore` = `<clientId>#<storeId>`: a store's feedback by age.
pub const BY_STORE: Index = Index {
    name: "ClientStoreIndex",
    partition_key: "clientStore",
    sort_key: Some("createdAt"),
};

/// What a customer thought of an order or a booking.
pub static FEEDBACK: Table = Table {
    name: "WhatsAppBotFeedback",
    about: "What a customer thought of an order or a booking.",
    partition_key: "subjectId",
    sort_key: None,
    indexes: &[BY_STORE],
    time_to_live: None,
    data_class: DataClass::Personal,
};
