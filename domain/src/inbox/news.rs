//! One piece of news: who sends it names it, and the name makes it one.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ChargeId, ClientId, OrderId},
    keys::{Key, PartitionKey},
    money::Money,
    order::{Actor, PaymentMethod},
    payment::Evidence,
    planted::{Fault, planted},
    tables::{INBOX, Row, Table},
};

/// The sender's own id of an event (`evt_…&368604920` at Asaas): what a duplicate is recognised by.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("maxLength" = 200, "pattern" = "^[!-~]+$"))]
pub struct NewsId(String);

/// A text that cannot name an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event id has 1 to 200 printable characters")]
pub struct InvalidNewsIdError;

impl NewsId {
    /// Checks length and characters.
    pub fn new(value: impl Into<String>) -> Result<Self, InvalidNewsIdError> {
        let value = value.into();
        let printable = value.chars().all(|c| c.is_ascii_graphic());
        if (1..=200).contains(&value.len()) && printable {
            Ok(Self(value))
        } else {
            Err(InvalidNewsIdError)
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for NewsId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for NewsId {
    type Error = InvalidNewsIdError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<NewsId> for String {
    fn from(id: NewsId) -> Self {
        id.0
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum NewsKind {
    /// A charge was paid.
    Paid {
        /// Which.
        charge_id: ChargeId,
        /// How much.
        amount: Money,
    },
    /// A try to pay was refused.
    PaymentFailed {
        /// Of which charge.
        charge_id: ChargeId,
        /// The provider's word for why.
        reason: String,
    },
    /// A charge was taken back, by us or in the provider's panel.
    ChargeDeleted {
        /// Which.
        charge_id: ChargeId,
    },
    /// The customer chose another way to pay.
    MethodChosen {
        /// Which.
        method: PaymentMethod,
        /// In answer to which attempt; a choice is made once per attempt.
        attempt: u32,
    },
    /// Somebody wants the order cancelled.
    CancelRequested {
        /// Who.
        by: Actor,
        /// Why, in their words.
        reason: Option<String>,
    },
    /// The store said yes.
    StoreConfirmed {
        /// Minutes until it is ready.
        ready_in_minutes: Option<u32>,
    },
    /// The store said no.
    StoreRejected {
        /// Why, in its words.
        reason: Option<String>,
    },
    /// A refund is under way.
    RefundUnderWay {
        /// Of which charge.
        charge_id: ChargeId,
        /// The charge's value as the sender has it: what came in, which may be another amount than was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charged: Option<Money>,
    },
    /// Money went back.
    Refunded {
        /// Of which charge.
        charge_id: ChargeId,
        /// How much of the charge in all, so far.
        refunded: Money,
        /// The charge's value as the sender has it: what came in, which may be another amount than was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charged: Option<Money>,
    },
    /// A refund was refused.
    RefundDenied {
        /// Of which charge.
        charge_id: ChargeId,
        /// The provider's word for why.
        reason: String,
        /// The charge's value as the sender has it: what came in, which may be another amount than was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charged: Option<Money>,
    },
    /// The payer's bank takes the money back.
    ChargedBack {
        /// Of which charge.
        charge_id: ChargeId,
        /// How much.
        amount: Money,
    },
    /// A dispute was won: the provider has the charge as paid again.
    DisputeWon {
        /// Of which charge.
        charge_id: ChargeId,
        /// How much.
        amount: Money,
    },
}

impl NewsKind {
    /// What it proves of its charge, for which `asked` was asked; `None` where it is about no charge.
    #[must_use]
    pub fn evidence(&self, asked: Money) -> Option<Evidence> {
        let charged = |charged: &Option<Money>| {
            let known = charged.filter(|_| !planted(Fault::RefundProvesWhatWasAsked));
            known.unwrap_or(asked)
        };
        Some(match self {
            Self::Paid { amount, .. } => Evidence::paid(*amount),
            Self::PaymentFailed { .. } => Evidence {
                failed: true,
                ..Evidence::default()
            },
            Self::ChargeDeleted { .. } => Evidence {
                deleted: true,
                ..Evidence::default()
            },
            Self::RefundUnderWay { charged: from, .. } => Evidence {
                refunding: true,
                ..Evidence::paid(charged(from))
            },
            Self::Refunded {
                refunded,
                charged: from,
                ..
            } => Evidence::given_back(charged(from).max(*refunded), *refunded),
            Self::RefundDenied { charged: from, .. } => Evidence {
                refund_denied: true,
                ..Evidence::paid(charged(from))
            },
            Self::ChargedBack { amount, .. } => Evidence {
                chargeback: true,
                ..Evidence::paid(*amount)
            },
            Self::DisputeWon { amount, .. } => Evidence {
                chargeback: true,
                dispute_won: true,
                ..Evidence::paid(*amount)
            },
            Self::MethodChosen { .. }
            | Self::CancelRequested { .. }
            | Self::StoreConfirmed { .. }
            | Self::StoreRejected { .. } => return None,
        })
    }

    /// Whether it says that nothing is left of its charge, for which `asked` was asked: all of it went back, or the payer's
    /// bank has it. An order that it paid for is no longer paid.
    #[must_use]
    pub fn undoes_payment(&self, asked: Money) -> bool {
        let proved = self.evidence(asked).unwrap_or_default();
        proved.is_disputed() || (proved.refunded > Money::ZERO && proved.held() == Money::ZERO)
    }

    /// The charge that it is about, if it is about one.
    #[must_use]
    pub fn charge(&self) -> Option<&ChargeId> {
        match self {
            Self::Paid { charge_id, .. }
            | Self::PaymentFailed { charge_id, .. }
            | Self::ChargeDeleted { charge_id }
            | Self::RefundUnderWay { charge_id, .. }
            | Self::Refunded { charge_id, .. }
            | Self::RefundDenied { charge_id, .. }
            | Self::ChargedBack { charge_id, .. }
            | Self::DisputeWon { charge_id, .. } => Some(charge_id),
            Self::MethodChosen { .. }
            | Self::CancelRequested { .. }
            | Self::StoreConfirmed { .. }
            | Self::StoreRejected { .. } => None,
        }
    }
}

/// One row of an order's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct News {
    /// The tenant.
    pub client_id: ClientId,
    /// The order.
    pub order_id: OrderId,
    /// The sender's id of it.
    pub news_id: NewsId,
    /// What happened.
    pub news: NewsKind,
    /// When we heard of it.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub at: Timestamp,
    /// When a step of the workflow took note of it.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub acknowledged_at: Option<Timestamp>,
    /// When the row may go, in seconds since 1970: long after any sender has given up repeating itself.
    pub expires_at: i64,
}

impl News {
    /// News heard now. Asaas repeats itself for 14 days, SQS for as long; the row stays 120.
    #[must_use]
    pub fn heard(
        tenant: &ClientId,
        order: &OrderId,
        news_id: NewsId,
        news: NewsKind,
        at: Timestamp,
    ) -> Self {
        let expires = at
            .checked_add(SignedDuration::from_hours(24 * 120))
            .unwrap_or(at);
        Self {
            client_id: tenant.clone(),
            order_id: order.clone(),
            news_id,
            news,
            at,
            acknowledged_at: None,
            expires_at: expires.as_second(),
        }
    }

    /// Partition of the table: an order's whole inbox.
    #[must_use]
    pub fn of_order(tenant: &ClientId, order: &OrderId) -> PartitionKey {
        PartitionKey::new(tenant, order)
    }

    /// The key of one piece of news.
    #[must_use]
    pub fn key_of(tenant: &ClientId, order: &OrderId, news: &NewsId) -> Key {
        Key::sorted(Self::of_order(tenant, order), news.as_str())
    }

    /// The row as it is after a step took note.
    #[must_use]
    pub fn acknowledged(&self, at: Timestamp) -> Self {
        Self {
            acknowledged_at: Some(self.acknowledged_at.unwrap_or(at)),
            ..self.clone()
        }
    }

    /// The row without what somebody said in their own words; `None` if it has none.
    #[must_use]
    pub fn without_words(&self) -> Option<Self> {
        let mut news = self.clone();
        match &mut news.news {
            NewsKind::CancelRequested { reason, .. } | NewsKind::StoreRejected { reason } => {
                reason.take()?;
                Some(news)
            }
            _ => None,
        }
    }
}

impl Row for News {
    const TABLE: &'static Table = &INBOX;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.order_id, &self.news_id)
    }
}
