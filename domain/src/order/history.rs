//! Who changed an order, when and why. Append-only; one entry per version (O2).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OrderStatus, PaymentStatus, WaitingFor};

/// Who acts on an order. A closed list: the reference took any text, so anybody could sign as the restaurant (F024).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Actor {
    /// The person who ordered.
    Customer,
    /// The store, by its POS or its panel.
    Restaurant,
    /// A deadline or a rule.
    System,
    /// The payment provider.
    Provider,
    /// A person of ours, with the runbook.
    Operator,
}

/// One change of an order. The status columns say how things stood after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// The version this change made.
    pub version: u64,
    /// The order's status after it.
    pub status: OrderStatus,
    /// The payment's status after it.
    pub payment_status: PaymentStatus,
    /// What the order waited for after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// When.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub timestamp: Timestamp,
    /// Who.
    pub by: Actor,
    /// Why, in the words of the store's language.
    pub notes: String,
}

/// Who changes an order, when and why: what every change must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why; at most [`Reason::NOTES_LIMIT`] characters are kept.
    pub notes: String,
}

impl Reason {
    /// So that no caller can fill a row.
    pub const NOTES_LIMIT: usize = 280;

    /// Who, when, why.
    pub fn new(by: Actor, at: Timestamp, notes: impl Into<String>) -> Self {
        let notes: String = notes.into();
        Self {
            by,
            at,
            notes: notes.chars().take(Self::NOTES_LIMIT).collect(),
        }
    }
}
