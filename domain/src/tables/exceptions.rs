//! What a person must see: alarms with their subject, and what the reconciliation healed.

use super::{DataClass, Index, Table};

/// `clientException` = `<clientId>#<state>`: open ones by when they arose, for the alarm, the console and the report.
pub const BY_STATE: Index = Index {
    name: "ExceptionStateIndex",
    partition_key: "clientException",
    sort_key: Some("raisedAt"),
};

/// One thing that no rule may settle by itself. Its key is the subject and the kind, so that it is raised once.
pub static EXCEPTIONS: Table = Table {
    name: "WhatsAppBotExceptions",
    about: "One thing that a person must see: an alarm with its subject, open, healed or closed.",
    partition_key: "subjectId",
    sort_key: Some("kind"),
    indexes: &[BY_STATE],
    time_to_live: None,
    data_class: DataClass::Business,
};
