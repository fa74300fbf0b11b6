//! What a person must see: the alarms by name, and one row for each thing that raised one.
//!
//! Every kind has a page in `docs/runbook/` that says what it means, how to look and what to do. A row is raised once for
//! its subject and kind; raising it again renews when it was last seen.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, OrderId},
    keys::{Key, PartitionKey},
    money::Money,
    order::Order,
    tables::{EXCEPTIONS, Row, Table},
};

/// The alarms. The name is the alarm's on AWS, the page's in the runbook, and the row's sort key.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExceptionKind {
    /// Paid, the store was silent, and its rule is not to refund by itself.
    PaidUnconfirmed,
    /// A step failed in a way that no rule covers.
    UnexpectedFailure,
    /// The account's balance does not cover a refund; it is asked again by itself.
    RefundBlocked,
    /// The provider refused a refund.
    RefundDenied,
    /// The provider holds a refund until somebody authorises it in the account's panel.
    RefundToAuthorise,
    /// A refund did not end in all the time that it was given.
    RefundFailed,
    /// The payer's bank takes a charge back.
    Chargeback,
    /// A charge went back, in part or while its order goes on, and no obligation of ours asked for it.
    PartialRefund,
    /// Another amount came in than was asked; it goes back.
    AmountMismatch,
    /// Confirmed, and nothing was heard of it for the store's `deliveryTimeout`.
    NoDeliveryNews,
    /// An order that should be on its way has no execution that carries it.
    OrderWithoutExecution,
    /// A step waits past its deadline.
    WaitOverdue,
    /// The provider knew something that its webhook never told us; it was heard now. Open where that is so of several orders.
    MissedNews,
    /// Money at the provider that belongs to no order.
    OrphanMoney,
    /// The ledger and the provider's statement differ.
    LedgerDifference,
    /// The provider could not be read to the end in one sweep.
    SweepIncomplete,
    /// A message to a customer failed for good.
    MessageFailed,
    /// A store's POS did not say in time that it has new customers: one for the store.
    CustomerUnacknowledged,
    /// An order's own rows contradict each other.
    InvariantBroken,
}

impl ExceptionKind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::PaidUnconfirmed,
        Self::UnexpectedFailure,
        Self::RefundBlocked,
        Self::RefundDenied,
        Self::RefundToAuthorise,
        Self::RefundFailed,
        Self::Chargeback,
        Self::PartialRefund,
        Self::AmountMismatch,
        Self::NoDeliveryNews,
        Self::OrderWithoutExecution,
        Self::WaitOverdue,
        Self::MissedNews,
        Self::OrphanMoney,
        Self::LedgerDifference,
        Self::SweepIncomplete,
        Self::MessageFailed,
        Self::CustomerUnacknowledged,
        Self::InvariantBroken,
    ];

    /// As rows and alarms write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaidUnconfirmed => "PAID_UNCONFIRMED",
            Self::UnexpectedFailure => "UNEXPECTED_FAILURE",
            Self::RefundBlocked => "REFUND_BLOCKED",
            Self::RefundDenied => "REFUND_DENIED",
            Self::RefundToAuthorise => "REFUND_TO_AUTHORISE",
            Self::RefundFailed => "REFUND_FAILED",
            Self::Chargeback => "CHARGEBACK",
            Self::PartialRefund => "PARTIAL_REFUND",
            Self::AmountMismatch => "AMOUNT_MISMATCH",
            Self::NoDeliveryNews => "NO_DELIVERY_NEWS",
            Self::OrderWithoutExecution => "ORDER_WITHOUT_EXECUTION",
            Self::WaitOverdue => "WAIT_OVERDUE",
            Self::MissedNews => "MISSED_NEWS",
            Self::OrphanMoney => "ORPHAN_MONEY",
            Self::LedgerDifference => "LEDGER_DIFFERENCE",
            Self::SweepIncomplete => "SWEEP_INCOMPLETE",
            Self::MessageFailed => "MESSAGE_FAILED",
            Self::CustomerUnacknowledged => "CUSTOMER_UNACKNOWLEDGED",
            Self::InvariantBroken => "INVARIANT_BROKEN",
        }
    }

    /// The page that says what to do, from the repository's root.
    #[must_use]
    pub fn runbook(self) -> String {
        let name = self.as_str().to_ascii_lowercase().replace('_', "-");
        format!("docs/runbook/{name}.md")
    }

    /// What a person does next, in one line. The page says more.
    #[must_use]
    pub fn next_step(self) -> &'static str {
        match self {
            Self::PaidUnconfirmed => "ask the store, then confirm the order or cancel it",
            Self::UnexpectedFailure => "read the execution's history, then confirm or cancel",
            Self::RefundBlocked => "top up the account; the refund is asked again by itself",
            Self::RefundDenied => "ask the provider why, refund in its panel or by transfer",
            Self::RefundToAuthorise => "authorise the refund in the provider's panel",
            Self::RefundFailed => "look at the charge in the provider's panel, refund it there",
            Self::Chargeback => "answer the dispute in the provider's panel with proof of delivery",
            Self::PartialRefund => "ask who refunded in the provider's panel, and why",
            Self::AmountMismatch => "nothing, if the refund ends; else see the refund's alarm",
            Self::NoDeliveryNews => "ask the store, then report the order's status or cancel it",
            Self::OrderWithoutExecution => "read why the execution ended, then confirm or cancel",
            Self::WaitOverdue => "look at the execution; redrive or stop it",
            Self::MissedNews => "see whether the provider's webhook queue stands; reactivate it",
            Self::OrphanMoney => {
                "find whose it is in the provider's panel; refund it there if nobody's"
            }
            Self::LedgerDifference => "compare the charge's lines with its entries",
            Self::SweepIncomplete => {
                "nothing, if an outage stopped it and the next is complete; else put right what it names"
            }
            Self::MessageFailed => "call the customer, or send the message by hand",
            Self::CustomerUnacknowledged => {
                "see whether the store's POS reads its queue; nothing is lost for the customer"
            }
            Self::InvariantBroken => "compare the order's rows; find out who wrote them",
        }
    }
}

impl std::fmt::Display for ExceptionKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an exception stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExceptionState {
    /// A person must look.
    Open,
    /// It was put right by itself; worth knowing, not worth waking anybody.
    Healed,
    /// What raised it is over.
    Closed,
}

impl ExceptionState {
    /// As rows write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Healed => "HEALED",
            Self::Closed => "CLOSED",
        }
    }
}

/// One thing that a person must see, or that was put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// The tenant.
    pub client_id: ClientId,
    /// What it is about: an order's id, a charge's, a store's, a day.
    pub subject_id: String,
    /// Which alarm.
    pub kind: ExceptionKind,
    /// Where it stands.
    pub state: ExceptionState,
    /// The order that it is about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// How much money it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What was found, in one sentence. No names, no texts of customers, no keys.
    pub detail: String,
    /// When it was raised first.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub raised_at: Timestamp,
    /// When it was last seen to hold.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub seen_at: Timestamp,
    /// Grows with every write.
    pub version: u64,
}

impl Exception {
    /// One that is raised now.
    #[must_use]
    pub fn raised(
        tenant: &ClientId,
        (subject, kind): (&str, ExceptionKind),
        detail: impl Into<String>,
        at: Timestamp,
    ) -> Self {
        Self {
            client_id: tenant.clone(),
            subject_id: subject.to_owned(),
            kind,
            state: ExceptionState::Open,
            order_id: None,
            amount: None,
            detail: detail.into(),
            raised_at: at,
            seen_at: at,
            version: 1,
        }
    }

    /// One about an order.
    #[must_use]
    pub fn of_order(
        order: &Order,
        kind: ExceptionKind,
        detail: impl Into<String>,
        at: Timestamp,
    ) -> Self {
        let subject = order.order_id.as_str();
        Self {
            order_id: Some(order.order_id.clone()),
            ..Self::raised(&order.client_id, (subject, kind), detail, at)
        }
    }

    /// The same, put right already.
    #[must_use]
    pub fn healed(self) -> Self {
        Self {
            state: ExceptionState::Healed,
            ..self
        }
    }

    /// The key of one.
    #[must_use]
    pub fn key_of(tenant: &ClientId, subject: &str, kind: ExceptionKind) -> Key {
        Key::sorted(PartitionKey::new(tenant, subject), kind.as_str())
    }

    /// Partition of the table: everything about one subject.
    #[must_use]
    pub fn of_subject(tenant: &ClientId, subject: &str) -> PartitionKey {
        PartitionKey::new(tenant, subject)
    }

    /// Partition of [`crate::tables::exceptions::BY_STATE`].
    #[must_use]
    pub fn in_state(tenant: &ClientId, state: ExceptionState) -> PartitionKey {
        PartitionKey::new(tenant, state.as_str())
    }

    /// The row after the same thing was found again; `None` if that says nothing new. What was closed opens again.
    #[must_use]
    pub fn seen_again(&self, found: &Self) -> Option<Self> {
        let same =
            self.state == found.state && self.detail == found.detail && self.amount == found.amount;
        // What is open and was seen within the hour is not written again: a sweep every few minutes would.
        let recent = found.seen_at.duration_since(self.seen_at).as_secs() < 3_600;
        (!(same && recent)).then(|| Self {
            raised_at: if self.state == found.state {
                self.raised_at
            } else {
                found.raised_at
            },
            version: self.version + 1,
            ..found.clone()
        })
    }
}

impl Row for Exception {
    const TABLE: &'static Table = &EXCEPTIONS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.subject_id, self.kind)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let state = Self::in_state(&self.client_id, self.state);
        vec![("clientException", Some(state.to_string()))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{from_item, to_item};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn found(at: Timestamp) -> Exception {
        let tenant = ClientId::new("sabor").expect("an id");
        let subject = ("order_1", ExceptionKind::NoDeliveryNews);
        Exception::raised(&tenant, subject, "nothing was heard for 24 hours", at)
    }

    #[test]
    fn names_are_unique_and_each_has_a_page() {
        let names: std::collections::BTreeSet<_> = ExceptionKind::ALL
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        assert_eq!(names.len(), ExceptionKind::ALL.len());
        for kind in ExceptionKind::ALL {
            assert_eq!(serde_json::json!(kind), kind.as_str());
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
            let page = std::fs::read_to_string(format!("{root}{}", kind.runbook()));
            let page = page.unwrap_or_else(|_| panic!("{} has no page", kind.runbook()));
            for part in ["## What it means", "## How to look", "## What to do"] {
                assert!(page.contains(part), "{} lacks {part}", kind.runbook());
            }
        }
    }

    #[test]
    fn the_same_thing_is_written_again_once_an_hour_and_keeps_when_it_arose() {
        let first = found(at("2026-11-22T15:00:00Z"));
        assert_eq!(first.seen_again(&found(at("2026-11-22T15:05:00Z"))), None);
        let later = first.seen_again(&found(at("2026-11-22T16:05:00Z")));
        let later = later.expect("seen again");
        assert_eq!(later.raised_at, first.raised_at);
        assert_eq!(
            (later.seen_at, later.version),
            (at("2026-11-22T16:05:00Z"), 2)
        );
    }

    #[test]
    fn what_was_closed_opens_again() {
        let closed = Exception {
            state: ExceptionState::Closed,
            ..found(at("2026-11-22T15:00:00Z"))
        };
        let again = closed.seen_again(&found(at("2026-11-22T15:01:00Z")));
        let again = again.expect("open");
        assert_eq!(again.state, ExceptionState::Open);
        assert_eq!(again.raised_at, at("2026-11-22T15:01:00Z"));
        let item = to_item(&again).expect("a row");
        assert_eq!(item["clientException"], "sabor#OPEN");
        assert_eq!(from_item(&item), Ok(again));
    }
}
