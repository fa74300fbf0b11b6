//! `/api/…`: HTTP carried over to the calls of `comanda_tasks::api`.
//!
//! A call names its store by `clientId` and `storeId` in the query; without them it is the stack's first store. Who may
//! see which store is a question for a gateway in front of this, which a machine of one's own does not have.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use comanda_tasks::api::{self, Listing, Shop};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    Edge,
    answer::{error, respond},
    webhooks::too_large,
};

/// More than any order needs; the calls themselves say more precisely what is too much.
const BODY_BYTES: usize = 256 * 1024;

pub(super) fn router() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/orders", post(place).get(list))
        .route("/api/orders/{name}", get(show))
        .route("/api/orders/{name}/messages", get(messages))
        .route("/api/orders/{name}/cancel", post(cancel))
        .route("/api/orders/{name}/payment-method", post(choose_method))
        .route("/api/customers/{name}", get(customer).delete(erase))
        .route("/api/customers/{name}/export", get(export))
        .route("/api/parked-events", get(parked_events))
        .route("/api/exceptions", get(exceptions))
        .route("/api/exceptions/close", post(close_exception))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// Which store, and for lists which part of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    client_id: Option<String>,
    store_id: Option<String>,
    search: Option<String>,
    status: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

type Parameters = Result<Query<Asked>, QueryRejection>;
type Body = Result<Bytes, BytesRejection>;

impl Edge {
    /// The store that a call names, or what is wrong with its query.
    #[expect(
        clippy::result_large_err,
        reason = "a refusal is the response itself, made once"
    )]
    fn shop(&self, parameters: Parameters) -> Result<(Shop, Asked), Response> {
        let Query(asked) = parameters.map_err(|rejection| {
            error(
                StatusCode::BAD_REQUEST,
                "MALFORMED_REQUEST",
                &rejection.body_text(),
                Some("the query takes clientId, storeId, search, status, limit and cursor"),
            )
        })?;
        let or = |asked: &Option<String>, default: String| asked.clone().unwrap_or(default);
        let tenant = or(&asked.client_id, self.default_shop.client_id.to_string());
        let store = or(&asked.store_id, self.default_shop.store_id.to_string());
        let shop = Shop::parse(&tenant, &store).map_err(respond)?;
        Ok((shop, asked))
    }
}

async fn place(State(edge): State<Arc<Edge>>, body: Body) -> Response {
    match body {
        Ok(body) => respond(api::place_order(&edge.ports, &body).await),
        Err(_) => too_large(BODY_BYTES),
    }
}

async fn list(State(edge): State<Arc<Edge>>, parameters: Parameters) -> Response {
    let (shop, asked) = match edge.shop(parameters) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if let Some(text) = &asked.search {
        return respond(api::find(&edge.ports, &shop, text).await);
    }
    let listing = Listing {
        status: asked.status,
        limit: asked.limit,
        cursor: asked.cursor,
    };
    respond(api::list_orders(&edge.ports, &shop, &listing).await)
}

async fn show(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Response {
    match edge.shop(parameters) {
        Ok((shop, _)) => respond(api::show_order(&edge.ports, &shop, &name).await),
        Err(refusal) => refusal,
    }
}

async fn messages(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Response {
    match edge.shop(parameters) {
        Ok((shop, _)) => respond(api::messages(&edge.ports, &shop, &name).await),
        Err(refusal) => refusal,
    }
}

async fn cancel(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    parameters: Parameters,
    body: Body,
) -> Response {
    match edge.read(parameters, body) {
        Ok((shop, request)) => respond(api::cancel_order(&edge.ports, &shop, &name, request).await),
        Err(refusal) => refusal,
    }
}

async fn choose_method(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    parameters: Parameters,
    body: Body,
) -> Response {
    match edge.read(parameters, body) {
        Ok((shop, request)) => {
            respond(api::choose_payment_method(&edge.ports, &shop, &name, request).await)
        }
        Err(refusal) => refusal,
    }
}

async fn customer(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Response {
    match edge.shop(parameters) {
        Ok((shop, _)) => respond(api::show_customer(&edge.ports, &shop, &name).await),
        Err(refusal) => refusal,
    }
}

async fn export(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Response {
    match edge.shop(parameters) {
        Ok((shop, _)) => respond(api::export_customer(&edge.ports, &shop, &name).await),
        Err(refusal) => refusal,
    }
}

async fn erase(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Response {
    match edge.shop(parameters) {
        Ok((shop, _)) => respond(api::erase_customer(&edge.ports, &shop, &name).await),
        Err(refusal) => refusal,
    }
}

async fn parked_events(State(edge): State<Arc<Edge>>, parameters: Parameters) -> Response {
    match edge.shop(parameters) {
        Ok((shop, _)) => respond(api::parked_events(&edge.ports, &shop.client_id).await),
        Err(refusal) => refusal,
    }
}

async fn exceptions(State(edge): State<Arc<Edge>>, parameters: Parameters) -> Response {
    match edge.shop(parameters) {
        Ok((shop, _)) => respond(api::exceptions(&edge.ports, &shop.client_id).await),
        Err(refusal) => refusal,
    }
}

async fn close_exception(
    State(edge): State<Arc<Edge>>,
    parameters: Parameters,
    body: Body,
) -> Response {
    match edge.read::<api::CloseRequest>(parameters, body) {
        Ok((shop, request)) => {
            respond(api::close_exception(&edge.ports, &shop.client_id, &request).await)
        }
        Err(refusal) => refusal,
    }
}

impl Edge {
    /// The store and the body of a call that changes something.
    #[expect(
        clippy::result_large_err,
        reason = "a refusal is the response itself, made once"
    )]
    fn read<T: DeserializeOwned>(
        &self,
        parameters: Parameters,
        body: Body,
    ) -> Result<(Shop, T), Response> {
        let (shop, _) = self.shop(parameters)?;
        let body = body.map_err(|_| too_large(BODY_BYTES))?;
        let request = api::parse(&body).map_err(respond)?;
        Ok((shop, request))
    }
}
