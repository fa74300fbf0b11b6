//! The endpoint where our functions read secrets: it speaks as the AWS Parameters and Secrets Lambda Extension does,
//! so that the local stack uses the same client as a Lambda.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

const TOKEN_HEADER: &str = "X-Aws-Parameters-Secrets-Token";

/// The secrets of this stack by reference.
pub struct Extension {
    /// What a caller must show; only this process knows it.
    pub token: SecretString,
    /// Values by reference (`comanda/<tenant>/asaas`).
    pub secrets: RwLock<BTreeMap<String, SecretString>>,
}

impl Extension {
    /// Serves these from now on.
    pub fn serve(&self, secrets: &BTreeMap<String, SecretString>) {
        let mut served = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        served.clone_from(secrets);
    }

    fn get(&self, reference: &str) -> Option<SecretString> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.get(reference).cloned()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    secret_id: String,
}

/// `GET /secretsmanager/get?secretId=…`.
pub fn router(extension: Arc<Extension>) -> Router {
    Router::new()
        .route("/secretsmanager/get", get(answer))
        .with_state(extension)
}

async fn answer(
    State(extension): State<Arc<Extension>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let token = extension.token.expose_secret().as_bytes();
    let shown = headers.get(TOKEN_HEADER).map(|value| value.as_bytes());
    if !shown.is_some_and(|shown| shown.ct_eq(token).into()) {
        return (StatusCode::FORBIDDEN, "the token is missing or wrong").into_response();
    }
    match extension.get(&asked.secret_id) {
        Some(value) => Json(json!({
            "Name": asked.secret_id,
            "SecretString": value.expose_secret(),
            "VersionStages": ["AWSCURRENT"],
        }))
        .into_response(),
        None => (
            StatusCode::BAD_REQUEST,
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        )
            .into_response(),
    }
}
