//! The ledger: one row a movement of money.

use super::{DataClass, Index, Table};

/// `clientCharge` = `<clientId>#<chargeId>`: all movements of a charge.
pub const BY_CHARGE: Index = Index {
    name: "LedgerChargeIndex",
    partition_key: "clientCharge",
    sort_key: Some("at"),
};

/// One movement of money, as a double entry. `clientDay` = `<clientId>#<day>`.
pub static LEDGER: Table = Table {
    name: "WhatsAppBotLedger",
    about: "One movement of money, as a double entry: captured, refunded, a fee, a chargeback.",
    partition_key: "clientDay",
    sort_key: Some("entryId"),
    indexes: &[BY_CHARGE],
    time_to_live: None,
    data_class: DataClass::Business,
};
