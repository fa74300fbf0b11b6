//! What an order's money looks like from outside, and which change may follow which.
//!
//! The truth is the provider's ([`crate::payment`]); this is our view of it, and it never goes back in time (P1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the customer pays.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentMethod {
    /// Online, by copy-and-paste code or QR.
    Pix,
    /// Online, on the provider's invoice page.
    Credit,
    /// Online, on the provider's invoice page (the provider has no debit by API).
    Debit,
    /// Cash at the door or the counter.
    Cash,
    /// A card at the door or the counter.
    CardOnDelivery,
}

impl PaymentMethod {
    /// Every method.
    pub const ALL: [Self; 5] = [
        Self::Pix,
        Self::Credit,
        Self::Debit,
        Self::Cash,
        Self::CardOnDelivery,
    ];

    /// Paid through the provider before the store sees the order (O4).
    #[must_use]
    pub fn is_online(self) -> bool {
        matches!(self, Self::Pix | Self::Credit | Self::Debit)
    }

    /// As rows and requests write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pix => "PIX",
            Self::Credit => "CREDIT",
            Self::Debit => "DEBIT",
            Self::Cash => "CASH",
            Self::CardOnDelivery => "CARD_ON_DELIVERY",
        }
    }

    /// As a customer reads it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pix => "PIX",
            Self::Credit => "cartão de crédito",
            Self::Debit => "cartão de débito",
            Self::Cash => "dinheiro",
            Self::CardOnDelivery => "cartão na entrega",
        }
    }
}

impl std::fmt::Display for PaymentMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Our view of an order's money.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentStatus {
    /// Paid at the door; the provider knows nothing of it.
    NotApplicable,
    /// To be paid online.
    Pending,
    /// The last attempt failed; another may follow.
    Failed,
    /// The charge was taken back unpaid.
    Cancelled,
    /// Captured in full.
    Paid,
    /// Part of it went back.
    PartiallyRefunded,
    /// All of it is on its way back.
    Refunding,
    /// It should go back, and the provider will not or cannot yet.
    RefundBlocked,
    /// All of it is back.
    Refunded,
    /// The payer's bank took it back, or tries to.
    Chargeback,
}

/// A payment status that cannot follow the one the order has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the payment is {from} and cannot become {to}")]
pub struct IllegalPaymentChange {
    /// What it is.
    pub from: PaymentStatus,
    /// What it was to become.
    pub to: PaymentStatus,
}

impl PaymentStatus {
    /// Every status.
    pub const ALL: [Self; 10] = [
        Self::NotApplicable,
        Self::Pending,
        Self::Failed,
        Self::Cancelled,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunding,
        Self::RefundBlocked,
        Self::Refunded,
        Self::Chargeback,
    ];

    /// Whether `next` may follow. The same again is always allowed, and is no change.
    ///
    /// Unpaid statuses follow each other (a new attempt is pending again) and any may turn out paid, late or not. From
    /// paid on there is no way back to unpaid (F026, F027), and nothing but a chargeback follows a refund. A dispute that
    /// is won leaves the payment as it was.
    pub fn changed_to(self, next: Self) -> Result<Self, IllegalPaymentChange> {
        use PaymentStatus as P;
        let legal = self == next
            || match (self, next) {
                (P::NotApplicable, P::Pending) | (_, P::Chargeback) => true,
                (P::NotApplicable, _) | (_, P::NotApplicable) => false,
                (P::Pending | P::Failed | P::Cancelled, _) => true,
                (P::Paid, P::PartiallyRefunded | P::Refunding | P::RefundBlocked | P::Refunded) => {
                    true
                }
                (P::PartiallyRefunded, P::Refunding | P::RefundBlocked | P::Refunded) => true,
                (P::Refunding, P::PartiallyRefunded | P::RefundBlocked | P::Refunded) => true,
                (P::RefundBlocked, P::PartiallyRefunded | P::Refunding | P::Refunded) => true,
                (P::Chargeback, P::Paid | P::PartiallyRefunded | P::Refunding | P::Refunded) => {
                    true
                }
                _ => false,
            };
        if legal {
            Ok(next)
        } else {
            Err(IllegalPaymentChange {
                from: self,
                to: next,
            })
        }
    }

    /// The customer's money is, or may still be, with the tenant.
    #[must_use]
    pub fn holds_money(self) -> bool {
        matches!(
            self,
            Self::Paid | Self::PartiallyRefunded | Self::Refunding | Self::RefundBlocked
        )
    }

    /// As rows write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Pending => "PENDING",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Paid => "PAID",
            Self::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Self::Refunding => "REFUNDING",
            Self::RefundBlocked => "REFUND_BLOCKED",
            Self::Refunded => "REFUNDED",
            Self::Chargeback => "CHARGEBACK",
        }
    }
}

impl std::fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::PaymentStatus as P;

    #[test]
    fn paid_never_becomes_unpaid_again() {
        let unpaid = [P::Pending, P::Failed, P::Cancelled, P::NotApplicable];
        for from in P::ALL {
            let was_paid = from.holds_money() || matches!(from, P::Refunded | P::Chargeback);
            for to in unpaid.into_iter().filter(|_| was_paid) {
                assert!(from.changed_to(to).is_err(), "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_refund_is_the_end_of_the_money() {
        for to in P::ALL {
            let allowed = matches!(to, P::Refunded | P::Chargeback);
            assert_eq!(P::Refunded.changed_to(to).is_ok(), allowed, "{to}");
        }
    }

    /// The bank takes what is here, or gives it back.
    #[test]
    fn a_dispute_ends_as_it_began() {
        for to in P::ALL {
            let stands = to.holds_money() || matches!(to, P::Refunded | P::Chargeback);
            // That a refund is stuck is no news of a dispute's end.
            let allowed = stands && to != P::RefundBlocked;
            assert_eq!(P::Chargeback.changed_to(to).is_ok(), allowed, "{to}");
        }
    }

    #[test]
    fn money_may_come_late() {
        for from in [P::Pending, P::Failed, P::Cancelled] {
            assert_eq!(from.changed_to(P::Paid), Ok(P::Paid));
        }
    }
}
