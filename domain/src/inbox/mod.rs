//! News for an order, and what follows from it: the signal for the step that waits, or a new obligation.
//!
//! DESIGN §6: news is put into the inbox under its sender's id first, then the order is read; the step that follows
//! acknowledges. Everything here is a function of the order and its unacknowledged news, so that it can be asked again
//! after any crash.

mod late;
mod news;
mod signal;
#[cfg(test)]
mod tests;

pub use late::{Consequence, consequence};
pub use news::{InvalidNewsIdError, News, NewsId, NewsKind};
pub use signal::{
    PaymentSignal, RefundSignal, Signal, StoreAnswer, StoreSignal, next_signal, refund_signal,
};
