//! HTTP carried over to the addresses of `comanda_tasks::routes`, byte for byte, and their answers back.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::any,
};
use comanda_tasks::{
    http::{Answer, Request},
    routes::{self, BODY_BYTES_MAX, Entrance},
};

use super::Edge;

/// `/api/…` and `/webhooks/…`.
pub(super) fn router() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/{*rest}", any(answer))
        .route("/webhooks/{*rest}", any(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

async fn answer(
    State(edge): State<Arc<Edge>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else {
        return respond(routes::body_not_read());
    };
    let headers = headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let request = Request {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let entrance = Entrance {
        ports: &edge.ports,
        url: &edge.url,
        default_shop: Some(&edge.default_shop),
        function: None,
    };
    respond(routes::answer(entrance, &request).await)
}

/// A handler's answer as HTTP.
pub(super) fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(answer.body)).into_response()
}
