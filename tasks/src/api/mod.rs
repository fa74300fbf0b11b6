//! What the HTTP interface, the command line and the console ask for. One file a call.
//!
//! Every call answers a status and JSON; errors are `{"error": {"code", "message", "help"}}`, a refusal with
//! `customerMessage` too. Whose orders a caller may see is decided before: tenant and store come in as [`Shop`], never
//! from a body, except where an order is placed.

pub(crate) mod cancel_order;
pub(crate) mod choose_payment_method;
pub(crate) mod customer;
pub(crate) mod exceptions;
pub(crate) mod find;
pub(crate) mod list_orders;
pub(crate) mod messages;
pub(crate) mod parked_events;
pub(crate) mod place_order;
mod request;
mod resolve;
pub(crate) mod show_order;
mod view;

pub use cancel_order::{CancelRequest, cancel_order};
pub use choose_payment_method::{MethodRequest, choose_payment_method};
pub use customer::{erase_customer, export_customer, show_customer};
pub use exceptions::{CloseRequest, Which, close_exception, exceptions};
pub use find::find;
pub use list_orders::{Listing, list_orders};
pub use messages::messages;
pub use parked_events::parked_events;
pub use place_order::place_order;
pub use request::{Shop, parse, tenant};
pub use show_order::show_order;
