//! Calls of the providers over HTTP: what a request is made of, how long it may take, and what became of it.
//! Connections are [`transport`]'s business, and what a status means the caller's.

pub(crate) mod transport;

use std::{fmt::Display, time::Duration};

use aws_smithy_types::body::SdkBody;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use comanda_tasks::ports::OutageError;
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use http_body_util::BodyExt as _;
use serde::{Serialize, de::DeserializeOwned};

use crate::outage;
use transport::{NOBODY_TO_TRUST, Reach, Transport};

/// Every Asaas account made since June 2024 must name its caller (providers §1.1).
const CALLER: &str = concat!("comanda/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A Lambda's webhook and each task leave room for one slow answer and what follows.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The client that all providers share.
#[derive(Clone)]
pub(crate) struct Client {
    transport: Transport,
    timeout: Duration,
}

impl Client {
    pub(crate) fn new(reach: Reach) -> Self {
        Self {
            transport: Transport::new(reach, CONNECT_TIMEOUT),
            timeout: TIMEOUT,
        }
    }

    /// The same, each of whose calls has that long.
    pub(crate) fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) fn get(&self, address: impl Into<String>) -> Request {
        self.request(Method::GET, address)
    }

    pub(crate) fn post(&self, address: impl Into<String>) -> Request {
        self.request(Method::POST, address)
    }

    pub(crate) fn request(&self, method: Method, address: impl Into<String>) -> Request {
        let said = [
            (ACCEPT, HeaderValue::from_static("*/*")),
            (USER_AGENT, HeaderValue::from_static(CALLER)),
        ];
        Request {
            transport: self.transport.clone(),
            method,
            address: address.into(),
            headers: said.into(),
            body: Some(Vec::new()),
            timeout: self.timeout,
        }
    }
}

/// A request that is put together. What cannot be said over HTTP is found when it is sent.
pub(crate) struct Request {
    transport: Transport,
    method: Method,
    address: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// `None` where it could not be written.
    body: Option<Vec<u8>>,
    timeout: Duration,
}

/// What was answered. The body is `None` where it broke off.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    body: Option<Vec<u8>>,
}

/// How a request failed, by what it means for its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is no request.
    NotBuilt,
    /// There is nobody to trust.
    NobodyToTrust,
    /// No connection came about, so that nothing was sent.
    NotConnected,
    /// No answer in time.
    Late,
    /// The connection broke after it was there.
    Lost,
}

impl Request {
    /// More parameters of the address.
    pub(crate) fn query<V: Display>(mut self, parameters: &[(&str, V)]) -> Self {
        for (name, value) in parameters {
            self.address
                .push(if self.address.contains('?') { '&' } else { '?' });
            self.address.push_str(&pair(name, &value.to_string()));
        }
        self
    }

    /// A header, whose value is taken for a secret.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes());
        match (name, HeaderValue::from_str(value)) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                self.headers.push((name, value));
            }
            _ => self.body = None,
        }
        self
    }

    pub(crate) fn basic_auth(self, user: &str, password: &str) -> Self {
        let said = STANDARD.encode(format!("{user}:{password}"));
        self.header(AUTHORIZATION.as_str(), &format!("Basic {said}"))
    }

    pub(crate) fn form(self, fields: &[(&str, String)]) -> Self {
        let fields = fields.iter().map(|(name, value)| pair(name, value));
        let form = fields.collect::<Vec<_>>().join("&");
        self.body("application/x-www-form-urlencoded", Some(form.into_bytes()))
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Self {
        self.body("application/json", serde_json::to_vec(body).ok())
    }

    fn body(mut self, media_type: &'static str, body: Option<Vec<u8>>) -> Self {
        let media_type = HeaderValue::from_static(media_type);
        self.headers.push((CONTENT_TYPE, media_type));
        self.body = self.body.and(body);
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends it once, and reads the answer to its end.
    pub(crate) async fn send(self) -> Result<Answer, Failure> {
        let (transport, timeout) = (self.transport.clone(), self.timeout);
        let request = self.built().ok_or(Failure::NotBuilt)?;
        let answer = transport.send(request).ok_or(Failure::NobodyToTrust)?;
        let until = tokio::time::Instant::now() + timeout;
        let answer = match tokio::time::timeout_at(until, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_connect() => return Err(Failure::NotConnected),
            Ok(Err(_)) => return Err(Failure::Lost),
            Err(_) => return Err(Failure::Late),
        };
        let (head, body) = answer.into_parts();
        let whole = tokio::time::timeout_at(until, body.collect()).await;
        let body = whole.ok().and_then(Result::ok);
        Ok(Answer {
            status: head.status,
            body: body.map(|body| body.to_bytes().into()),
        })
    }

    fn built(self) -> Option<http::Request<SdkBody>> {
        let request = http::Request::builder().method(self.method);
        let mut request = request
            .uri(self.address)
            .body(SdkBody::from(self.body?))
            .ok()?;
        request.headers_mut().extend(self.headers);
        // hyper wants to know whom to call.
        request.uri().host().is_some().then_some(request)
    }
}

impl Answer {
    /// The body, where it is what is hoped for.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }

    /// The body as text, as far as it is one.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body.as_deref().unwrap_or_default()).into_owned()
    }
}

impl Failure {
    /// What it means for the party's caller.
    pub(crate) fn outage(self, party: &'static str) -> OutageError {
        match self {
            Self::NotBuilt => outage::not_done(party, "the request could not be built"),
            Self::NobodyToTrust => outage::not_done(party, NOBODY_TO_TRUST),
            Self::NotConnected => outage::not_done(party, "no connection"),
            Self::Late => outage::unknown(party, "no answer in time"),
            Self::Lost => outage::unknown(party, "the connection broke"),
        }
    }
}

/// A parameter or a field of a form.
fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish()
}

/// Tells somebody on this machine something, and does not wait for an answer for longer than that. Nobody hears of failures.
pub async fn tell_this_machine(
    address: &str,
    header: (&str, &str),
    said: &impl Serialize,
    within: Duration,
) {
    let client = Client::new(Reach::ThisMachine);
    let call = client.post(address).json(said).timeout(within);
    let _ = call.header(header.0, header.1).send().await;
}

#[cfg(test)]
mod tests;
