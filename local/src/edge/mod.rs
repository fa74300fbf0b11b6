//! The console port without the console: `/api/…`, `/webhooks/…`, and the two ways in which AWS calls our code
//! (functions, and messages on the events queue). Addresses and handlers are `tasks/`' business; this carries HTTP to
//! them and back.

mod events;
mod functions;
mod guard;
mod http;

use std::sync::Arc;

use axum::Router;
use comanda_tasks::{api::Shop, ports::Ports};

use crate::aws::LambdaInvoker;

pub(crate) use events::poll as poll_events;
pub(crate) use functions::Functions;
pub(crate) use guard::layer as guard;

/// Who answers what comes in from outside.
#[derive(Clone)]
pub(crate) enum Behind {
    /// The handlers, in this process.
    Here(Ports),
    /// The functions that are deployed.
    Functions(Arc<dyn LambdaInvoker>),
}

/// The name of a service's function.
pub(crate) fn function_name(service: &str) -> String {
    format!("comanda-{service}")
}

/// What requests are answered with.
pub(crate) struct Edge {
    /// The world.
    pub(crate) ports: Ports,
    /// Who answers.
    pub(crate) behind: Behind,
    /// Our public address, as providers are told.
    pub(crate) url: String,
    /// The store that calls mean which name none.
    pub(crate) default_shop: Shop,
}

/// `/api/…` and `/webhooks/…`.
pub(crate) fn router(edge: Edge) -> Router {
    http::router().with_state(Arc::new(edge))
}
