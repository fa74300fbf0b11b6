//! What the Lambda functions do: handlers over small ports.
//!
//! A handler is a plain `async fn` from a task's input to its output or its typed refusal. It knows no AWS SDK, no
//! HTTP and no clock of its own: all that comes through [`ports`].

pub mod api;
mod casefile;
mod charges;
mod conversation;
pub mod customers;
pub mod entry_points;
pub mod fault;
pub mod handler;
mod hear;
pub mod http;
mod notifications;
mod orders;
mod parking;
mod parts;
mod payments;
pub mod ports;
pub mod pos;
mod raise;
pub mod reais;
mod reconciliation;
pub mod registry;
pub mod routes;
pub mod rows;
mod shop;
mod status;
mod store_queue;
mod talk;
mod tell;
pub mod tenants;
pub mod webhooks;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(test)]
mod tests;
