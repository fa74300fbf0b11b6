//! DynamoDB: `dynoxide` in this process, behind a loopback port of its own, because its server is its only door.
//!
//! This file opens the database, makes our tables, and carries requests over. What DynamoDB does is dynoxide's business.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use dynoxide::Database;
use hyper_util::{
    client::legacy::Client, client::legacy::connect::HttpConnector, rt::TokioExecutor,
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::error::ApiError;

/// Answers of DynamoDB are at most 16 MB (`BatchGetItem`), and some room for JSON.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// SQLite's words for a disk that does not do what it is asked.
const DISK_FAILED: [&str; 2] = ["disk I/O error", "disk is full"];

/// Why DynamoDB is not there.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The file cannot be opened.
    #[error("cannot open the tables: {0}")]
    Open(String),
    /// A write failed. Nothing was written since, and nothing will be.
    #[error("the tables stopped after a failed write, nothing more is accepted: {0}")]
    Stopped(String),
    /// No loopback port could be had.
    #[error("cannot listen for DynamoDB: {0}")]
    Listen(#[from] std::io::Error),
}

/// The embedded database and the way to it.
pub struct DynamoDb {
    address: SocketAddr,
    client: Client<HttpConnector, Body>,
    server: Mutex<Option<JoinHandle<()>>>,
    /// Turns to the reason when dynoxide could not write or read its file.
    stopped: watch::Sender<Option<String>>,
}

impl DynamoDb {
    /// Opens the tables in `file`, or in memory, and serves them until `closing` turns true.
    pub async fn start(
        file: Option<&Path>,
        mut closing: watch::Receiver<bool>,
    ) -> Result<Self, DynamoDbError> {
        let opened = match file {
            None => Database::memory(),
            Some(file) => Database::new(&file.to_string_lossy()),
        };
        let database = opened.map_err(|error| DynamoDbError::Open(error.to_string()))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            let closed = async move {
                // An error means that the stack is gone, which is as good.
                let _ = closing.wait_for(|closing| *closing).await;
            };
            if let Err(reason) =
                dynoxide::server::serve_with_shutdown(listener, database, closed).await
            {
                tracing::error!(%reason, "DynamoDB stopped");
            }
        });
        Ok(Self {
            address,
            client: Client::builder(TokioExecutor::new()).build_http(),
            server: Mutex::new(Some(server)),
            stopped: watch::Sender::new(None),
        })
    }

    /// Turns to the reason when the file failed. Whoever runs the stack watches it and ends the process.
    #[must_use]
    pub fn stopped(&self) -> watch::Receiver<Option<String>> {
        self.stopped.subscribe()
    }

    /// Carries one request over, with the headers that matter to DynamoDB.
    ///
    /// INVARIANT: after an answer that says that the disk failed, nothing is carried over any more. What the disk holds
    /// after a failed `fsync` is unknown, and a second try may seem to succeed without having written anything.
    pub async fn forward(&self, headers: &HeaderMap, body: Body) -> Response {
        if self.stopped.borrow().is_some() {
            return unavailable("the tables stopped after a failed write");
        }
        let mut request = Request::post(format!("http://{}/", self.address));
        for name in [
            "content-type",
            "x-amz-target",
            "authorization",
            "x-amz-date",
        ] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let Ok(request) = request.body(body) else {
            return unavailable("the request cannot be carried over");
        };
        match self.client.request(request).await {
            Ok(response) if response.status() == StatusCode::INTERNAL_SERVER_ERROR => {
                self.failed(response.map(Body::new)).await
            }
            Ok(response) => response.map(Body::new).into_response(),
            Err(error) => unavailable(&error.to_string()),
        }
    }

    /// An answer that says that dynoxide failed. If its disk did, it was the last one.
    async fn failed(&self, answer: axum::http::Response<Body>) -> Response {
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, ANSWER_BYTES).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        if let Some(words) = DISK_FAILED.into_iter().find(|words| text.contains(words)) {
            tracing::error!(reason = words, "the tables stop: the disk failed");
            self.stopped.send_replace(Some(words.to_owned()));
        }
        axum::http::Response::from_parts(parts, Body::from(body)).into_response()
    }

    /// Calls an operation from inside the stack; the error is DynamoDB's own answer.
    pub async fn call(&self, operation: &str, input: &Value) -> Result<Value, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        if let Ok(target) = HeaderValue::from_str(&format!("DynamoDB_20120810.{operation}")) {
            headers.insert("x-amz-target", target);
        }
        headers.insert("x-amz-date", HeaderValue::from_static("20260101T000000Z"));
        // dynoxide looks for the parts of a signature, not at what they say.
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static(
                "AWS4-HMAC-SHA256 Credential=local/20260101/sa-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local",
            ),
        );
        let response = self.forward(&headers, Body::from(input.to_string())).await;
        let status = response.status();
        let failed = |detail: String| ApiError::common("InternalFailure", detail);
        let body = to_bytes(response.into_body(), ANSWER_BYTES)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let answer: Value =
            serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
        if status.is_success() {
            return Ok(answer);
        }
        Err(ApiError::of_answer(status, &answer))
    }

    /// Waits until the database is closed; `closing` must have turned true.
    pub async fn closed(&self) {
        let server = {
            let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
            server.take()
        };
        if let Some(server) = server {
            // It has said why, if it failed.
            let _ = server.await;
        }
    }
}

fn unavailable(detail: &str) -> Response {
    let mut error = ApiError::common("ServiceUnavailable", detail);
    error.status = StatusCode::SERVICE_UNAVAILABLE;
    error.into_response()
}
