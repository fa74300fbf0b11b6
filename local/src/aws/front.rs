//! The one AWS port: which service a request is for, and what every service has in common.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
    serve::{ListenerExt, TapIo},
};
use tokio::net::{TcpListener, TcpStream};

use super::{Services, error::ApiError, json};

/// The largest request of any service here (DynamoDB's 16 MB), and some room for JSON.
const REQUEST_BYTES: usize = 20 * 1024 * 1024;

/// A listener whose connections send each answer at once: answers are small, and somebody waits for each.
pub(crate) fn answering_at_once(
    listener: TcpListener,
) -> TapIo<TcpListener, impl FnMut(&mut TcpStream)> {
    listener.tap_io(|stream| {
        // Without it answers come later, and no less surely.
        let _ = stream.set_nodelay(true);
    })
}

/// The router of the AWS port.
pub fn router(services: Arc<Services>) -> Router {
    Router::new().fallback(handle).with_state(services)
}

async fn handle(State(services): State<Arc<Services>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if !is_ours(&parts.headers) {
        let mut error = ApiError::common(
            "AccessDeniedException",
            "this port answers programs on this machine, not web pages of other sites",
        );
        error.status = StatusCode::FORBIDDEN;
        return error.into_response();
    }
    if parts.method == Method::GET {
        return "AWS on this machine: DynamoDB, SQS and Step Functions, by X-Amz-Target.\n"
            .into_response();
    }
    let target = parts.headers.get("x-amz-target");
    let Some((service, operation)) = target
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.split_once('.'))
    else {
        return ApiError::common(
            "UnknownOperationException",
            "no X-Amz-Target: of AWS' protocols this port speaks JSON 1.0 and 1.1",
        )
        .into_response();
    };
    if service.starts_with("DynamoDB") {
        return services.dynamodb.forward(&parts.headers, body).await;
    }
    let body = match to_bytes(body, REQUEST_BYTES).await {
        Ok(body) => body,
        Err(error) => {
            return ApiError::common("SerializationException", error.to_string()).into_response();
        }
    };
    let request = match json::read(&body) {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let mut response = match service {
        "AmazonSQS" => {
            let origin = origin(&parts.headers);
            services.sqs.handle(operation, request, &origin).await
        }
        "AWSStepFunctions" => services.step_functions.handle(operation, request).await,
        _ => ApiError::common(
            "UnknownOperationException",
            format!("{service} is not served here"),
        )
        .into_response(),
    };
    if let Ok(id) = HeaderValue::from_str(&services.clock.fresh_id()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

/// How the caller reached us, for URLs that it will use again.
fn origin(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("127.0.0.1"))
}

/// A browser names the page that asks (`Origin`); SDKs do not. A page of another site must not reach this machine's
/// data, nor by a name that it points at this machine (DNS rebinding).
fn is_ours(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_loopback = |name: &str| {
        name == "localhost"
            || name.ends_with(".localhost")
            || name
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback())
    };
    // SDKs put `sync-` in front of the host for `StartSyncExecution`.
    is_loopback(name.strip_prefix("sync-").unwrap_or(name)) && !headers.contains_key(header::ORIGIN)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::is_ours;

    #[track_caller]
    fn check(host: &str, origin: Option<&str>, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert("origin", HeaderValue::from_str(origin).unwrap());
        }
        assert_eq!(is_ours(&headers), expected, "{host} {origin:?}");
    }

    #[test]
    fn programs_of_this_machine_are_answered_and_web_pages_are_not() {
        check("127.0.0.1:4566", None, true);
        check("localhost:4566", None, true);
        check("sqs.localhost:4566", None, true);
        check("sync-localhost:4566", None, true);
        check("[::1]:4566", None, true);
        check("evil.example:4566", None, false);
        check("127.0.0.1.evil.example", None, false);
        check("sync-evil.example:4566", None, false);
        check("localhost:4566", Some("https://evil.example"), false);
    }
}
