//! Who may use the console: a browser on this machine that looks at the console itself.
//!
//! Listening on loopback keeps other machines out, but not other pages in the same browser: one could post to us (a
//! form needs no permission), or point its own name at 127.0.0.1 and read what we answer.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::Response,
};

use super::shell::notice;

/// Our own files only; no inline script or style, so that a text on a page can never become one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Refuses foreign names and foreign pages, and sets what browsers must keep to.
pub async fn guard(request: Request, next: Next) -> Response {
    if !called_by_its_name(request.headers())
        || !asked_by_itself(request.method(), request.headers())
    {
        return notice(
            StatusCode::FORBIDDEN,
            "Not from there",
            "The console answers only its own pages, on this machine.",
            &[],
        );
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// The name in the address is this machine's own.
fn called_by_its_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// Whoever changes something does so from one of our pages. Programs send no origin and are welcome.
fn asked_by_itself(method: &Method, headers: &HeaderMap) -> bool {
    if method == Method::GET || method == Method::HEAD {
        return true;
    }
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    match (text(ORIGIN), text(HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.strip_prefix("http://") == Some(host),
        (Some(_), None) => false,
    }
}
