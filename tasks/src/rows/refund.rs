//! An intent to give money back: written before the provider is asked, and holding the token of the step that waits.
//!
//! The wait is here and not in the order, because a second payment of an order is given back while the order itself waits
//! for the store.

use comanda_domain::{
    ids::{ChargeId, ClientId, OrderId, RefundIntentId, StoreId},
    keys::{Key, PartitionKey},
    money::Money,
    order::TaskToken,
    tables::{REFUNDS, Row, Table},
};
use comanda_workflows::contracts::{OrderKey, RefundReason, RefundRequest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One intent. INVARIANT: a charge has at most one whole refund, because its intent id is always the same (R3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundRow {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The order.
    pub order_id: OrderId,
    /// The charge that was paid.
    pub payment_id: ChargeId,
    /// Which intent.
    pub intent_id: RefundIntentId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
    /// Where it stands.
    pub state: RefundState,
    /// Who sees to it that the `refund` workflow runs.
    pub owner: RefundOwner,
    /// The token of the step that waits, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TaskToken>,
    /// Grows with each write.
    pub version: u64,
    /// When it became due.
    #[serde(with = "comanda_domain::instant")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(with = "comanda_domain::instant")]
    pub updated_at: Timestamp,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefundState {
    /// Due; the provider may have been asked.
    Due,
    /// The provider has taken it on.
    Asked,
    /// The provider cannot yet.
    Blocked,
    /// The money went back.
    Done,
    /// The provider will not; a person looks after it.
    Denied,
}

/// Who sees to it that the `refund` workflow runs for an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefundOwner {
    /// A workflow, which was answered `RefundDue`.
    Workflow,
    /// The handler that wrote the intent.
    Handler,
}

impl RefundState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Due => "DUE",
            Self::Asked => "ASKED",
            Self::Blocked => "BLOCKED",
            Self::Done => "DONE",
            Self::Denied => "DENIED",
        }
    }
}

impl RefundRow {
    /// The intent that every whole refund of a charge has.
    const WHOLE: &'static str = "whole";

    /// A refund of a whole charge that becomes due now.
    pub fn of_whole_charge(
        order: &OrderKey,
        charge: &ChargeId,
        (amount, reason): (Money, RefundReason),
        owner: RefundOwner,
        now: Timestamp,
    ) -> Result<Self, comanda_domain::ids::InvalidIdError> {
        Ok(Self {
            client_id: order.client_id.clone(),
            store_id: order.store_id.clone(),
            order_id: order.order_id.clone(),
            payment_id: charge.clone(),
            intent_id: RefundIntentId::new(Self::WHOLE)?,
            amount,
            reason,
            state: RefundState::Due,
            owner,
            token: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// The key of the whole refund of a charge.
    #[must_use]
    pub fn key_of_whole(tenant: &ClientId, charge: &ChargeId) -> Key {
        Key::sorted(PartitionKey::new(tenant, charge), Self::WHOLE)
    }

    /// The key of the refund that a request names.
    #[must_use]
    pub fn key_of(request: &RefundRequest) -> Key {
        let partition = PartitionKey::new(&request.order.client_id, &request.charge_id);
        Key::sorted(partition, request.intent_id.as_str())
    }

    /// The input of the `refund` workflow.
    #[must_use]
    pub fn request(&self) -> RefundRequest {
        RefundRequest {
            order: OrderKey {
                client_id: self.client_id.clone(),
                store_id: self.store_id.clone(),
                order_id: self.order_id.clone(),
            },
            charge_id: self.payment_id.clone(),
            intent_id: self.intent_id.clone(),
            amount: self.amount,
            reason: self.reason,
        }
    }
}

impl Row for RefundRow {
    const TABLE: &'static Table = &REFUNDS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        let partition = PartitionKey::new(&self.client_id, &self.payment_id);
        Key::sorted(partition, self.intent_id.as_str())
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let state = PartitionKey::new(&self.client_id, self.state.as_str());
        vec![("clientRefundState", Some(state.to_string()))]
    }
}
