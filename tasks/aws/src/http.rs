//! The HTTP client that all providers share.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use comanda_tasks::ports::OutageError;
use reqwest::redirect;

use crate::outage;

/// Every Asaas account made since June 2024 must name its caller (providers §1.1).
const USER_AGENT: &str = concat!("comanda/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A Lambda's webhook and each task leave room for one slow answer and what follows.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where the client's calls go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The internet: by the machine's proxy if it has one, and with its certificate authorities, which must exist.
    Internet,
    /// This machine: never by a proxy, which would send our requests (and their tokens) elsewhere; and without certificate
    /// authorities, since nobody speaks TLS to itself.
    ThisMachine,
}

/// A client that is made for its first call: reading the machine's certificate authorities would be most of what a function
/// takes to start, and most calls of functions reach no provider.
#[derive(Clone)]
pub(crate) struct Client {
    reach: Reach,
    made: Arc<OnceLock<Option<reqwest::Client>>>,
}

impl Client {
    pub(crate) fn new(reach: Reach) -> Self {
        Self {
            reach,
            made: Arc::default(),
        }
    }

    /// For a call of this party.
    pub(crate) fn of(&self, party: &'static str) -> Result<&reqwest::Client, OutageError> {
        let made = self.made.get_or_init(|| client(self.reach).ok());
        made.as_ref().ok_or_else(|| {
            outage::not_done(
                party,
                "this machine has no certificate authorities to trust",
            )
        })
    }
}

/// A client without redirects: a provider's API does not redirect, and a header with a key must not follow one.
pub(crate) fn client(reach: Reach) -> Result<reqwest::Client, reqwest::Error> {
    // An error means that another part of the process chose a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none());
    match reach {
        Reach::Internet => builder.build(),
        Reach::ThisMachine => builder.no_proxy().tls_certs_only([]).build(),
    }
}
