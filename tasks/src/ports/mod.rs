//! What a handler may ask of the world: one small trait per outside party.
//!
//! `tasks/aws` implements them on the AWS SDK and the providers' HTTP, `simulation` on worlds with faults. A port
//! call is the only place where a handler can be interrupted, so each is a crash point in simulation.

mod channel;
mod clock;
pub mod guarded;
pub mod intercept;
pub mod metered;
mod provider;
mod queue;
mod row;
mod secrets;
mod store;
mod workflows;

pub use channel::*;
pub use clock::*;
pub use provider::*;
pub use queue::*;
pub use row::StoredRow;
pub use secrets::*;
pub use store::*;
pub use workflows::*;

use std::{future::Future, pin::Pin, sync::Arc};

/// The answer of a port: boxed, so that ports are plain trait objects and handlers compile once.
pub type Answer<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// All ports together, as the bootstrap, the local stack and the simulation hand them to the handlers.
#[derive(Clone)]
pub struct Ports {
    /// Tables.
    pub store: Arc<dyn Store>,
    /// Queues to the stores' POS, and our own events queue.
    pub queue: Arc<dyn Queue>,
    /// Executions and their task tokens.
    pub workflows: Arc<dyn Workflows>,
    /// Charges and refunds.
    pub provider: Arc<dyn PaymentProvider>,
    /// Messages to customers.
    pub channel: Arc<dyn Channel>,
    /// Secret values by reference.
    pub secrets: Arc<dyn Secrets>,
    /// Now, and fresh identifiers.
    pub clock: Arc<dyn Clock>,
    /// Whether what fails for want of somebody who is away is done again in a moment by whoever asked for it: where it is,
    /// what cannot be told fails.
    pub is_tried_again: bool,
}

/// A failure that is nobody's decision: the other side was away, slow or unclear.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutageError {
    /// The request was certainly not carried out (refused connection, throttled, 5xx before any effect).
    #[error("{party} did not take the request: {detail}")]
    NotDone {
        /// Who was asked: `dynamodb`, `asaas`, `twilio`…
        party: &'static str,
        /// What it said; never a body with personal data.
        detail: String,
    },
    /// Nobody knows whether the request was carried out (time-out, broken connection after sending).
    #[error("{party} may or may not have carried out the request: {detail}")]
    Unknown {
        /// Who was asked.
        party: &'static str,
        /// What is known.
        detail: String,
    },
    /// The request was certainly not carried out, and the same one later would not be either: we may not make it, or it is
    /// wrong. Not an outage of theirs but a fault of ours ([`crate::fault::Fault::Unexpected`]).
    #[error("{party} refuses the request: {detail}")]
    Refused {
        /// Who was asked.
        party: &'static str,
        /// Its code, or our guard's words.
        detail: String,
    },
}
