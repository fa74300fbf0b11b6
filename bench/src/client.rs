//! One kept-alive HTTP connection that speaks AWS' JSON protocol; the same for every server that is measured.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use crate::Failure;

/// Whatever takes longer has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// A connection.
pub struct Client {
    address: String,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects to `host:port`.
    pub async fn connect(address: &str) -> Result<Client, Failure> {
        let sender = connect(address).await?;
        Ok(Client {
            address: address.to_owned(),
            sender,
        })
    }

    /// A call of Step Functions.
    pub async fn states(&mut self, operation: &str, body: &Value) -> Result<Value, Failure> {
        self.call("states", "AWSStepFunctions", operation, body)
            .await
    }

    /// A call of SQS.
    pub async fn sqs(&mut self, operation: &str, body: &Value) -> Result<Value, Failure> {
        self.call("sqs", "AmazonSQS", operation, body).await
    }

    async fn call(
        &mut self,
        service: &str,
        target: &str,
        operation: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let request = Request::post("/")
            .header(header::HOST, &self.address)
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header(header::AUTHORIZATION, credential)
            .header("x-amz-target", format!("{target}.{operation}"))
            .body(Full::new(Bytes::from(serde_json::to_vec(body)?)))?;
        self.ask(request, operation).await
    }

    /// Posts a document to a path that is not AWS'.
    pub async fn post_json(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = Request::post(path)
            .header(header::HOST, &self.address)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(serde_json::to_vec(body)?)))?;
        self.ask(request, path).await
    }

    /// Gets a document.
    pub async fn get_json(&mut self, path: &str) -> Result<Value, Failure> {
        let request = Request::get(path)
            .header(header::HOST, &self.address)
            .body(Full::new(Bytes::new()))?;
        self.ask(request, path).await
    }

    async fn ask(
        &mut self,
        request: Request<Full<Bytes>>,
        operation: &str,
    ) -> Result<Value, Failure> {
        if self.sender.is_closed() {
            // Some servers close a connection after so many requests.
            self.sender = connect(&self.address).await?;
        }
        self.sender.ready().await?;
        let answer = async {
            let response = self.sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, Failure>((status, body))
        };
        let (status, body) = timeout(ANSWER_WITHIN, answer)
            .await
            .map_err(|_| format!("{operation}: no answer within {ANSWER_WITHIN:?}"))??;
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body).into_owned();
            return Err(format!("{operation}: {status}: {text}").into());
        }
        match body.is_empty() {
            true => Ok(Value::Null),
            false => Ok(serde_json::from_slice(&body)?),
        }
    }
}

async fn connect(address: &str) -> Result<http1::SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the connection; what went wrong is seen by whoever sends.
    tokio::spawn(connection);
    Ok(sender)
}
