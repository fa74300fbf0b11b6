//! Slot locks: `slot` = `<clientId>#<staffId>#<cell>`, one row per cell that a booking covers (B3).

use super::{DataClass, Table};

/// One cell of a person's calendar, held or booked.
pub static SLOT_LOCKS: Table = Table {
    name: "WhatsAppBotSlotLocks",
    about: "One cell of a person's calendar, held or booked.",
    partition_key: "slot",
    sort_key: None,
    indexes: &[],
    time_to_live: Some("expiresAt"),
    data_class: DataClass::Business,
};
