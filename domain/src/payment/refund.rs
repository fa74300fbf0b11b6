//! Giving money back: how much, at most once, and never more than came in (R1 to R4).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Charge;
use crate::{
    ids::{ChargeId, ClientId, OrderId, RefundIntentId, StoreId},
    keys::{Key, PartitionKey},
    money::Money,
    order::{Actor, Wait},
    planted::{Fault, planted},
    tables::{REFUNDS, Row, Table},
};

/// Why money goes back.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefundReason {
    /// Somebody cancelled the order.
    Cancelled,
    /// The store said no.
    Rejected,
    /// The store said nothing in time.
    Unanswered,
    /// It came after the order had ended.
    PaidLate,
    /// It came a second time, or for a charge that another replaced.
    PaidTwice,
    /// It was another amount than was asked.
    AmountMismatch,
}

/// Where a refund stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefundState {
    /// Written before the provider is asked (R4).
    Intended,
    /// The provider took the request.
    Requested,
    /// The account's balance does not cover it yet; it is asked again.
    Blocked,
    /// The provider, or a person there, refused: a person must look.
    Denied,
    /// The money went back.
    Done,
}

impl RefundState {
    /// As rows write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "INTENDED",
            Self::Requested => "REQUESTED",
            Self::Blocked => "BLOCKED",
            Self::Denied => "DENIED",
            Self::Done => "DONE",
        }
    }
}

/// One obligation to give money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundIntent {
    /// The charge that was paid.
    #[serde(rename = "paymentId")]
    pub charge_id: ChargeId,
    /// Unique for the charge: the same obligation found twice is one refund (R3).
    pub intent_id: RefundIntentId,
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The order.
    pub order_id: OrderId,
    /// How much goes back.
    pub amount: Money,
    /// How much of the charge had gone back before.
    pub refunded_before: Money,
    /// Why.
    pub reason: RefundReason,
    /// Who caused it (O5).
    pub by: Actor,
    /// Where it stands.
    pub state: RefundState,
    /// How often the provider was asked.
    #[serde(default)]
    pub attempts: u32,
    /// The step that waits for the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Grows with every write.
    pub version: u64,
    /// When the obligation arose.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub updated_at: Timestamp,
}

/// Why nothing goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// Nothing was captured (R2).
    #[error("nothing was captured on the charge")]
    NothingCaptured,
    /// All of it went back already.
    #[error("the charge was given back already")]
    NothingLeft,
    /// The payer's bank has the case; paying back as well would pay twice.
    #[error("the charge is disputed at the payer's bank")]
    Disputed,
}

/// How much of a charge can still go back: captured − refunded − what other intents have claimed and not yet got (F075).
pub fn refundable(charge: &Charge, intents: &[RefundIntent]) -> Result<Money, RefundRefusal> {
    let evidence = charge.evidence;
    if evidence.is_disputed() {
        return Err(RefundRefusal::Disputed);
    }
    if evidence.captured <= Money::ZERO {
        if planted(Fault::RefundOfNothing) {
            return Ok(charge.amount);
        }
        return Err(RefundRefusal::NothingCaptured);
    }
    let of_charge = intents
        .iter()
        .filter(|intent| intent.charge_id == charge.charge_id);
    let mut claims = of_charge
        .filter(|intent| intent.state != RefundState::Done && !planted(Fault::RefundWithoutKey))
        .map(|intent| intent.outstanding(evidence.refunded));
    let claimed = claims.try_fold(Money::ZERO, Money::checked_add);
    let left = claimed.and_then(|claimed| evidence.held().checked_sub(claimed));
    match left {
        Some(left) if left > Money::ZERO => Ok(left),
        _ => Err(RefundRefusal::NothingLeft),
    }
}

impl RefundIntent {
    /// The id of a charge's whole refund. Always the same, so that a charge has at most one, whatever it is for (R3).
    #[must_use]
    pub fn whole() -> RefundIntentId {
        RefundIntentId::constant("whole")
    }

    /// The key of an intent.
    #[must_use]
    pub fn key_of(tenant: &ClientId, charge: &ChargeId, intent: &RefundIntentId) -> Key {
        Key::sorted(PartitionKey::new(tenant, charge), intent.as_str())
    }

    /// Partition of the table: all intents of a charge.
    #[must_use]
    pub fn of_charge(tenant: &ClientId, charge: &ChargeId) -> PartitionKey {
        PartitionKey::new(tenant, charge)
    }

    /// Partition of [`crate::tables::refunds::BY_ORDER`].
    #[must_use]
    pub fn of_order(tenant: &ClientId, order: &OrderId) -> PartitionKey {
        PartitionKey::new(tenant, order)
    }

    /// Partition of [`crate::tables::refunds::BY_STATE`].
    #[must_use]
    pub fn in_state(tenant: &ClientId, state: RefundState) -> PartitionKey {
        PartitionKey::new(tenant, state.as_str())
    }

    /// A new obligation for all that is left of a charge. Refused where nothing is left (R1, R2).
    pub fn of_all_that_is_left(
        charge: &Charge,
        others: &[RefundIntent],
        reason: RefundReason,
        by: Actor,
        at: Timestamp,
    ) -> Result<Self, RefundRefusal> {
        Ok(Self {
            charge_id: charge.charge_id.clone(),
            intent_id: Self::whole(),
            client_id: charge.client_id.clone(),
            store_id: charge.store_id.clone(),
            order_id: charge.order_id.clone(),
            amount: refundable(charge, others)?,
            refunded_before: charge.evidence.refunded,
            reason,
            by,
            state: RefundState::Intended,
            attempts: 0,
            wait: None,
            version: 1,
            created_at: at,
            updated_at: at,
        })
    }

    /// Whether the charge's refunds, as the provider tells them, cover this obligation.
    #[must_use]
    pub fn is_covered_by(&self, refunded: Money) -> bool {
        self.outstanding(refunded) == Money::ZERO
    }

    /// What is still owed when the provider has given back `refunded` of the charge in all.
    #[must_use]
    pub fn outstanding(&self, refunded: Money) -> Money {
        let since = refunded
            .checked_sub(self.refunded_before)
            .unwrap_or(Money::ZERO);
        let owed = self.amount.checked_sub(since.max(Money::ZERO));
        owed.unwrap_or(Money::ZERO).max(Money::ZERO)
    }

    /// The name of the refund's execution: one per charge and intent.
    #[must_use]
    pub fn execution_name(&self) -> String {
        format!("{}-{}", self.charge_id, self.intent_id)
    }
}

impl Row for RefundIntent {
    const TABLE: &'static Table = &REFUNDS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.charge_id, &self.intent_id)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let state = Self::in_state(&self.client_id, self.state);
        vec![("clientRefundState", Some(state.to_string()))]
    }
}
