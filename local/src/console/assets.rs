//! Style, scripts and icon, from the binary.

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Below `/console/`. Never cached: another build may be behind the same port tomorrow.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let files: [(&str, &str, &str); 6] = [
        (
            "/console/htmx.min.js",
            SCRIPT,
            include_str!("assets/htmx.min.js"),
        ),
        (
            "/console/hx-sse.min.js",
            SCRIPT,
            include_str!("assets/hx-sse.min.js"),
        ),
        (
            "/console/console.js",
            SCRIPT,
            include_str!("assets/console.js"),
        ),
        (
            "/console/console.css",
            STYLE,
            include_str!("assets/console.css"),
        ),
        (
            "/console/graph.css",
            STYLE,
            comanda_codegen::graph::svg::STYLE,
        ),
        (
            "/console/icon.svg",
            "image/svg+xml",
            include_str!("assets/icon.svg"),
        ),
    ];
    files
        .into_iter()
        .fold(Router::new(), |router, (path, kind, text)| {
            let answer = move || async move {
                ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text).into_response()
            };
            router.route(path, get(answer))
        })
}
