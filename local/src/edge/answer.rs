//! Errors of the console port: `{"error": {"code", "message", "help"}}`, as everywhere.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use comanda_tasks::http::Answer;

/// An error of the edge itself.
pub(super) fn error(status: StatusCode, code: &str, message: &str, help: Option<&str>) -> Response {
    respond(Answer::error(status.as_u16(), code, message, help))
}

/// A handler's answer as HTTP.
pub(super) fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(answer.body)).into_response()
}
