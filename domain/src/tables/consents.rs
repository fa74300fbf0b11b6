//! Consents (LGPD art. 8), append-only.

use super::{DataClass, Table};

/// A consent given or withdrawn: which text, when, where.
pub static CONSENTS: Table = Table {
    name: "WhatsAppBotConsents",
    about: "A consent given or withdrawn: which text, when, where.",
    partition_key: "customerId",
    sort_key: Some("consentedAt"),
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Personal,
};
