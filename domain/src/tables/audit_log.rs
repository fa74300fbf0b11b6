//! The audit trail, append-only; transitions that were refused are here too (SPEC §3.1).

use super::{DataClass, Index, Table};

/// `clientAudit` = `<clientId>#AUDIT`: a tenant's trail by time.
pub const BY_TENANT: Index = Index {
    name: "ClientAuditIndex",
    partition_key: "clientAudit",
    sort_key: Some("at"),
};

/// Who did or tried what to which record, and why.
pub static AUDIT_LOG: Table = Table {
    name: "WhatsAppBotAuditLog",
    about: "Who did or tried what to which record, and why.",
    partition_key: "subjectId",
    sort_key: Some("entryId"),
    indexes: &[BY_TENANT],
    time_to_live: None,
    data_class: DataClass::Personal,
};
