//! How Asaas says no: always `{"errors":[…]}`, one error at a time (providers §1.2).

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::simulators::DatabaseError;

/// Why the API does not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum AsaasError {
    /// 400 with a code and a Portuguese text.
    #[error("{code}: {description}")]
    Refused {
        code: &'static str,
        description: String,
    },
    /// 401.
    #[error("the access token is missing or wrong")]
    Unauthorised,
    /// 403: a GET that has a body.
    #[error("a GET has a body")]
    BodyInGet,
    /// 404, without a body.
    #[error("there is no such thing in this account")]
    NotFound,
    /// 500.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl AsaasError {
    pub(super) fn refused(code: &'static str, description: impl Into<String>) -> Self {
        Self::Refused {
            code,
            description: description.into(),
        }
    }
}

impl From<rusqlite::Error> for AsaasError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl IntoResponse for AsaasError {
    fn into_response(self) -> Response {
        let errors = |code: &str, description: &str| {
            Json(json!({"errors": [{"code": code, "description": description}]}))
        };
        match self {
            Self::Refused { code, description } => {
                (StatusCode::BAD_REQUEST, errors(code, &description)).into_response()
            }
            Self::Unauthorised => {
                let text = "A chave de API fornecida é inválida";
                (
                    StatusCode::UNAUTHORIZED,
                    errors("invalid_access_token", text),
                )
                    .into_response()
            }
            Self::BodyInGet => StatusCode::FORBIDDEN.into_response(),
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Database(error) => {
                tracing::error!(%error, "the Asaas simulator failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
