//! The tables, described once: `codegen` prints them for the CDK app, `local` creates them, `tasks` names them.
//!
//! One file per table. Names, keys, attributes and indexes are the reference's (SPEC §2).
//! Every partition key value, of tables and of indexes, starts with the tenant ([`crate::keys::PartitionKey`]); the two
//! route tables, which find the tenant, are the exception.

pub mod audit_log;
pub mod bookings;
pub mod channel_routes;
pub mod checkouts;
pub mod consents;
pub mod conversations;
pub mod counters;
pub mod customer_events;
pub mod customer_keys;
pub mod customers;
pub mod exceptions;
pub mod feedback;
pub mod inbox;
pub mod ledger;
pub mod loyalty_ledger;
pub mod menus;
pub mod notifications;
pub mod order_config;
pub mod orders;
pub mod parked_events;
pub mod payments;
pub mod receipts;
pub mod refunds;
mod row;
pub mod services;
pub mod shifts;
pub mod slot_locks;
pub mod staff;
pub mod store_config;
pub mod talks;
#[cfg(test)]
mod tests;
pub mod webhook_routes;

pub use audit_log::AUDIT_LOG;
pub use bookings::BOOKINGS;
pub use channel_routes::CHANNEL_ROUTES;
pub use checkouts::CHECKOUTS;
pub use consents::CONSENTS;
pub use conversations::CONVERSATIONS;
pub use counters::COUNTERS;
pub use customer_events::CUSTOMER_EVENTS;
pub use customer_keys::CUSTOMER_KEYS;
pub use customers::CUSTOMERS;
pub use exceptions::EXCEPTIONS;
pub use feedback::FEEDBACK;
pub use inbox::INBOX;
use jiff::SignedDuration;
pub use ledger::LEDGER;
pub use loyalty_ledger::LOYALTY_LEDGER;
pub use menus::MENUS;
pub use notifications::NOTIFICATIONS;
pub use order_config::ORDER_CONFIG;
pub use orders::ORDERS;
pub use parked_events::PARKED_EVENTS;
pub use payments::PAYMENTS;
pub use receipts::RECEIPTS;
pub use refunds::REFUNDS;
pub use row::{Item, Row, RowError, from_item, to_item};
pub use services::SERVICES;
pub use shifts::SHIFTS;
pub use slot_locks::SLOT_LOCKS;
pub use staff::STAFF;
pub use store_config::STORE_CONFIG;
pub use talks::TALKS;
pub use webhook_routes::WEBHOOK_ROUTES;

/// Every table there is.
pub static ALL: &[&Table] = &[
    &customers::CUSTOMERS,
    &customer_keys::CUSTOMER_KEYS,
    &customer_events::CUSTOMER_EVENTS,
    &loyalty_ledger::LOYALTY_LEDGER,
    &order_config::ORDER_CONFIG,
    &store_config::STORE_CONFIG,
    &orders::ORDERS,
    &checkouts::CHECKOUTS,
    &inbox::INBOX,
    &parked_events::PARKED_EVENTS,
    &payments::PAYMENTS,
    &refunds::REFUNDS,
    &ledger::LEDGER,
    &exceptions::EXCEPTIONS,
    &counters::COUNTERS,
    &channel_routes::CHANNEL_ROUTES,
    &webhook_routes::WEBHOOK_ROUTES,
    &notifications::NOTIFICATIONS,
    &receipts::RECEIPTS,
    &conversations::CONVERSATIONS,
    &talks::TALKS,
    &menus::MENUS,
    &services::SERVICES,
    &staff::STAFF,
    &shifts::SHIFTS,
    &bookings::BOOKINGS,
    &slot_locks::SLOT_LOCKS,
    &feedback::FEEDBACK,
    &consents::CONSENTS,
    &audit_log::AUDIT_LOG,
];

/// The table with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Table> {
    ALL.iter().copied().find(|table| table.name == name)
}

/// A DynamoDB table. All key attributes are strings.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// What a row is, for the generated documentation.
    pub about: &'static str,
    /// The attribute that holds the partition key.
    pub partition_key: &'static str,
    /// The attribute that holds the sort key, if there is one.
    pub sort_key: Option<&'static str>,
    /// Global secondary indexes; all attributes are projected.
    pub indexes: &'static [Index],
    /// The attribute that holds the expiry (seconds since 1970), if rows expire.
    pub time_to_live: Option<&'static str>,
    /// How sensitive a row is; decides the encryption key and the retention.
    pub data_class: DataClass,
}

/// A global secondary index. Reads from it are eventually consistent: for lists and sweeps, never for decisions
/// (RELIABILITY T4).
#[derive(Debug, PartialEq, Eq)]
pub struct Index {
    /// The index's name.
    pub name: &'static str,
    /// The attribute that holds the index's partition key.
    pub partition_key: &'static str,
    /// The attribute that holds the index's sort key, if there is one.
    pub sort_key: Option<&'static str>,
}

/// How long rows are kept that somebody may still ask about, or that prove that something was done: past the ninety days in which the
/// name of an execution is taken, and an operation can be done again.
pub const KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How sensitive the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataClass {
    /// Menus, opening hours: what customers may see anyway.
    Public,
    /// Orders, charges, ledgers.
    Business,
    /// Names, addresses, phones, what people wrote.
    Personal,
}
