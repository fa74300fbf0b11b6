//! The orders function: an order's acceptance, confirmation, end and status. One file a task.

mod accept_order;
mod apply_status;
mod call_person;
mod close_order;
pub(crate) mod confirm_order;
mod refuse_order;
