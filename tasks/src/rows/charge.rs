//! A charge at the payment provider, and what we know of its money.

use comanda_domain::{
    ids::{ChargeId, ClientId, OrderId, StoreId},
    keys::{Key, PartitionKey},
    money::Money,
    tables::{PAYMENTS, Row, Table},
};
use comanda_workflows::contracts::OrderKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One charge. Captured once and refunded once, whatever is said how often (P1, R1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChargeRow {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The order.
    pub order_id: OrderId,
    /// The provider's id.
    pub payment_id: ChargeId,
    /// How much was asked.
    pub amount: Money,
    /// Where it stands.
    pub state: ChargeState,
    /// What came in.
    #[serde(default)]
    pub captured: Money,
    /// What went back.
    #[serde(default)]
    pub refunded: Money,
    /// Grows with each write.
    pub version: u64,
    /// When we first knew of it.
    #[serde(with = "comanda_domain::instant")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(with = "comanda_domain::instant")]
    pub updated_at: Timestamp,
}

/// Where a charge stands, as far as we act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargeState {
    /// Can be paid.
    Open,
    /// Taken back unpaid.
    Deleted,
    /// Paid.
    Captured,
    /// Paid, and given back.
    Refunded,
    /// Paid, and taken back by the payer's bank.
    Chargeback,
}

impl ChargeState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Deleted => "DELETED",
            Self::Captured => "CAPTURED",
            Self::Refunded => "REFUNDED",
            Self::Chargeback => "CHARGEBACK",
        }
    }
}

impl ChargeRow {
    /// A charge that we hear of for the first time.
    #[must_use]
    pub fn new(order: &OrderKey, charge: ChargeId, amount: Money, now: Timestamp) -> Self {
        Self {
            client_id: order.client_id.clone(),
            store_id: order.store_id.clone(),
            order_id: order.order_id.clone(),
            payment_id: charge,
            amount,
            state: ChargeState::Open,
            captured: Money::ZERO,
            refunded: Money::ZERO,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The key of a charge.
    #[must_use]
    pub fn key_of(tenant: &ClientId, charge: &ChargeId) -> Key {
        Key::partition(PartitionKey::new(tenant, charge))
    }

    /// Captured and not given back.
    #[must_use]
    pub fn held(&self) -> Money {
        let held = self.captured.checked_sub(self.refunded);
        held.unwrap_or(Money::ZERO).max(Money::ZERO)
    }
}

impl Row for ChargeRow {
    const TABLE: &'static Table = &PAYMENTS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.payment_id)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let state = PartitionKey::new(&self.client_id, self.state.as_str());
        vec![("clientChargeState", Some(state.to_string()))]
    }
}
