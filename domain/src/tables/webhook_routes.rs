//! From the path of a provider's webhook to the tenant (T1). Read before a tenant is known, hence the platform key.

use super::{DataClass, Table};

/// Which tenant a provider's webhook address belongs to, and the secret that proves it.
pub static WEBHOOK_ROUTES: Table = Table {
    name: "WhatsAppBotWebhookRoutes",
    about: "Which tenant a provider's webhook address belongs to, and the secret that proves it.",
    partition_key: "route",
    sort_key: None,
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Business,
};
