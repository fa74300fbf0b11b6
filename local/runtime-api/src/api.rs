//! The four calls of the Runtime API (`next`, `response`, `error`, `init/error`) on a port of the process's own, by which
//! it is known.

use std::{io, net::Ipv4Addr, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

use crate::failure::{Failure, Posted};

/// What Lambda takes as an answer.
const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024;

/// An invocation on its way to the process.
pub(crate) struct Handed {
    pub(crate) request_id: String,
    pub(crate) deadline_milliseconds: u64,
    pub(crate) payload: Vec<u8>,
}

/// What the process tells.
pub(crate) enum Told {
    /// The answer to an invocation.
    Answer(String, Vec<u8>),
    /// An invocation's error.
    Error(String, Failure),
    /// It cannot start.
    NotStarted(Failure),
}

struct Api {
    function_arn: String,
    work: Mutex<mpsc::Receiver<Handed>>,
    tell: mpsc::Sender<Told>,
}

/// Serves it; answers `127.0.0.1:<port>`.
pub(crate) async fn serve(
    function_arn: String,
    work: mpsc::Receiver<Handed>,
    tell: mpsc::Sender<Told>,
) -> io::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?.to_string();
    let api = Api {
        function_arn,
        work: Mutex::new(work),
        tell,
    };
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route(
            "/2018-06-01/runtime/invocation/{id}/response",
            post(response),
        )
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(ANSWER_BYTES_MAX))
        .with_state(Arc::new(api));
    let serving = tokio::spawn(async move {
        // It ends with the environment; a port that fails before is seen by the process, whose end is told.
        let _ = axum::serve(listener, router).await;
    });
    Ok((address, serving))
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    let Some(handed) = api.work.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("lambda-runtime-aws-request-id", handed.request_id),
        (
            "lambda-runtime-deadline-ms",
            handed.deadline_milliseconds.to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            api.function_arn.clone(),
        ),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), value));
    (headers, handed.payload).into_response()
}

async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response {
    taken(&api, Told::Answer(id, body.to_vec())).await
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response {
    taken(&api, Told::Error(id, posted(&body).failure(false))).await
}

async fn init_error(State(api): State<Arc<Api>>, body: Bytes) -> Response {
    taken(&api, Told::NotStarted(posted(&body).failure(true))).await
}

fn posted(body: &[u8]) -> Posted {
    serde_json::from_slice(body).unwrap_or_default()
}

async fn taken(api: &Api, told: Told) -> Response {
    // Nobody listens any more where the environment has ended.
    let _ = api.tell.send(told).await;
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}
