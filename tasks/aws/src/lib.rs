//! The ports of the handlers on the AWS SDK and the providers' HTTP.
//!
//! One module per outside party, each a translation and nothing more: what our words are on that wire, and which of
//! its failures mean "certainly not done" and which "nobody knows" ([`OutageError`](comanda_tasks::ports::OutageError)).
//! What to do about a failure is the handlers' and the workflows' business. [`connect`] puts the parts together.

mod asaas;
mod aws;
mod clock;
mod config;
mod http;
mod outage;
mod queue;
mod sdk_http;
mod secrets;
mod store;
mod twilio;
mod workflows;

pub use clock::SystemClock;
pub use clock::system_clock;
pub use config::{
    AwsEndpoint, LOCAL_ACCOUNT, LOCAL_REGION, PortsConfig, SecretsEndpoint, TwilioEndpoint,
    connect, store,
};
pub use http::tell_this_machine;
