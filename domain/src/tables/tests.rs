//! What must hold of every table, whatever it holds.

use std::collections::BTreeSet;

use super::{ALL, by_name};

#[test]
fn names_are_the_reference_s_and_unique() {
    let names: BTreeSet<_> = ALL.iter().map(|table| table.name).collect();
    assert_eq!(names.len(), ALL.len());
    for table in ALL {
        assert!(table.name.starts_with("WhatsAppBot"), "{}", table.name);
        assert!(table.about.ends_with('.'), "{}", table.name);
        assert_eq!(by_name(table.name), Some(*table));
    }
    for reference in [
        "WhatsAppBotCustomers",
        "WhatsAppBotOrderConfig",
        "WhatsAppBotOrders",
    ] {
        assert!(names.contains(reference), "{reference}");
    }
}

#[test]
fn indexes_are_unique_in_their_table_and_have_their_own_keys() {
    for table in ALL {
        let names: BTreeSet<_> = table.indexes.iter().map(|index| index.name).collect();
        assert_eq!(names.len(), table.indexes.len(), "{}", table.name);
        for index in table.indexes {
            assert_ne!(index.partition_key, table.partition_key, "{}", table.name);
            assert_ne!(Some(index.partition_key), index.sort_key, "{}", table.name);
            // A plain tenant id would be a bare key, and one partition per tenant at that.
            assert_ne!(index.partition_key, "clientId", "{}", table.name);
        }
    }
}
