//! News for an order, stored before anybody acts on it (DESIGN §6).

use comanda_domain::{
    ids::{ChargeId, ClientId, OrderId},
    keys::{Key, PartitionKey},
    money::Money,
    order::Actor,
    tables::{INBOX, Row, Table},
};
use comanda_workflows::contracts::{OnlineMethod, OrderKey, StoreDecision};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longer than the ninety days after which an execution's name can be used again.
const KEPT_SECONDS: i64 = 180 * 24 * 60 * 60;

/// One piece of news. Its id is the sender's own event id, so that putting it if absent is the deduplication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxRow {
    /// The tenant.
    pub client_id: ClientId,
    /// The order.
    pub order_id: OrderId,
    /// The sender's event id.
    pub news_id: String,
    /// What is said.
    pub news: News,
    /// When we heard it.
    #[serde(with = "comanda_domain::instant")]
    pub received_at: Timestamp,
    /// When a step of the workflow, or whoever looks after the order now, took note of it.
    #[serde(
        default,
        with = "comanda_domain::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub acknowledged_at: Option<Timestamp>,
    /// When the row goes away.
    pub expires_at: i64,
}

/// What can be said about an order from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum News {
    /// Of a charge, by the payment provider.
    #[serde(rename_all = "camelCase")]
    Charge {
        /// Which charge.
        charge_id: ChargeId,
        /// What happened to it.
        event: ChargeEvent,
    },
    /// Somebody calls the order off.
    Cancelled {
        /// Who.
        by: Actor,
    },
    /// The customer wants to pay in another way.
    MethodChosen {
        /// In which.
        method: OnlineMethod,
    },
    /// The store decided.
    Decision(StoreDecision),
}

/// What happened to a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChargeEvent {
    /// The money is here.
    Paid {
        /// How much.
        amount: Money,
    },
    /// A card was refused.
    Failed {
        /// The provider's word for it.
        reason: String,
    },
    /// Money went back.
    Refunded,
    /// A refund was refused after all.
    RefundDenied {
        /// The provider's word for it.
        reason: String,
    },
    /// The payer's bank takes the money back.
    Chargeback,
}

impl InboxRow {
    /// News of now.
    pub fn new(order: &OrderKey, news_id: impl Into<String>, news: News, now: Timestamp) -> Self {
        Self {
            client_id: order.client_id.clone(),
            order_id: order.order_id.clone(),
            news_id: news_id.into(),
            news,
            received_at: now,
            acknowledged_at: None,
            expires_at: now.as_second().saturating_add(KEPT_SECONDS),
        }
    }

    /// The partition of an order's news.
    #[must_use]
    pub fn of_order(order: &OrderKey) -> PartitionKey {
        PartitionKey::new(&order.client_id, &order.order_id)
    }

    /// The same row, taken note of.
    #[must_use]
    pub fn acknowledged(&self, at: Timestamp) -> Self {
        Self {
            acknowledged_at: self.acknowledged_at.or(Some(at)),
            ..self.clone()
        }
    }
}

impl Row for InboxRow {
    const TABLE: &'static Table = &INBOX;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        let partition = PartitionKey::new(&self.client_id, &self.order_id);
        Key::sorted(partition, self.news_id.clone())
    }
}
