//! The HTTP client that all providers share.

use std::time::Duration;

use reqwest::{Client, redirect};

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
    /// This machine: never by a proxy, which would send our requests (and their tokens) elsewhere; and without
    /// certificate authorities where there are none, since a bare machine needs none to speak to itself.
    ThisMachine,
}

/// A client without redirects: a provider's API does not redirect, and a header with a key must not follow one.
pub(crate) fn client(reach: Reach) -> Result<Client, reqwest::Error> {
    // An error means that another part of the process chose a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
    };
    match reach {
        Reach::Internet => builder().build(),
        Reach::ThisMachine => {
            let built = builder().no_proxy().build();
            built.or_else(|_| builder().no_proxy().tls_certs_only([]).build())
        }
    }
}
