//! Events that could not be placed. They are never an error to the provider (F063).

use super::{DataClass, Index, Table};

/// `sourceParked` = `<clientId>#<source>`: by age, for the alarm and the console.
pub const BY_TIME: Index = Index {
    name: "ParkedAtIndex",
    partition_key: "sourceParked",
    sort_key: Some("parkedAt"),
};

/// An event that belongs to nothing we know: kept, counted, looked at.
pub static PARKED_EVENTS: Table = Table {
    name: "WhatsAppBotParkedEvents",
    about: "An event that belongs to nothing we know: kept, counted, looked at.",
    partition_key: "source",
    sort_key: Some("eventId"),
    indexes: &[BY_TIME],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Personal,
};
