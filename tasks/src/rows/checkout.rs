//! A checkout: the key that makes it one order, and the request that the order is made from.

use comanda_domain::{
    checkout::Refusal,
    ids::{CheckoutId, ClientId, OrderId, StoreId},
    keys::{Key, PartitionKey},
    tables::{CHECKOUTS, KEPT, Row, Table},
};
use comanda_workflows::contracts::OrderReference;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::Fault;

/// One checkout. Not `Debug`: the request is a person's.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutRow {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The caller's key.
    pub checkout_id: CheckoutId,
    /// The order that it became, or becomes.
    pub order_id: OrderId,
    /// Tells the same request from another under the same key.
    pub body_hash: String,
    /// The request as it was checked; nothing once it was refused and told, or its customer erased.
    #[serde(default)]
    pub request: Value,
    /// Why it became no order, once that is known: the refusal's name and what it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Value>,
    /// Whether the order was saved.
    #[serde(default)]
    pub is_order: bool,
    /// Grows with each write: an order and a refusal of one checkout cannot both be written.
    #[serde(default)]
    pub version: u64,
    /// When it came.
    #[serde(with = "comanda_domain::instant")]
    pub created_at: Timestamp,
    /// When the row goes away.
    pub expires_at: i64,
}

impl CheckoutRow {
    /// A checkout of now.
    #[must_use]
    pub fn new(of: OrderReference, body_hash: String, request: Value, now: Timestamp) -> Self {
        Self {
            client_id: of.client_id,
            store_id: of.store_id,
            checkout_id: of.checkout_id,
            order_id: of.order_id,
            body_hash,
            request,
            refusal: None,
            is_order: false,
            version: 1,
            created_at: now,
            expires_at: now.as_second().saturating_add(KEPT.as_secs()),
        }
    }

    /// The key of a checkout.
    #[must_use]
    pub fn key_of(tenant: &ClientId, checkout: &CheckoutId) -> Key {
        Key::partition(PartitionKey::new(tenant, checkout))
    }

    /// Partition of [`comanda_domain::tables::checkouts::BY_ORDER`].
    #[must_use]
    pub fn of_order(tenant: &ClientId, order: &OrderId) -> PartitionKey {
        PartitionKey::new(tenant, order)
    }

    /// Partition of [`comanda_domain::tables::checkouts::OPEN`].
    #[must_use]
    pub fn open_of(tenant: &ClientId) -> PartitionKey {
        PartitionKey::new(tenant, "OPEN")
    }

    /// Whether it became no order, and nobody was told a refusal: which, once told, is emptied.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_order && !self.request.is_null()
    }

    /// The row after the order was saved, which is written with it.
    #[must_use]
    pub fn with_order(&self) -> Self {
        Self {
            is_order: true,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// The row after the refusal.
    pub fn refused(&self, refusal: &Refusal) -> Result<Self, Fault> {
        let refusal = serde_json::to_value(refusal)
            .map_err(|_| Fault::unexpected("a refusal could not be written"))?;
        Ok(Self {
            refusal: Some(refusal),
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// Why it became no order, where that is known.
    pub fn refused_for(&self) -> Result<Option<Refusal>, Fault> {
        let refusal = self.refusal.clone().map(serde_json::from_value);
        refusal
            .transpose()
            .map_err(|_| Fault::unexpected("a noted refusal cannot be read"))
    }

    /// The row without what a person gave. It still tells the same request from another.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self {
            request: Value::Null,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// What `order-lifecycle` starts with.
    #[must_use]
    pub fn reference(&self) -> OrderReference {
        OrderReference {
            client_id: self.client_id.clone(),
            store_id: self.store_id.clone(),
            order_id: self.order_id.clone(),
            checkout_id: self.checkout_id.clone(),
        }
    }
}

impl Row for CheckoutRow {
    const TABLE: &'static Table = &CHECKOUTS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.checkout_id)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let open = Self::open_of(&self.client_id).to_string();
        vec![("openCheckouts", self.is_open().then_some(open))]
    }
}
