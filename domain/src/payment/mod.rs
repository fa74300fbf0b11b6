//! Money at the provider: what is known of a charge, what follows from an event, what may go back.

mod charge;
mod event;
mod evidence;
mod refund;
#[cfg(test)]
pub(crate) mod tests;

pub use charge::Charge;
pub use event::{Billing, ProviderEvent, Sighting};
pub use evidence::{ChargeState, Evidence};
pub use refund::{RefundIntent, RefundReason, RefundRefusal, RefundState, refundable};
