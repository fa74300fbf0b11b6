//! How Twilio says no (providers §2.4).

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::simulators::DatabaseError;

/// Why the API does not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum TwilioError {
    /// 400 with one of Twilio's codes.
    #[error("{0}: {1}")]
    Refused(u32, String),
    /// 401.
    #[error("the account or its token is wrong")]
    Unauthorised,
    /// 500.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<rusqlite::Error> for TwilioError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl IntoResponse for TwilioError {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::Refused(code, message) => (StatusCode::BAD_REQUEST, code, message),
            Self::Unauthorised => (StatusCode::UNAUTHORIZED, 20_003, "Authenticate".to_owned()),
            Self::Database(error) => {
                tracing::error!(%error, "the Twilio simulator failed");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let body = json!({
            "code": code, "message": message, "status": status.as_u16(),
            "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        });
        (status, Json(body)).into_response()
    }
}
