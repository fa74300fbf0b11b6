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
    api::Shop,
    http::{Answer, Request},
    routes::{self, BODY_BYTES_MAX, Entrance},
};

use super::{Behind, Edge, function_name};
use crate::processes::events;

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
    respond(answered(&edge, request).await)
}

async fn answered(edge: &Edge, request: Request) -> Answer {
    let entrance = Entrance {
        ports: &edge.ports,
        url: &edge.url,
        default_shop: Some(&edge.default_shop),
        function: None,
    };
    match (&edge.behind, routes::function_of(&request)) {
        (Behind::Functions(functions), Some(function)) => {
            let request = events::request(&with_default_shop(request, &edge.default_shop));
            let answer = functions.invoke(&function_name(function), request).await;
            let answer = answer.and_then(Result::ok);
            answer.map_or_else(events::failed, events::answer)
        }
        _ => routes::answer(entrance, &request).await,
    }
}

/// Functions know no store that is meant by itself; on a machine of one's own there is one, of its own tenant.
fn with_default_shop(request: Request, shop: &Shop) -> Request {
    let mut query = request.query.clone();
    let mut tenants = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("clientId="));
    if tenants.any(|tenant| tenant != shop.client_id.as_str()) {
        return request;
    }
    let default = [
        ("clientId=", shop.client_id.as_str()),
        ("storeId=", shop.store_id.as_str()),
    ];
    for (key, value) in default {
        let named = query.split('&').any(|pair| pair.starts_with(key));
        if request.path.starts_with("/api/") && !named {
            let and = if query.is_empty() { "" } else { "&" };
            query = format!("{query}{and}{key}{value}");
        }
    }
    Request { query, ..request }
}

/// A handler's answer as HTTP.
pub(super) fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(answer.body)).into_response()
}
