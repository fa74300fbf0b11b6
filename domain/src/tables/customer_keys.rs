//! Uniqueness of customers (RELIABILITY C1): one row per tenant and channel address or phone, written with the customer.

use super::{DataClass, Table};

/// What may belong to one customer only (channel address, phone), and to whom it belongs.
pub static CUSTOMER_KEYS: Table = Table {
    name: "WhatsAppBotCustomerKeys",
    about: "What may belong to one customer only (channel address, phone), and to whom it belongs.",
    partition_key: "customerKey",
    sort_key: None,
    indexes: &[],
    time_to_live: None,
    data_class: DataClass::Personal,
};
