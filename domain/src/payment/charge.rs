//! Our row of a charge: written before or right after it is made, and joined with every event about it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChargeState, Evidence};
use crate::{
    ids::{ChargeId, ClientId, OrderId, StoreId},
    keys::{Key, PartitionKey},
    money::Money,
    order::PaymentMethod,
    planted::{Fault, planted},
    tables::{PAYMENTS, Row, Table},
};

/// One charge of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    /// The provider's id.
    #[serde(rename = "paymentId")]
    pub charge_id: ChargeId,
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The order, which is the charge's external reference at the provider.
    pub order_id: OrderId,
    /// Which try to be paid, from 1.
    pub attempt: u32,
    /// How it is paid.
    pub method: PaymentMethod,
    /// How much was asked.
    pub amount: Money,
    /// What is known of it.
    pub evidence: Evidence,
    /// Grows with every write.
    pub version: u64,
    /// When we first knew of it.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub created_at: Timestamp,
    /// When something new was learned.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub updated_at: Timestamp,
}

impl Charge {
    /// The key of a charge.
    #[must_use]
    pub fn key_of(tenant: &ClientId, charge: &ChargeId) -> Key {
        Key::partition(PartitionKey::new(tenant, charge))
    }

    /// Partition of [`crate::tables::payments::BY_ORDER`].
    #[must_use]
    pub fn of_order(tenant: &ClientId, order: &OrderId) -> PartitionKey {
        PartitionKey::new(tenant, order)
    }

    /// Partition of [`crate::tables::payments::BY_STATE`].
    #[must_use]
    pub fn in_state(tenant: &ClientId, state: ChargeState) -> PartitionKey {
        PartitionKey::new(tenant, state)
    }

    /// The charge after one more piece of evidence; `None` if it proves nothing new, and nothing needs to be written.
    #[must_use]
    pub fn learn(&self, evidence: Evidence, at: Timestamp) -> Option<Self> {
        let joined = if planted(Fault::EvidenceOverwritten) {
            evidence
        } else if planted(Fault::ReplayIsPayment) && evidence == Evidence::paid(evidence.captured) {
            Evidence {
                refunded: Money::ZERO,
                ..self.evidence.join(evidence)
            }
        } else {
            self.evidence.join(evidence)
        };
        (joined != self.evidence).then(|| Self {
            evidence: joined,
            version: self.version + 1,
            updated_at: at,
            ..self.clone()
        })
    }

    /// Captured and not given back.
    #[must_use]
    pub fn held(&self) -> Money {
        self.evidence.held()
    }
}

impl Row for Charge {
    const TABLE: &'static Table = &PAYMENTS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.charge_id)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let state = Self::in_state(&self.client_id, self.evidence.state());
        vec![("clientChargeState", Some(state.to_string()))]
    }
}
