//! The orders function: an order's acceptance, confirmation, end and status. One file a task.

mod accept_order;
mod apply_status;
pub(crate) mod before_person;
mod call_person;
mod close_order;
pub(crate) mod confirm_order;
pub(crate) mod refuse_order;
