//! Counters. `version` is the number last given; the next writer must have seen it.

use super::{DataClass, Table};

/// A number that only grows, such as a store's order numbers.
pub static COUNTERS: Table = Table {
    name: "WhatsAppBotCounters",
    about: "A number that only grows, such as a store's order numbers.",
    partition_key: "counter",
    sort_key: None,
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Business,
};
