//! The outside world on this machine: simulators of Asaas and Twilio with the wire formats of the real ones
//! (reference: providers), and the endpoint where our functions read secrets.
//!
//! INVARIANT: a simulator shares no wire type with the client it is there to test (`tasks/aws`), else both could be
//! wrong in the same way. What happens at a provider (somebody pays, somebody writes) is a *control* action, and it
//! reaches us as it would in production: through a signed call of our own webhook.

pub mod asaas;
mod database;
mod fault;
mod http;
pub mod secrets;
pub mod twilio;

pub use database::{Database, DatabaseError};
pub use fault::{Fault, FaultDial};
pub use http::{Client, ClientError};
