//! Twilio's WhatsApp, on this machine (providers §2): messages out with their status callbacks, messages in with
//! their signature, and the 24-hour window between the two.
//!
//! - `/2010-04-01/Accounts/{sid}/Messages.json` is the API as the real one is reached, Basic authentication and all.
//! - `/v1/Content` is the API of what can be tapped.
//! - `/control/…` is the customer's side: what they see, and what they write.
//!
//! What it leaves out: media files themselves, messaging services, scheduling, approval of contents.

mod content;
mod control;
mod delivery;
mod error;
mod messages;
mod model;
mod phone;
mod rows;
mod signature;

use std::{sync::Arc, time::Duration};

use axum::{
    Router, middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::sync::{Notify, watch};

use super::{
    Database, DatabaseError,
    fault::{self, Faulty},
    http::Client,
};
use error::TwilioError;
pub use model::{Account, Choice, Sender, Status, Template};
pub use phone::{Doing, PhoneError, PhoneMessage};

/// How long a message takes to be sent, and again to be delivered.
#[derive(Debug, Clone, Copy)]
pub struct Pace(pub Duration);

impl Default for Pace {
    fn default() -> Self {
        Self(Duration::from_millis(300))
    }
}

/// The simulator.
pub struct Twilio {
    database: Arc<Database>,
    client: Client,
    pace: Pace,
    /// A step became due sooner than the one that is waited for.
    wake: Notify,
    /// Counts what phones may show differently.
    changes: watch::Sender<u64>,
}

impl Twilio {
    /// A simulator over this database.
    #[must_use]
    pub fn new(database: Arc<Database>, client: Client, pace: Pace) -> Self {
        Self {
            database,
            client,
            pace,
            wake: Notify::new(),
            changes: watch::Sender::default(),
        }
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Makes or renews an account; its messages stay.
    pub fn register(&self, account: &Account) -> Result<(), DatabaseError> {
        self.database
            .transact(|transaction| rows::put_account(transaction, account))
            .map_err(DatabaseError::from)
    }

    /// Moves messages on and tells us about it, for ever.
    pub async fn run(self: Arc<Self>) {
        delivery::run(&self).await;
    }
}

impl Faulty for Twilio {
    const PROVIDER: &'static str = "twilio";

    fn database(&self) -> &Database {
        &self.database
    }

    fn refusal(&self) -> Response {
        TwilioError::Refused(63_024, "Invalid message recipient".to_owned()).into_response()
    }
}

/// The routes, to be nested at the simulator's base.
pub fn router(twilio: Arc<Twilio>) -> Router {
    let api = Router::new()
        .route(
            "/Accounts/{sid}/Messages.json",
            post(messages::create).get(messages::list),
        )
        .layer(middleware::from_fn_with_state(
            twilio.clone(),
            fault::layer::<Twilio>,
        ));
    let contents = Router::new().route("/Content", post(content::create).get(content::list));
    let control = Router::new()
        .route("/messages", get(control::messages))
        .route("/inbound", post(control::inbound))
        .route("/read", post(control::read))
        .route("/fault", get(control::dial).put(control::turn_dial));
    Router::new()
        .nest("/2010-04-01", api)
        .nest("/v1", contents)
        .nest("/control", control)
        .with_state(twilio)
}

#[cfg(test)]
mod tests;
