//! Orders (002 §2.2). Indexes serve lists and sweeps; whoever decides reads the row again by its key (T4).

use super::{DataClass, Index, Table};

/// `clientStoreStatus` = `<clientId>#<storeId>#<status>`: one store's orders of one status by age (F034, F035).
pub const BY_STORE_AND_STATUS: Index = Index {
    name: "ClientStoreStatusIndex",
    partition_key: "clientStoreStatus",
    sort_key: Some("createdAt"),
};

/// `clientStore` = `<clientId>#<storeId>`: all orders of a store by age (F033).
pub const BY_STORE: Index = Index {
    name: "ClientStoreIndex",
    partition_key: "clientStore",
    sort_key: Some("createdAt"),
};

/// `phoneNumber` = `<clientId>#<E.164>`; orders of customers without a phone are absent (F003).
pub const BY_PHONE: Index = Index {
    name: "PhoneNumberIndex",
    partition_key: "phoneNumber",
    sort_key: Some("createdAt"),
};

/// `channelAddress` = `<clientId>#<address>`: the orders of whoever writes.
pub const BY_CHANNEL_ADDRESS: Index = Index {
    name: "ChannelAddressIndex",
    partition_key: "channelAddress",
    sort_key: Some("createdAt"),
};

/// `customerId` = `<clientId>#<customerId>`.
pub const BY_CUSTOMER: Index = Index {
    name: "CustomerIdIndex",
    partition_key: "customerId",
    sort_key: Some("createdAt"),
};

/// `clientPaymentStatus` = `<clientId>#<paymentStatus>`: per tenant, not one partition for the whole system (F035).
pub const BY_PAYMENT_STATUS: Index = Index {
    name: "PaymentStatusIndex",
    partition_key: "clientPaymentStatus",
    sort_key: Some("createdAt"),
};

/// `clientStoreNumber` = `<clientId>#<storeId>#<orderNumber>`: what a person types.
pub const BY_NUMBER: Index = Index {
    name: "OrderNumberIndex",
    partition_key: "clientStoreNumber",
    sort_key: None,
};

/// `clientWaitingFor` = `<clientId>#<waitingFor>`, by deadline; only orders that wait are here. For sweeps and for the console.
pub const WAITING: Index = Index {
    name: "WaitingIndex",
    partition_key: "clientWaitingFor",
    sort_key: Some("waitDeadline"),
};

/// One order, with its whole history.
pub static ORDERS: Table = Table {
    name: "WhatsAppBotOrders",
    about: "One order, with its whole history.",
    partition_key: "orderId",
    sort_key: None,
    indexes: &[
        BY_STORE_AND_STATUS,
        BY_STORE,
        BY_PHONE,
        BY_CHANNEL_ADDRESS,
        BY_CUSTOMER,
        BY_PAYMENT_STATUS,
        BY_NUMBER,
        WAITING,
    ],
    time_to_live: None,
    data_class: DataClass::Personal,
};
