//! Who may speak to the console port: programs and pages of this machine, under this machine's own names.
//!
//! A page of another site can point its own name at 127.0.0.1 (DNS rebinding) or post a form here. The first shows in
//! `Host`, the second in `Origin`.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, header},
    middleware::Next,
    response::Response,
};
use comanda_tasks::http::Answer;

use super::http::respond;

/// Lets a request through if it comes from this machine under one of its own names.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    if is_ours(request.headers()) {
        return next.run(request).await;
    }
    respond(Answer::error(
        403,
        "NOT_THIS_MACHINE",
        "this address answers pages and programs of this machine only",
        Some("open it as http://127.0.0.1, with the port that `comanda up` printed"),
    ))
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host_is_ours = text(header::HOST).is_some_and(is_loopback);
    let origin_is_ours = match headers.contains_key(header::ORIGIN) {
        false => true,
        true => text(header::ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(is_loopback),
    };
    host_is_ours && origin_is_ours
}

/// Whether this is a name of this machine, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // The last colon of `[::1]` does not begin a port.
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(host: &str, origin: Option<&'static str>, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        assert_eq!(is_ours(&headers), expected, "{host} {origin:?}");
    }

    #[test]
    fn only_this_machines_names_and_pages_are_let_in() {
        check("127.0.0.1:4500", None, true);
        check("localhost:4500", None, true);
        check("LOCALHOST", None, true);
        check("[::1]:4500", None, true);
        check("[::1]", None, true);
        check("127.0.0.1:4500", Some("http://127.0.0.1:4500"), true);
        check("evil.example:4500", None, false);
        check("127.0.0.1.evil.example", None, false);
        check("localhost.evil.example:4500", None, false);
        check("192.168.0.7:4500", None, false);
        check("127.0.0.1:4500", Some("https://evil.example"), false);
        check("127.0.0.1:4500", Some("null"), false);
        check(
            "127.0.0.1:4500",
            Some("http://localhost.evil.example"),
            false,
        );
    }
}
