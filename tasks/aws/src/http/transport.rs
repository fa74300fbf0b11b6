//! The one HTTP client that is in the program: HTTP/1 over hyper, with TLS by ring. The AWS SDK and the providers' calls share
//! it, because each kind of client is a copy of all of HTTP in the program (docs/decisions/0021).

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{Client, ResponseFuture, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::net::TcpStream;
use tower_service::Service;

/// Where calls go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The internet, with the machine's certificate authorities, which must exist.
    Internet,
    /// This machine: without certificate authorities, since nobody speaks TLS to itself.
    ThisMachine,
}

/// A transport that is made for its first call: reading the machine's certificate authorities would be most of what a function
/// takes to start, and most calls of functions reach no provider. It knows no proxies: a Lambda function has none.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    reach: Reach,
    connect_timeout: Duration,
    made: Arc<OnceLock<Option<Client<Connector, SdkBody>>>>,
}

/// Words for a machine that cannot tell a provider from somebody else.
pub(crate) const NOBODY_TO_TRUST: &str = "this machine has no certificate authorities to trust";

impl Transport {
    /// Connections are there within the timeout, TLS included, or not at all.
    pub(crate) fn new(reach: Reach, connect_timeout: Duration) -> Self {
        Self {
            reach,
            connect_timeout,
            made: Arc::default(),
        }
    }

    /// Sends a request, by a connection that is open still or a fresh one; `None` where there is [nobody to
    /// trust](NOBODY_TO_TRUST). It follows no redirect: a provider's API has none, and a header with a key must not follow one.
    pub(crate) fn send(&self, request: http::Request<SdkBody>) -> Option<ResponseFuture> {
        let made = self.made.get_or_init(|| self.client());
        made.as_ref().map(|client| client.request(request))
    }

    fn client(&self) -> Option<Client<Connector, SdkBody>> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(self.connect_timeout));
        let connector = Connector {
            inner: HttpsConnector::from((tcp, tls(self.reach)?)),
            timeout: self.connect_timeout,
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Some(client)
    }
}

/// How TLS is spoken. The machine's authorities are read once in a process.
fn tls(reach: Reach) -> Option<Arc<ClientConfig>> {
    static OF_THIS_MACHINE: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();
    match reach {
        Reach::ThisMachine => trusting(RootCertStore::empty()),
        Reach::Internet => {
            let made = OF_THIS_MACHINE.get_or_init(|| {
                let mut roots = RootCertStore::empty();
                let found = rustls_native_certs::load_native_certs().certs;
                let (trusted, _) = roots.add_parsable_certificates(found);
                trusting(roots).filter(|_| trusted > 0)
            });
            made.clone()
        }
    }
}

fn trusting(roots: RootCertStore) -> Option<Arc<ClientConfig>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Some(Arc::new(config))
}

/// hyper's limit is for TCP alone; ours is for names and TLS as well.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    inner: HttpsConnector<HttpConnector>,
    timeout: Duration,
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Fault = Box<dyn Error + Send + Sync>;

impl Service<http::Uri> for Connector {
    type Response = Stream;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Fault>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, address: http::Uri) -> Self::Future {
        let connected = tokio::time::timeout(self.timeout, self.inner.call(address));
        Box::pin(async move { connected.await? })
    }
}
