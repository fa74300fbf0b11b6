//! AWS' JSON protocols: a request's body in, an answer's body out.

use axum::{
    http::HeaderValue,
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::error::ApiError;

/// Reads a request's body.
pub fn read(body: &[u8]) -> Result<Value, ApiError> {
    // A request without members may come without a body.
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> ApiError {
    ApiError::common("SerializationException", error.to_string())
}

/// Reads the members of a request and lets `work` answer it.
pub async fn call<Request, Answer, Work, Future>(
    request: Value,
    work: Work,
) -> Result<Answer, ApiError>
where
    Request: DeserializeOwned,
    Work: FnOnce(Request) -> Future,
    Future: std::future::Future<Output = Result<Answer, ApiError>>,
{
    work(serde_json::from_value(request).map_err(unreadable)?).await
}

/// Writes what came of it.
pub fn answer<Answer: Serialize>(result: Result<Answer, ApiError>) -> Response {
    let body = result.and_then(|answer| {
        serde_json::to_string(&answer)
            .map_err(|error| ApiError::common("InternalFailure", error.to_string()))
    });
    match body {
        Err(error) => error.into_response(),
        Ok(body) => {
            let mut response = body.into_response();
            response.headers_mut().insert(
                "content-type",
                HeaderValue::from_static("application/x-amz-json-1.0"),
            );
            response
        }
    }
}
