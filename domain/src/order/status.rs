//! Where an order stands, and the one table that says what may follow (002, plus the money edges of SPEC §3.1).
//!
//! A chargeback is an edge that keeps the status (`status` is 002's, which has none): it shows in the payment status,
//! and the order waits for a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::planted::{Fault, planted};

/// Where an order stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    /// Accepted; not yet payable, paid or confirmed.
    Pending,
    /// The store cooks it.
    Confirmed,
    /// The store has begun.
    Preparing,
    /// Ready to leave or to be picked up.
    Ready,
    /// On its way.
    Delivering,
    /// Handed over at the door.
    Delivered,
    /// Over, all is well.
    Completed,
    /// Over without food.
    Cancelled,
    /// Over, and the money is back with the customer.
    Refunded,
}

/// What can happen to an order's status.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderEvent {
    /// The store said yes, or its yes is automatic.
    Confirm,
    /// Cooking began.
    Prepare,
    /// Cooking ended.
    MakeReady,
    /// It left.
    Dispatch,
    /// It arrived.
    Deliver,
    /// It is over: delivered and settled, or picked up.
    Complete,
    /// Somebody or a deadline ended it before delivery.
    Cancel,
    /// All the money went back. The only way out of a final status.
    Refund,
    /// The payer's bank takes the money back. Keeps the status.
    ChargeBack,
}

/// A status change that the table does not have. It is recorded, never applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {status} cannot {event}")]
pub struct IllegalTransition {
    /// Where the order stands.
    pub status: OrderStatus,
    /// What was asked.
    pub event: OrderEvent,
}

impl IllegalTransition {
    /// Whether the order is already where the event leads: a repetition, not a contradiction.
    #[must_use]
    pub fn is_repetition(&self) -> bool {
        self.event.target() == Some(self.status)
    }
}

impl OrderStatus {
    /// Every status, in the order of a good life, then the two ends without food.
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Confirmed,
        Self::Preparing,
        Self::Ready,
        Self::Delivering,
        Self::Delivered,
        Self::Completed,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// The status after `event`: the one table of transitions.
    pub fn after(self, event: OrderEvent) -> Result<Self, IllegalTransition> {
        use OrderEvent as E;
        use OrderStatus as S;
        let next = match (self, event) {
            (S::Delivered | S::Completed, E::Refund | E::ChargeBack)
                if planted(Fault::FinishedKeepsMoney) =>
            {
                return Err(IllegalTransition {
                    status: self,
                    event,
                });
            }
            (S::Pending, E::Confirm) => S::Confirmed,
            (S::Confirmed, E::Prepare) => S::Preparing,
            (S::Preparing, E::MakeReady) => S::Ready,
            (S::Ready, E::Dispatch) => S::Delivering,
            (S::Delivering, E::Deliver) => S::Delivered,
            // Picked up at the counter, or delivered and settled.
            (S::Ready | S::Delivered, E::Complete) => S::Completed,
            (S::Pending | S::Confirmed | S::Preparing | S::Ready | S::Delivering, E::Cancel) => {
                S::Cancelled
            }
            // 002's table up to CANCELLED, and the money edges of finished orders.
            (
                S::Pending
                | S::Confirmed
                | S::Preparing
                | S::Ready
                | S::Delivering
                | S::Cancelled
                | S::Delivered
                | S::Completed,
                E::Refund,
            ) => S::Refunded,
            (status, E::ChargeBack) => status,
            (S::Refunded, E::Cancel) if planted(Fault::CancelOverRefunded) => S::Cancelled,
            (status, event) => return Err(IllegalTransition { status, event }),
        };
        Ok(next)
    }

    /// No way out but a money edge.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Completed | Self::Cancelled | Self::Refunded
        )
    }

    /// Ended without food: nothing more is owed to the customer but money.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Cancelled | Self::Refunded)
    }

    /// The event that leads here, for reports that name a status (`PREPARING`). `PENDING` is a beginning.
    #[must_use]
    pub fn event(self) -> Option<OrderEvent> {
        match self {
            Self::Pending => None,
            Self::Confirmed => Some(OrderEvent::Confirm),
            Self::Preparing => Some(OrderEvent::Prepare),
            Self::Ready => Some(OrderEvent::MakeReady),
            Self::Delivering => Some(OrderEvent::Dispatch),
            Self::Delivered => Some(OrderEvent::Deliver),
            Self::Completed => Some(OrderEvent::Complete),
            Self::Cancelled => Some(OrderEvent::Cancel),
            Self::Refunded => Some(OrderEvent::Refund),
        }
    }

    /// As rows and messages write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Confirmed => "CONFIRMED",
            Self::Preparing => "PREPARING",
            Self::Ready => "READY",
            Self::Delivering => "DELIVERING",
            Self::Delivered => "DELIVERED",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Refunded => "REFUNDED",
        }
    }
}

impl OrderEvent {
    /// Every event.
    pub const ALL: [Self; 9] = [
        Self::Confirm,
        Self::Prepare,
        Self::MakeReady,
        Self::Dispatch,
        Self::Deliver,
        Self::Complete,
        Self::Cancel,
        Self::Refund,
        Self::ChargeBack,
    ];

    /// Where it leads, if it leads anywhere else.
    #[must_use]
    pub fn target(self) -> Option<OrderStatus> {
        OrderStatus::ALL
            .into_iter()
            .find(|status| status.event() == Some(self))
    }
}

impl std::fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for OrderEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Confirm => "be confirmed",
            Self::Prepare => "begin to be prepared",
            Self::MakeReady => "become ready",
            Self::Dispatch => "leave for delivery",
            Self::Deliver => "be delivered",
            Self::Complete => "be completed",
            Self::Cancel => "be cancelled",
            Self::Refund => "be refunded",
            Self::ChargeBack => "be charged back",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{OrderEvent, OrderStatus};

    /// 002 §4.1 `_get_valid_status_transitions`, and SPEC §3.1's `→ refunded` of finished orders.
    const TABLE: &[(&str, &str)] = &[
        ("PENDING", "CONFIRMED CANCELLED REFUNDED"),
        ("CONFIRMED", "PREPARING CANCELLED REFUNDED"),
        ("PREPARING", "READY CANCELLED REFUNDED"),
        ("READY", "DELIVERING COMPLETED CANCELLED REFUNDED"),
        ("DELIVERING", "DELIVERED CANCELLED REFUNDED"),
        ("DELIVERED", "COMPLETED REFUNDED"),
        ("COMPLETED", "REFUNDED"),
        ("CANCELLED", "REFUNDED"),
        ("REFUNDED", ""),
    ];

    #[test]
    fn every_pair_is_as_the_table_says() {
        for status in OrderStatus::ALL {
            let row = TABLE.iter().find(|(from, _)| *from == status.as_str());
            let (_, expected) = row.expect("a row for every status");
            let mut reached: Vec<&str> = OrderEvent::ALL
                .into_iter()
                .filter(|event| *event != OrderEvent::ChargeBack)
                .filter_map(|event| status.after(event).ok())
                .map(OrderStatus::as_str)
                .collect();
            let mut expected: Vec<&str> = expected.split_whitespace().collect();
            reached.sort_unstable();
            expected.sort_unstable();
            assert_eq!(reached, expected, "from {status}");
        }
    }

    #[test]
    fn final_statuses_leave_only_for_completion_and_money() {
        for status in OrderStatus::ALL
            .into_iter()
            .filter(|status| status.is_final())
        {
            for event in OrderEvent::ALL {
                let named = matches!(
                    event,
                    OrderEvent::Refund | OrderEvent::ChargeBack | OrderEvent::Complete
                );
                assert!(named || status.after(event).is_err(), "{status}, {event:?}");
            }
        }
    }

    #[test]
    fn a_chargeback_moves_nothing() {
        for status in OrderStatus::ALL {
            assert_eq!(status.after(OrderEvent::ChargeBack), Ok(status));
        }
    }

    #[test]
    fn a_refusal_tells_a_repetition_from_a_contradiction() {
        let refusal = |status: OrderStatus, event| status.after(event).expect_err("refused");
        assert!(refusal(OrderStatus::Confirmed, OrderEvent::Confirm).is_repetition());
        let contradiction = refusal(OrderStatus::Cancelled, OrderEvent::Confirm);
        assert!(!contradiction.is_repetition());
        assert_eq!(
            contradiction.to_string(),
            "an order that is CANCELLED cannot be confirmed"
        );
    }
}
