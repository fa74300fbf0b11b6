//! From the address a message was sent *to*, to the tenant and store (T1, F105). Read before a tenant is known, hence the platform key.

use super::{DataClass, Table};

/// Which store a channel address belongs to.
pub static CHANNEL_ROUTES: Table = Table {
    name: "WhatsAppBotChannelRoutes",
    about: "Which store a channel address belongs to.",
    partition_key: "route",
    sort_key: None,
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Business,
};
