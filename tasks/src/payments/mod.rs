//! The payments function: charges and refunds at the payment provider. One file a task.

pub(crate) mod authorisation;
mod mark_refund_blocked;
mod offer_another_method;
mod record_refund;
mod request_payment;
mod request_refund;
mod settle_payment;
mod settle_refund;

use comanda_domain::order::{Order, WaitingFor};

pub(crate) use record_refund::record_refund;

/// Whether the order went on without an attempt to have it paid: to the next, or to its store. A try that is this slow must not put its
/// own wait, whose token is dead, in the place of that one's.
fn is_past(order: &Order, attempt: u32) -> bool {
    order.payment_attempt > attempt || order.waiting_for == Some(WaitingFor::Store)
}
