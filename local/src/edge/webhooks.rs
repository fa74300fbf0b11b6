//! `/webhooks/…`: HTTP carried over to the handlers, byte for byte.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::post,
};
use comanda_tasks::{http::WebhookRequest, webhooks};

use super::{
    Edge,
    answer::{error, respond},
};

/// Providers' events are a few kilobytes; Lambda itself would take six megabytes.
const BODY_BYTES: usize = 256 * 1024;

pub(super) fn router() -> Router<Arc<Edge>> {
    Router::new()
        .route("/webhooks/asaas/{tenant_route}", post(asaas))
        .route("/webhooks/twilio", post(twilio))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn asaas(
    State(edge): State<Arc<Edge>>,
    Path(tenant_route): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match request(&edge, &uri, &headers, body) {
        Ok(request) => {
            respond(webhooks::asaas::receive(&edge.ports, &tenant_route, &request).await)
        }
        Err(refusal) => refusal,
    }
}

async fn twilio(
    State(edge): State<Arc<Edge>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match request(&edge, &uri, &headers, body) {
        Ok(request) => respond(webhooks::twilio::receive(&edge.ports, &request).await),
        Err(refusal) => refusal,
    }
}

#[expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself, made once"
)]
fn request(
    edge: &Edge,
    uri: &Uri,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<WebhookRequest, Response> {
    let body = body.map_err(|_| too_large(BODY_BYTES))?;
    let headers: BTreeMap<_, _> = headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    Ok(WebhookRequest {
        // The public address is configuration; `Host` is whatever the caller says.
        url: format!("{}{uri}", edge.url),
        headers,
        body: body.to_vec(),
    })
}

/// A body beyond the limit, or one that broke off.
pub(super) fn too_large(limit: usize) -> Response {
    error(
        StatusCode::PAYLOAD_TOO_LARGE,
        "BODY_NOT_READ",
        &format!("the body broke off, or is longer than {limit} bytes"),
        None,
    )
}
