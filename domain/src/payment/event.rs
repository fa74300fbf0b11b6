//! What the provider reports (providers §1.8), and what news it is. What news proves is `inbox`'s. Unknown words are no news
//! and harm nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::ChargeId,
    inbox::NewsKind,
    money::Money,
    planted::{Fault, planted},
};

/// The events that say something about a charge's money. All others are [`ProviderEvent::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProviderEvent {
    /// `PAYMENT_CREATED`, `PAYMENT_UPDATED`.
    Created,
    /// `PAYMENT_AUTHORIZED`, `PAYMENT_AWAITING_RISK_ANALYSIS`, `PAYMENT_APPROVED_BY_RISK_ANALYSIS`.
    Authorised,
    /// `PAYMENT_CONFIRMED`: money for cards, not yet for PIX.
    Confirmed,
    /// `PAYMENT_RECEIVED`: money.
    Received,
    /// `PAYMENT_OVERDUE`: still payable.
    Overdue,
    /// `PAYMENT_DELETED`.
    Deleted,
    /// `PAYMENT_CREDIT_CARD_CAPTURE_REFUSED`.
    CaptureRefused,
    /// `PAYMENT_REPROVED_BY_RISK_ANALYSIS`.
    RiskRefused,
    /// `PAYMENT_REFUND_IN_PROGRESS`.
    RefundInProgress,
    /// `PAYMENT_PARTIALLY_REFUNDED`.
    PartiallyRefunded,
    /// `PAYMENT_REFUNDED`.
    Refunded,
    /// `PAYMENT_REFUND_DENIED`.
    RefundDenied,
    /// `PAYMENT_CHARGEBACK_REQUESTED`, `PAYMENT_CHARGEBACK_DISPUTE`, `PAYMENT_AWAITING_CHARGEBACK_REVERSAL` (won, and the money is
    /// still on its way). That it is here again is told by another `PAYMENT_RECEIVED` only, which may as well be an old one: that is
    /// read at the provider.
    Chargeback,
    /// Anything else: seen, kept, without effect.
    Other,
}

impl ProviderEvent {
    /// Reads the provider's word.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "PAYMENT_CREATED" | "PAYMENT_UPDATED" => Self::Created,
            "PAYMENT_AUTHORIZED"
            | "PAYMENT_AWAITING_RISK_ANALYSIS"
            | "PAYMENT_APPROVED_BY_RISK_ANALYSIS" => Self::Authorised,
            "PAYMENT_CONFIRMED" => Self::Confirmed,
            "PAYMENT_RECEIVED" => Self::Received,
            "PAYMENT_OVERDUE" => Self::Overdue,
            "PAYMENT_DELETED" => Self::Deleted,
            "PAYMENT_CREDIT_CARD_CAPTURE_REFUSED" => Self::CaptureRefused,
            "PAYMENT_REPROVED_BY_RISK_ANALYSIS" => Self::RiskRefused,
            "PAYMENT_REFUND_IN_PROGRESS" => Self::RefundInProgress,
            "PAYMENT_PARTIALLY_REFUNDED" => Self::PartiallyRefunded,
            "PAYMENT_REFUNDED" => Self::Refunded,
            "PAYMENT_REFUND_DENIED" => Self::RefundDenied,
            "PAYMENT_CHARGEBACK_REQUESTED"
            | "PAYMENT_CHARGEBACK_DISPUTE"
            | "PAYMENT_AWAITING_CHARGEBACK_REVERSAL" => Self::Chargeback,
            _ => Self::Other,
        }
    }
}

/// How a charge is paid, as far as the meaning of CONFIRMED depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Billing {
    /// CONFIRMED may be held for 72 hours and reversed; RECEIVED is money.
    Pix,
    /// CONFIRMED is money; RECEIVED follows a month later.
    Card,
}

impl Billing {
    /// Reads the provider's `billingType`. What is not PIX is judged as a card only where the payer used one; anything
    /// else is judged as strictly as PIX.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "CREDIT_CARD" | "DEBIT_CARD" => Self::Card,
            _ => Self::Pix,
        }
    }
}

/// One event about one charge, with the amounts that it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// What is reported.
    pub event: ProviderEvent,
    /// How the charge is paid.
    pub billing: Billing,
    /// The charge's amount.
    pub amount: Money,
    /// The sum of its refunds that are done.
    pub refunds_done: Money,
}

impl Sighting {
    /// What the order must hear of it; `None` where no step ever waits for such a thing.
    #[must_use]
    pub fn news(&self, charge_id: &ChargeId) -> Option<NewsKind> {
        use ProviderEvent as E;
        let charge_id = charge_id.clone();
        let amount = self.amount;
        let charged = Some(amount);
        match (self.event, self.billing) {
            (E::Confirmed, Billing::Pix) if planted(Fault::PixHeldIsPaid) => {
                Some(NewsKind::Paid { charge_id, amount })
            }
            (E::Chargeback, _) if planted(Fault::ChargebackIgnored) => None,
            (E::Overdue, _) if planted(Fault::OverdueIsFailed) => Some(NewsKind::PaymentFailed {
                charge_id,
                reason: "OVERDUE".to_owned(),
            }),
            (E::Confirmed, Billing::Card) | (E::Received, _) => {
                Some(NewsKind::Paid { charge_id, amount })
            }
            (E::CaptureRefused, _) => Some(NewsKind::PaymentFailed {
                charge_id,
                reason: "CAPTURE_REFUSED".to_owned(),
            }),
            (E::RiskRefused, _) => Some(NewsKind::PaymentFailed {
                charge_id,
                reason: "RISK_REFUSED".to_owned(),
            }),
            (E::Deleted, _) => Some(NewsKind::ChargeDeleted { charge_id }),
            (E::Refunded, _) => Some(NewsKind::Refunded {
                charge_id,
                refunded: amount,
                charged,
            }),
            (E::PartiallyRefunded, _) => Some(NewsKind::Refunded {
                charge_id,
                refunded: self.refunds_done,
                charged,
            }),
            (E::RefundInProgress, _) => Some(NewsKind::RefundUnderWay { charge_id, charged }),
            (E::RefundDenied, _) => Some(NewsKind::RefundDenied {
                charge_id,
                reason: "REFUND_DENIED".to_owned(),
                charged,
            }),
            (E::Chargeback, _) => Some(NewsKind::ChargedBack { charge_id, amount }),
            (E::Created | E::Authorised | E::Confirmed | E::Overdue | E::Other, _) => None,
        }
    }
}
