//! The payments function: charges and refunds at the payment provider. One file a task.

pub(crate) mod authorisation;
mod mark_refund_blocked;
mod offer_another_method;
mod record_refund;
mod request_payment;
mod request_refund;
mod settle_payment;
mod settle_refund;

pub(crate) use record_refund::record_refund;
