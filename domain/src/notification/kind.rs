//! What a message is about. Together with its subject it is the message's key: one kind is said once (N1).

use crate::{
    ids::RefundIntentId,
    money::Money,
    order::{Order, OrderStatus, WaitingFor},
};

/// What a message to a customer is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationKind {
    /// The order's new status.
    Status(OrderStatus),
    /// How to pay; the number is the attempt.
    PaymentInstructions(u32),
    /// The PIX code, alone, to be copied.
    PixCode(u32),
    /// The PIX code as a picture.
    PixQr(u32),
    /// The page to pay by card on.
    CardLink(u32),
    /// The money is here.
    PaymentConfirmed,
    /// The try failed; there are other ways.
    PaymentFailed(u32),
    /// Money came that has no food to pay for, and goes back.
    RefundStarted(RefundIntentId),
    /// The refund takes longer.
    RefundBlocked(RefundIntentId),
    /// Money is back that was not the order's whole payment.
    RefundDone(RefundIntentId),
    /// The order was not taken.
    Refusal,
    /// A person looks at the order.
    NeedsPerson,
}

/// The sort key of [`crate::tables::NOTIFICATIONS`].
impl std::fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "STATUS#{status}"),
            Self::PaymentInstructions(attempt) => write!(f, "PAYMENT#INSTRUCTIONS#{attempt}"),
            Self::PixCode(attempt) => write!(f, "PAYMENT#PIX_CODE#{attempt}"),
            Self::PixQr(attempt) => write!(f, "PAYMENT#PIX_QR#{attempt}"),
            Self::CardLink(attempt) => write!(f, "PAYMENT#CARD_LINK#{attempt}"),
            Self::PaymentConfirmed => f.write_str("PAYMENT#CONFIRMED"),
            Self::PaymentFailed(attempt) => write!(f, "PAYMENT#FAILED#{attempt}"),
            Self::RefundStarted(intent) => write!(f, "REFUND#STARTED#{intent}"),
            Self::RefundBlocked(intent) => write!(f, "REFUND#BLOCKED#{intent}"),
            Self::RefundDone(intent) => write!(f, "REFUND#DONE#{intent}"),
            Self::Refusal => f.write_str("REFUSAL"),
            Self::NeedsPerson => f.write_str("PERSON"),
        }
    }
}

/// N2: whether a message of this kind would contradict the order as it stands: a status that it has left, how to pay what is
/// not to be paid any more, or not in that way; that somebody looks, who has looked; or that money goes back, of which none is
/// here any more.
#[must_use]
pub fn is_overtaken(kind: &str, order: &Order) -> bool {
    if let Some(status) = kind.strip_prefix("STATUS#") {
        return order.status().as_str() != status;
    }
    if kind == NotificationKind::NeedsPerson.to_string() {
        return order.waiting_for != Some(WaitingFor::Person);
    }
    if kind.starts_with("REFUND#STARTED#") || kind.starts_with("REFUND#BLOCKED#") {
        return order.money_held() == Money::ZERO;
    }
    let attempt = [
        "PAYMENT#INSTRUCTIONS#",
        "PAYMENT#PIX_CODE#",
        "PAYMENT#PIX_QR#",
        "PAYMENT#CARD_LINK#",
        "PAYMENT#FAILED#",
    ]
    .into_iter()
    .find_map(|sort| kind.strip_prefix(sort));
    attempt.is_some_and(|attempt| {
        let is_to_be_paid = order.status() == OrderStatus::Pending
            && !order.payment_status().holds_money()
            && order.waiting_for != Some(WaitingFor::Person);
        !is_to_be_paid || attempt != order.payment_attempt.to_string()
    })
}
