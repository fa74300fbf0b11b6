//! `/local/tenants`: how `comanda tenant` speaks to a running stack. For programs of this machine; AWS has no such address.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use comanda_tasks::tenants::{SecretPurpose, Tenant};
use serde_json::{Value, json};

use super::{Tenancy, TenancyError};
use crate::stack::Facts;

/// The routes.
pub(crate) fn router(tenancy: Arc<Tenancy>) -> Router {
    Router::new()
        .route("/local/tenants", get(list).post(add))
        .route("/local/tenants/{client}/secrets/{purpose}", post(rotate))
        .with_state(tenancy)
}

async fn list(State(tenancy): State<Arc<Tenancy>>) -> Response {
    let tenants: Vec<Value> = tenancy
        .all()
        .iter()
        .map(|tenant| shown(tenant, &tenancy))
        .collect();
    Json(json!({ "tenants": tenants })).into_response()
}

async fn add(State(tenancy): State<Arc<Tenancy>>, body: Bytes) -> Response {
    let text = String::from_utf8_lossy(&body);
    match tenancy.add(&text).await {
        Ok((tenant, written)) => {
            if let Some(directory) = &tenancy.parts.directory {
                Facts::add_stores(directory, &tenancy.all());
            }
            let rows: Vec<Value> = written
                .into_iter()
                .map(|(what, written)| json!({ "what": what, "written": written }))
                .collect();
            Json(json!({ "tenant": shown(&tenant, &tenancy), "rows": rows })).into_response()
        }
        Err(error) => refused(&error),
    }
}

async fn rotate(
    State(tenancy): State<Arc<Tenancy>>,
    Path((client, purpose)): Path<(String, SecretPurpose)>,
) -> Response {
    match tenancy.rotate(&client, purpose) {
        Ok(names) => Json(json!({ "clientId": client, "secrets": names })).into_response(),
        Err(error) => refused(&error),
    }
}

fn shown(tenant: &Tenant, tenancy: &Tenancy) -> Value {
    let stores: Vec<Value> = tenant
        .stores
        .iter()
        .map(|of| {
            json!({
                "storeId": of.store.store_id, "name": of.store.name,
                "channelAddresses": of.store.channel_addresses, "queueUrl": of.store.queue_url,
            })
        })
        .collect();
    json!({
        "clientId": tenant.client_id, "name": tenant.name, "stores": stores,
        "webhookUrl": format!("{}/webhooks/asaas/{}", tenancy.parts.url, tenant.webhook_route),
    })
}

fn refused(error: &TenancyError) -> Response {
    let (status, code, help) = match error {
        TenancyError::File(_) => (
            StatusCode::BAD_REQUEST,
            "TENANT_FILE",
            "put it right as said, and add it again",
        ),
        TenancyError::Onboard(error) if let Some((code, help)) = error.refusal() => {
            (StatusCode::CONFLICT, code, help)
        }
        TenancyError::AccountIsKept => (
            StatusCode::CONFLICT,
            "ACCOUNT_IS_KEPT",
            "make its token anew: comanda tenant rotate CLIENT messaging-token",
        ),
        TenancyError::QueueTaken { .. } => (
            StatusCode::CONFLICT,
            "QUEUE_TAKEN",
            "give the store another id",
        ),
        TenancyError::Unknown(_) => (
            StatusCode::NOT_FOUND,
            "UNKNOWN_TENANT",
            "see which there are: comanda tenant show",
        ),
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "TENANT_NOT_ADDED",
            "add it again: what was made stays as it is",
        ),
    };
    let message = match error {
        TenancyError::File(problems) => {
            let said: Vec<String> = problems
                .iter()
                .map(|problem| format!("{problem} ({})", problem.help))
                .collect();
            format!("{error}\n  {}", said.join("\n  "))
        }
        error => error.to_string(),
    };
    let body = json!({ "error": { "code": code, "message": message, "help": help } });
    (status, Json(body)).into_response()
}
