//! The HTTP client that all providers share.

use std::time::Duration;

use reqwest::{Client, redirect};

/// Every Asaas account made since June 2024 must name its caller (providers §1.1).
const USER_AGENT: &str = concat!("comanda/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A Lambda's webhook and each task leave room for one slow answer and what follows.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Whom HTTPS connections believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The machine's certificate authorities; a machine without any is an error.
    Machine,
    /// The machine's, or nobody where there are none: a local stack speaks plain HTTP to itself, and a bare
    /// machine must not need certificates for that.
    MachineOrNobody,
}

/// A client without redirects: a provider's API does not redirect, and a header with a key must not follow one.
pub(crate) fn client(trust: Trust) -> Result<Client, reqwest::Error> {
    // An error means that another part of the process chose a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
    };
    match (builder().build(), trust) {
        (Err(_), Trust::MachineOrNobody) => builder().tls_certs_only([]).build(),
        (built, _) => built,
    }
}
