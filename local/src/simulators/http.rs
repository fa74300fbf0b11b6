//! The client with which the simulators call us back, as the providers do: no redirects, ten seconds.

use std::time::Duration;

use reqwest::redirect;

/// How long a provider waits for our answer (providers §1.8, §2.1).
const TIMEOUT: Duration = Duration::from_secs(10);

/// The simulators' HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the simulators' HTTP client could not be made")]
pub struct ClientError(#[source] reqwest::Error);

/// A client for calls to this machine.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

impl Client {
    /// Makes the client. It uses no proxy and trusts no certificate: everything it calls is plain HTTP on loopback.
    pub fn new() -> Result<Self, ClientError> {
        // An error means that another part of the process chose a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map(Self)
            .map_err(ClientError)
    }

    pub(crate) fn post(&self, url: &str) -> reqwest::RequestBuilder {
        self.0.post(url)
    }
}
