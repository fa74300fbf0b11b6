//! What a waiting step is told. The JSON is that of the workflows' contracts, which mirror these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{News, NewsId, NewsKind};
use crate::{
    order::{Actor, Order, PaymentMethod, WaitKind},
    payment::RefundIntent,
    planted::{Fault, planted},
};

/// For a step that waits for a payment, or for another way to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PaymentSignal {
    /// The money is here, all of it.
    Paid {
        /// The news' own id.
        news_id: NewsId,
    },
    /// The try was refused; another method may work.
    Failed {
        /// The news' own id.
        news_id: NewsId,
        /// The provider's word for it.
        reason: String,
    },
    /// Somebody called the order off.
    Cancelled {
        /// The news' own id.
        news_id: NewsId,
        /// Who.
        by: Actor,
    },
    /// The customer wants to pay in another way.
    MethodChosen {
        /// The news' own id.
        news_id: NewsId,
        /// In which; always an online one.
        method: PaymentMethod,
    },
    /// Another amount came in than was asked.
    AmountMismatch {
        /// The news' own id.
        news_id: NewsId,
    },
    /// Nothing came in time.
    Expired,
}

/// For a step that waits for the store: all of it, as the step that settles the wait reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum StoreSignal {
    /// The store takes the order.
    Confirmed {
        /// Minutes until it is ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ready_in_minutes: Option<u32>,
        /// Who confirms; the store where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Actor>,
    },
    /// The store does not take it.
    Rejected {
        /// Why, in the store's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Somebody called the order off.
    Cancelled {
        /// Who.
        by: Actor,
    },
    /// The store said nothing in time.
    Unanswered,
}

/// What the token of a step that waits for the store is completed with. The store has the token too, and may write the first two
/// itself; who called an order off is not its to say, and is read in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum StoreAnswer {
    /// The store takes the order.
    Confirmed {
        /// Minutes until it is ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ready_in_minutes: Option<u32>,
    },
    /// The store does not take it.
    Rejected {
        /// Why, in the store's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Something else came.
    News,
}

impl StoreSignal {
    /// As the token is told of it.
    #[must_use]
    pub fn answer(&self) -> StoreAnswer {
        match self {
            Self::Confirmed {
                ready_in_minutes, ..
            } => StoreAnswer::Confirmed {
                ready_in_minutes: *ready_in_minutes,
            },
            Self::Rejected { reason } => StoreAnswer::Rejected {
                reason: reason.clone(),
            },
            Self::Cancelled { .. } | Self::Unanswered => StoreAnswer::News,
        }
    }
}

/// For a step that waits for a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum RefundSignal {
    /// The money went back.
    Refunded,
    /// The provider, or a person there, refused after all.
    Denied {
        /// The provider's word for why.
        reason: String,
    },
    /// Still under way.
    Pending,
}

/// What an order's waiting step is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Signal {
    /// To a step that waits for a payment.
    Payment(PaymentSignal),
    /// To a step that waits for the store.
    Store(StoreSignal),
}

/// The news that the order's waiting step must hear next, if any of it is for that step.
///
/// Acknowledged news is not heard again. Of several, a cancel comes before money, the order's total before another amount, money
/// before a choice and a choice before a failure; among equals the earliest. A failure or a choice of an attempt before is not heard.
#[must_use]
pub fn next_signal<'a>(order: &Order, inbox: &'a [News]) -> Option<(&'a News, Signal)> {
    let wait = order.wait.as_ref()?;
    let heard = inbox.iter().filter(|news| news.acknowledged_at.is_none());
    let understood = heard.filter_map(|news| {
        let (rank, signal) = match &wait.kind {
            WaitKind::Payment { attempt } => payment_signal(order, news, *attempt, true)?,
            WaitKind::Method { attempt } => payment_signal(order, news, *attempt, false)?,
            WaitKind::Store => (0, Signal::Store(store_signal(order, news)?)),
            // A refund's step waits in the refund's own row: an order may have several.
            WaitKind::Refund { .. } => return None,
        };
        Some((rank, news, signal))
    });
    let first = understood.min_by(|(rank, news, _), (other_rank, other, _)| {
        (rank, news.at, &news.news_id).cmp(&(other_rank, other.at, &other.news_id))
    });
    first.map(|(_, news, signal)| (news, signal))
}

fn payment_signal(
    order: &Order,
    news: &News,
    attempt: u32,
    a_charge_is_open: bool,
) -> Option<(u8, Signal)> {
    let news_id = news.news_id.clone();
    let is_current = |charge| order.payment_id.as_ref() == Some(charge);
    let (rank, signal) = match &news.news {
        NewsKind::CancelRequested { by, .. } => (0, PaymentSignal::Cancelled { news_id, by: *by }),
        NewsKind::Paid { amount, .. }
            if *amount == order.total || planted(Fault::AmountNotCompared) =>
        {
            (1, PaymentSignal::Paid { news_id })
        }
        NewsKind::Paid { .. } => (2, PaymentSignal::AmountMismatch { news_id }),
        NewsKind::MethodChosen {
            method,
            attempt: answered,
        } if *answered == attempt && method.is_online() => (
            3,
            PaymentSignal::MethodChosen {
                news_id,
                method: *method,
            },
        ),
        NewsKind::PaymentFailed { charge_id, reason }
            if a_charge_is_open && is_current(charge_id) =>
        {
            (
                4,
                PaymentSignal::Failed {
                    news_id,
                    reason: reason.clone(),
                },
            )
        }
        // Taken back in the provider's panel: it can no longer be paid.
        NewsKind::ChargeDeleted { charge_id } if a_charge_is_open && is_current(charge_id) => (
            4,
            PaymentSignal::Failed {
                news_id,
                reason: "CHARGE_DELETED".to_owned(),
            },
        ),
        _ => return None,
    };
    Some((rank, Signal::Payment(signal)))
}

fn store_signal(order: &Order, news: &News) -> Option<StoreSignal> {
    match &news.news {
        NewsKind::StoreConfirmed { ready_in_minutes } => Some(StoreSignal::Confirmed {
            ready_in_minutes: *ready_in_minutes,
            by: None,
        }),
        NewsKind::StoreRejected { reason } => Some(StoreSignal::Rejected {
            reason: reason.clone(),
        }),
        NewsKind::CancelRequested { by, .. } => Some(StoreSignal::Cancelled { by: *by }),
        // The order is no longer paid: the store must not get it (O4). What went back in part leaves it paid.
        kind if kind.charge().is_some()
            && kind.charge() == order.payment_id.as_ref()
            && kind.undoes_payment(order.total) =>
        {
            Some(StoreSignal::Cancelled {
                by: Actor::Provider,
            })
        }
        _ => None,
    }
}

/// The news that a refund's waiting step must hear next. Money that is back outweighs a refusal that came before it.
#[must_use]
pub fn refund_signal<'a>(
    intent: &RefundIntent,
    inbox: &'a [News],
) -> Option<(&'a News, RefundSignal)> {
    let heard = inbox.iter().filter(|news| news.acknowledged_at.is_none());
    let understood = heard.filter_map(|news| match &news.news {
        NewsKind::Refunded {
            charge_id,
            refunded,
            ..
        } if *charge_id == intent.charge_id && intent.is_covered_by(*refunded) => {
            Some((0, news, RefundSignal::Refunded))
        }
        NewsKind::RefundDenied {
            charge_id, reason, ..
        } if *charge_id == intent.charge_id => {
            let reason = reason.clone();
            Some((1, news, RefundSignal::Denied { reason }))
        }
        _ => None,
    });
    let first = understood.min_by(|(rank, news, _), (other_rank, other, _)| {
        (rank, news.at, &news.news_id).cmp(&(other_rank, other.at, &other.news_id))
    });
    first.map(|(_, news, signal)| (news, signal))
}
