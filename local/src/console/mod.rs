//! The console: pages about orders, executions and customers' phones, live, rendered here. No build step, and everything but the liveness
//! works without JavaScript.
//!
//! It reads through [`ConsoleData`] and knows neither the journal nor the tables; what a click does goes through it too.
//! Only this machine's own browser may use it: see [`guard`].

mod action;
mod assets;
mod data;
mod feed;
mod guard;
mod lists;
mod live;
mod pages;
mod parties;
mod phone_routes;
mod phones;
mod routes;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_phones;
#[cfg(test)]
mod sample_refund;
mod shell;
mod stack;
mod stack_phones;
#[cfg(test)]
mod tests;
mod visits;

use std::sync::Arc;

use axum::Router;

pub use action::Action;
pub use data::{Change, ConsoleData, DataError, Execution, ExecutionLine, Read};
pub use feed::Happening;
pub use parties::Parties;
pub use stack::StackData;

/// The console's pages: `/`, `/phone`, `/phone/{customer}`, `/orders`, `/orders/{id}`, `/executions`, `/executions/{name}`,
/// `/search`, `/console/…`.
pub fn router(data: Arc<dyn ConsoleData>) -> Router {
    routes::router(data)
}
