//! What the shared parts of handlers use, each declared once beside the others.

use comanda_domain::tables;

use crate::ports::guarded::Uses;

/// [`crate::casefile`]: an order with its news and money, read and written.
pub(crate) const CASE_FILE: Uses = Uses {
    reads: &[
        &tables::ORDERS,
        &tables::PAYMENTS,
        &tables::INBOX,
        &tables::EXCEPTIONS,
    ],
    queries: &[&tables::INBOX, &tables::REFUNDS],
    writes: &[
        &tables::ORDERS,
        &tables::PAYMENTS,
        &tables::REFUNDS,
        &tables::LEDGER,
        &tables::EXCEPTIONS,
        &tables::INBOX,
    ],
    ..Uses::NOTHING
};

/// [`crate::shop`]: a store's configuration and secrets, and the alarm where one is missing.
pub(crate) const STORE: Uses = Uses {
    reads: &[
        &tables::STORE_CONFIG,
        &tables::ORDER_CONFIG,
        &tables::EXCEPTIONS,
    ],
    writes: &[&tables::EXCEPTIONS],
    ..Uses::NOTHING
};

/// [`crate::tell`]: messages to customers.
pub(crate) const TELL: Uses = Uses {
    reads: &[
        &tables::NOTIFICATIONS,
        &tables::RECEIPTS,
        &tables::CONVERSATIONS,
        &tables::ORDERS,
        &tables::EXCEPTIONS,
    ],
    queries: &[&tables::NOTIFICATIONS],
    writes: &[
        &tables::NOTIFICATIONS,
        &tables::RECEIPTS,
        &tables::EXCEPTIONS,
    ],
    channel: true,
    secrets: true,
    ..Uses::NOTHING
};

/// [`crate::store_queue`]: messages to the store's POS.
pub(crate) const STORE_QUEUE: Uses = Uses {
    store_queues: true,
    ..Uses::NOTHING
};

/// The payment provider, with the tenant's key.
pub(crate) const PROVIDER: Uses = Uses {
    provider: true,
    secrets: true,
    ..Uses::NOTHING
};

/// Completing the tokens of waiting steps.
pub(crate) const TOKENS: Uses = Uses {
    tokens: true,
    ..Uses::NOTHING
};

/// Starting `refund` for money that has no food to pay for.
pub(crate) const START_REFUND: Uses = Uses {
    starts: &["refund"],
    ..Uses::NOTHING
};

/// [`crate::hear`]: news from outside, and all that may follow from it.
pub(crate) const HEAR: Uses = Uses {
    reads: &[
        &tables::ORDERS,
        &tables::PAYMENTS,
        &tables::INBOX,
        &tables::STORE_CONFIG,
        &tables::NOTIFICATIONS,
        &tables::RECEIPTS,
        &tables::CONVERSATIONS,
        &tables::EXCEPTIONS,
    ],
    queries: &[&tables::INBOX, &tables::REFUNDS, &tables::NOTIFICATIONS],
    writes: &[
        &tables::ORDERS,
        &tables::PAYMENTS,
        &tables::REFUNDS,
        &tables::LEDGER,
        &tables::EXCEPTIONS,
        &tables::INBOX,
        &tables::NOTIFICATIONS,
        &tables::RECEIPTS,
    ],
    store_queues: true,
    channel: true,
    secrets: true,
    tokens: true,
    starts: &["refund", "order-status"],
    ..Uses::NOTHING
};

/// [`crate::raise`]: what a person must see.
pub(crate) const RAISE: Uses = Uses {
    reads: &[&tables::EXCEPTIONS],
    writes: &[&tables::EXCEPTIONS],
    ..Uses::NOTHING
};
