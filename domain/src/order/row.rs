//! An order as a row: its key and the attributes that its indexes need.

use super::Order;
use crate::{
    ids::{ClientId, OrderId, StoreId},
    keys::{Key, PartitionKey},
    order::{OrderStatus, PaymentStatus, WaitingFor},
    tables::{ORDERS, Row, Table},
};

impl Order {
    /// The key of an order.
    #[must_use]
    pub fn key_of(tenant: &ClientId, order: &OrderId) -> Key {
        Key::partition(PartitionKey::new(tenant, order))
    }

    /// Partition of [`crate::tables::orders::BY_STORE`].
    #[must_use]
    pub fn of_store(tenant: &ClientId, store: &StoreId) -> PartitionKey {
        PartitionKey::new(tenant, store)
    }

    /// Partition of [`crate::tables::orders::BY_STORE_AND_STATUS`].
    #[must_use]
    pub fn of_store_in(tenant: &ClientId, store: &StoreId, status: OrderStatus) -> PartitionKey {
        PartitionKey::new(tenant, format_args!("{store}#{status}"))
    }

    /// Partition of [`crate::tables::orders::BY_NUMBER`].
    #[must_use]
    pub fn of_number(tenant: &ClientId, store: &StoreId, number: u64) -> PartitionKey {
        PartitionKey::new(tenant, format_args!("{store}#{number}"))
    }

    /// Partition of [`crate::tables::orders::BY_PAYMENT_STATUS`].
    #[must_use]
    pub fn of_payment(tenant: &ClientId, status: PaymentStatus) -> PartitionKey {
        PartitionKey::new(tenant, status)
    }

    /// Partition of [`crate::tables::orders::WAITING`].
    #[must_use]
    pub fn of_waiting(tenant: &ClientId, waiting_for: WaitingFor) -> PartitionKey {
        PartitionKey::new(tenant, waiting_for.as_str())
    }
}

impl Row for Order {
    const TABLE: &'static Table = &ORDERS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.order_id)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let (tenant, store) = (&self.client_id, &self.store_id);
        let waiting = self.waiting_for.map(|kind| Self::of_waiting(tenant, kind));
        // A person has no deadline: those orders sort by when they began to wait.
        let deadline = self
            .wait
            .as_ref()
            .map_or(self.updated_at, |wait| wait.deadline);
        let text = |key: PartitionKey| Some(key.to_string());
        vec![
            ("clientStore", text(Self::of_store(tenant, store))),
            (
                "clientStoreStatus",
                text(Self::of_store_in(tenant, store, self.status)),
            ),
            (
                "clientStoreNumber",
                text(Self::of_number(tenant, store, self.order_number)),
            ),
            (
                "clientPaymentStatus",
                text(Self::of_payment(tenant, self.payment_status)),
            ),
            (
                "waitDeadline",
                waiting.as_ref().map(|_| crate::instant::text(deadline)),
            ),
            ("clientWaitingFor", waiting.and_then(text)),
        ]
    }
}
