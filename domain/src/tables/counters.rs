//! Counters. `version` is the number; whoever gives the next order number must have seen the last.

use super::{DataClass, Table};

/// A number with a name: a store's order numbers, where the sweeps stand.
pub static COUNTERS: Table = Table {
    name: "WhatsAppBotCounters",
    about: "A number with a name: a store's order numbers, where the sweeps stand.",
    partition_key: "counter",
    sort_key: None,
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Business,
};
