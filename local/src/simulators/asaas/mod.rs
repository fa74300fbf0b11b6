//! Asaas, on this machine (providers §1): customers, charges, PIX codes, refunds, and the webhooks about them.
//!
//! - `/v3/…` is the API as the real one is reached, `access_token` and all.
//! - `/control/…` is what happens in the world: somebody pays, a card is declined, the balance is topped up.
//! - `/i/{id}` is the invoice page where a card is "typed in".
//!
//! What it leaves out: instalments, splits, boletos beyond their name, how a dispute ends, the card's money a month later.

mod control;
mod customers;
mod delivery;
mod error;
mod events;
mod invoice;
mod model;
mod payments;
mod pix;
mod refunds;
mod rows;
mod statement;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{
    Router, middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::sync::Notify;

use super::{
    Database, DatabaseError,
    fault::{self, Faulty},
    http::Client,
};
use error::AsaasError;
pub use model::Account;

/// How fast the simulated world is.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long a refund takes.
    pub refund: Duration,
    /// A divisor of the waits between the tries of a webhook: 1 is the real ladder, 30 seconds first.
    pub ladder_divisor: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            refund: Duration::from_secs(2),
            ladder_divisor: 1,
        }
    }
}

/// The simulator.
pub struct Asaas {
    database: Arc<Database>,
    client: Client,
    pace: Pace,
    /// The address below which [`router`] is mounted, for invoice links.
    base: String,
    /// Something became due: a new event, a refund, a resumed queue.
    wake: Notify,
}

impl Asaas {
    /// A simulator whose [`router`] is mounted at `base` (`http://127.0.0.1:4500/simulators/asaas`).
    #[must_use]
    pub fn new(database: Arc<Database>, client: Client, base: String, pace: Pace) -> Self {
        Self {
            database,
            client,
            pace,
            base,
            wake: Notify::new(),
        }
    }

    /// Makes or renews an account; its balance and its charges stay.
    pub fn register(&self, account: &Account) -> Result<(), DatabaseError> {
        self.database
            .transact(|transaction| rows::put_account(transaction, account))
            .map_err(DatabaseError::from)
    }

    /// Finishes refunds and delivers webhooks, for ever.
    pub async fn run(self: Arc<Self>) {
        delivery::run(&self).await;
    }
}

impl Faulty for Asaas {
    const PROVIDER: &'static str = "asaas";

    fn database(&self) -> &Database {
        &self.database
    }

    fn refusal(&self) -> Response {
        AsaasError::refused(
            "invalid_action",
            "Não foi possível concluir a operação. Tente novamente mais tarde.",
        )
        .into_response()
    }
}

/// The routes, to be nested at the simulator's base.
pub fn router(asaas: Arc<Asaas>) -> Router {
    let api = Router::new()
        .route("/customers", post(customers::create).get(customers::list))
        .route("/customers/{id}", get(customers::read))
        .route("/payments", post(payments::create).get(payments::list))
        .route(
            "/payments/{id}",
            get(payments::read).delete(payments::delete),
        )
        .route("/payments/{id}/status", get(payments::status))
        .route("/payments/{id}/pixQrCode", get(pix::read))
        .route("/payments/{id}/refund", post(refunds::create))
        .route("/payments/{id}/refunds", get(refunds::list))
        .route("/finance/balance", get(payments::balance))
        .route("/financialTransactions", get(statement::list))
        .layer(middleware::from_fn_with_state(
            asaas.clone(),
            fault::layer::<Asaas>,
        ));
    Router::new()
        .nest("/v3", api)
        .nest("/control", control::router())
        .route("/i/{id}", get(invoice::page))
        .with_state(asaas)
}

#[cfg(test)]
mod tests;
