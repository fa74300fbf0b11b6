//! Customers (000 §2): who they are, where they live, what they ordered last.

use super::{DataClass, Index, Table};

/// `phoneNumber` = `<clientId>#<E.164>`: the customer with a phone.
pub const BY_PHONE: Index = Index {
    name: "PhoneNumberIndex",
    partition_key: "phoneNumber",
    sort_key: None,
};

/// `clientCustomers` = `<clientId>#CUSTOMERS`: a tenant's customers, last changed first.
pub const BY_TENANT: Index = Index {
    name: "ClientIdIndex",
    partition_key: "clientCustomers",
    sort_key: Some("updatedAt"),
};

/// `email` = `<clientId>#<address>`: never across tenants (F101); customers without e-mail are absent (F084).
pub const BY_EMAIL: Index = Index {
    name: "EmailIndex",
    partition_key: "email",
    sort_key: None,
};

/// One customer of one tenant.
pub static CUSTOMERS: Table = Table {
    name: "WhatsAppBotCustomers",
    about: "One customer of one tenant.",
    partition_key: "customerId",
    sort_key: None,
    indexes: &[BY_PHONE, BY_TENANT, BY_EMAIL],
    time_to_live: None,
    data_class: DataClass::Personal,
};
