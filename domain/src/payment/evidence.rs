//! What is known of one charge: a set of facts that only grows, and the state that follows from them.
//!
//! INVARIANT: joining evidence is commutative, associative and idempotent, and the state never falls, but for a dispute that is
//! won. So any order and any repetition of the same events ends in the same state (P1, P2): there is no "last writer wins".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{money::Money, order::PaymentStatus};

/// The facts seen so far. `Default` is a charge that was only created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// Its due date passed; it can still be paid (F067). No step waits for that, so no news tells it.
    pub overdue: bool,
    /// Authorised, under risk analysis, or held by the bank: not yet money (F066). No news tells that either.
    pub authorised: bool,
    /// A try to pay was refused.
    pub failed: bool,
    /// Taken back unpaid.
    pub deleted: bool,
    /// The most that was seen captured.
    pub captured: Money,
    /// A refund was seen under way.
    pub refunding: bool,
    /// A refund was seen refused.
    pub refund_denied: bool,
    /// The most that was seen given back.
    pub refunded: Money,
    /// The payer's bank took it back, or tries to.
    pub chargeback: bool,
    /// The provider had it as paid again after that: the dispute was won. One that begins after it is not told apart from the first.
    pub dispute_won: bool,
    /// What the statement says was paid out of it, where that comes long after it was captured.
    pub paid_out: Money,
}

/// Where a charge stands; later states contain earlier ones.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargeState {
    /// Nothing happened yet.
    Created,
    /// Past its due date, still payable.
    Overdue,
    /// Authorised or held, not captured.
    Authorised,
    /// A try to pay was refused; another may succeed.
    Failed,
    /// Taken back unpaid.
    Deleted,
    /// Paid.
    Captured,
    /// On its way back.
    Refunding,
    /// It should go back, and the provider said no.
    RefundDenied,
    /// Part of it went back.
    PartiallyRefunded,
    /// All of it went back.
    Refunded,
    /// Disputed at the payer's bank.
    Chargeback,
}

impl Evidence {
    /// Everything that either of the two knows.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            overdue: self.overdue || other.overdue,
            authorised: self.authorised || other.authorised,
            failed: self.failed || other.failed,
            deleted: self.deleted || other.deleted,
            captured: self.captured.max(other.captured),
            refunding: self.refunding || other.refunding,
            refund_denied: self.refund_denied || other.refund_denied,
            refunded: self.refunded.max(other.refunded),
            chargeback: self.chargeback || other.chargeback,
            dispute_won: self.dispute_won || other.dispute_won,
            paid_out: self.paid_out.max(other.paid_out),
        }
    }

    /// Where the charge stands.
    #[must_use]
    pub fn state(self) -> ChargeState {
        let paid = self.captured > Money::ZERO;
        if self.is_disputed() {
            ChargeState::Chargeback
        } else if paid && self.refunded >= self.captured {
            ChargeState::Refunded
        } else if self.refunded > Money::ZERO {
            ChargeState::PartiallyRefunded
        } else if self.refund_denied {
            ChargeState::RefundDenied
        } else if self.refunding {
            ChargeState::Refunding
        } else if paid {
            ChargeState::Captured
        } else if self.deleted {
            ChargeState::Deleted
        } else if self.failed {
            ChargeState::Failed
        } else if self.authorised {
            ChargeState::Authorised
        } else if self.overdue {
            ChargeState::Overdue
        } else {
            ChargeState::Created
        }
    }

    /// The payer's bank has it, or may get it.
    #[must_use]
    pub fn is_disputed(self) -> bool {
        self.chargeback && !self.dispute_won
    }

    /// Captured and not given back.
    #[must_use]
    pub fn held(self) -> Money {
        let held = self.captured.checked_sub(self.refunded);
        held.unwrap_or(Money::ZERO).max(Money::ZERO)
    }

    /// Captured.
    #[must_use]
    pub fn paid(amount: Money) -> Self {
        Self {
            captured: amount,
            ..Self::default()
        }
    }

    /// Captured, and `refunded` of it given back.
    #[must_use]
    pub fn given_back(captured: Money, refunded: Money) -> Self {
        Self {
            captured,
            refunded: refunded.min(captured),
            ..Self::default()
        }
    }
}

impl ChargeState {
    /// Every state, lowest first.
    pub const ALL: [Self; 11] = [
        Self::Created,
        Self::Overdue,
        Self::Authorised,
        Self::Failed,
        Self::Deleted,
        Self::Captured,
        Self::Refunding,
        Self::RefundDenied,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Chargeback,
    ];

    /// The one table from the provider's truth to our view of it (SPEC §3.1).
    #[must_use]
    pub fn payment_status(self) -> PaymentStatus {
        match self {
            Self::Created | Self::Overdue | Self::Authorised => PaymentStatus::Pending,
            Self::Failed => PaymentStatus::Failed,
            Self::Deleted => PaymentStatus::Cancelled,
            Self::Captured => PaymentStatus::Paid,
            Self::Refunding => PaymentStatus::Refunding,
            Self::RefundDenied => PaymentStatus::RefundBlocked,
            Self::PartiallyRefunded => PaymentStatus::PartiallyRefunded,
            Self::Refunded => PaymentStatus::Refunded,
            Self::Chargeback => PaymentStatus::Chargeback,
        }
    }

    /// It can still be paid: neither paid nor taken back. At most one such charge per order and attempt (P5).
    #[must_use]
    pub fn is_open(self) -> bool {
        self < Self::Deleted
    }

    /// As rows write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Overdue => "OVERDUE",
            Self::Authorised => "AUTHORISED",
            Self::Failed => "FAILED",
            Self::Deleted => "DELETED",
            Self::Captured => "CAPTURED",
            Self::Refunding => "REFUNDING",
            Self::RefundDenied => "REFUND_DENIED",
            Self::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Self::Refunded => "REFUNDED",
            Self::Chargeback => "CHARGEBACK",
        }
    }
}

impl std::fmt::Display for ChargeState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
