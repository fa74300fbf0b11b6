//! The AWS SDK's calls by the transport that the providers' calls take: what the SDK wants of a client, and what a failure is
//! in its words, by which it decides whether to try again.

use std::{error::Error, io};

use aws_smithy_runtime_api::client::{
    connection::{CaptureSmithyConnection, ConnectionMetadata},
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use hyper_util::client::legacy::{
    self,
    connect::{CaptureConnection, capture_connection},
};
use tokio::time::error::Elapsed;

use crate::http::transport::{NOBODY_TO_TRUST, Transport};

/// The SDK's client. How long a connection may take is the transport's; how long an attempt, the SDK's own.
#[derive(Debug, Clone)]
pub(crate) struct SdkHttp(pub(crate) Transport);

impl HttpClient for SdkHttp {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for SdkHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return failed(ConnectorError::user(error.into())),
        };
        let captured = capture_connection(&mut request);
        if let Some(connection) = request.extensions().get::<CaptureSmithyConnection>() {
            connection.set_connection_retriever(move || metadata(&captured));
        }
        let Some(answer) = self.0.send(request) else {
            return failed(ConnectorError::user(NOBODY_TO_TRUST.into()));
        };
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(in_its_words)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn failed(error: ConnectorError) -> HttpConnectorFuture {
    HttpConnectorFuture::ready(Err(error))
}

/// The SDK lets no later request have a connection on which one failed.
fn metadata(captured: &CaptureConnection) -> Option<ConnectionMetadata> {
    captured.connection_metadata().as_ref()?;
    let captured = captured.clone();
    let poison = move || {
        if let Some(connection) = captured.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    Some(
        ConnectionMetadata::builder()
            .proxied(false)
            .poison_fn(poison)
            .build(),
    )
}

/// As the SDK's own client tells failures apart.
fn in_its_words(error: legacy::Error) -> ConnectorError {
    let is_io = source::<io::Error>(&error).is_some();
    if source::<Elapsed>(&error).is_some() {
        return ConnectorError::timeout(error.into());
    }
    if error.is_connect() {
        return ConnectorError::io(error.into());
    }
    match source::<hyper::Error>(&error) {
        Some(cause) if cause.is_timeout() => ConnectorError::timeout(error.into()),
        Some(cause) if cause.is_user() => ConnectorError::user(error.into()),
        Some(cause) if cause.is_closed() || cause.is_canceled() || is_io => {
            ConnectorError::io(error.into())
        }
        Some(cause) if cause.is_incomplete_message() => {
            ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
        }
        None if is_io => ConnectorError::io(error.into()),
        _ => ConnectorError::other(error.into(), None),
    }
}

fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let here = error.downcast_ref::<E>();
    here.or_else(|| source(error.source()?))
}
