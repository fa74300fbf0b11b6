//! Talks HTTP to a running `comanda up`, or to a deployment on AWS, whose operators sign what they ask.

mod signature;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::{arguments::StackAddress, failure::Failure, verbs::aws};

/// Where a stack answers.
#[derive(Debug, Clone)]
pub struct StackClient {
    base: String,
    /// That its requests are signed for; nobody asks for that on this machine.
    region: Option<String>,
    http: reqwest::Client,
}

impl StackClient {
    /// An `https://` address is a deployment on AWS; any other is on this machine.
    pub fn of(stack: &StackAddress) -> Result<Self, Failure> {
        let is_aws = stack.url.starts_with("https://");
        Self::at(&stack.url, is_aws.then(|| stack.region.clone()))
    }

    /// For what plays a party of the local stack, which a deployment has nobody for.
    pub fn of_simulators(stack: &StackAddress) -> Result<Self, Failure> {
        if stack.url.starts_with("https://") {
            return Err(Failure::usage(format!(
                "this plays a party of the local stack, and {} is a deployment",
                stack.url
            ))
            .help("name the local stack: --url http://127.0.0.1:4500"));
        }
        Self::of(stack)
    }

    /// The stack of this machine at `base`: `http://127.0.0.1:4500`.
    pub fn new(base: &str) -> Result<Self, Failure> {
        Self::at(base, None)
    }

    fn at(base: &str, region: Option<String>) -> Result<Self, Failure> {
        // reqwest will not build without a TLS provider, though a stack on this machine speaks plain HTTP. An error
        // means that another part of the process chose one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30));
        let http = match region {
            Some(_) => http,
            None => http.no_proxy().tls_certs_only([]),
        };
        let http = http
            .build()
            .map_err(|error| Failure::new(format!("the HTTP client cannot start: {error}")))?;
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            region,
            http,
        })
    }

    /// Whether it is this machine's, which has more to say than AWS.
    pub fn is_local(&self) -> bool {
        self.region.is_none()
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, None).await
    }

    /// Changes.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Removes.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::DELETE, path, None).await
    }

    /// Replaces.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Method::PUT, path, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut request = request
            .build()
            .map_err(|error| Failure::usage(format!("{} is no address: {error}", self.base)))?;
        if let Some(region) = &self.region {
            let config = aws::config(aws::ITSELF, region).await;
            signature::sign(&mut request, &config).await?;
        }
        let response = self
            .http
            .execute(request)
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let text = response
            .text()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if status.is_success() {
            return serde_json::from_str(&text).map_err(|error| {
                Failure::new(format!("the stack's answer to {path} is not JSON: {error}"))
            });
        }
        Err(refusal(status, &text))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        if error.is_connect() {
            let nobody = Failure::usage(format!("nothing is listening at {}", self.base));
            if self.is_local() {
                nobody.help("start the stack in another terminal: cargo run -- up")
            } else {
                nobody.help("is it the domain of the stage, as cdk/stages.json has it?")
            }
        } else {
            Failure::new(format!("{} did not answer: {error}", self.base))
        }
    }
}

/// `{"error": {"code", "message", "customerMessage", "help"}}`, or whatever else came.
fn refusal(status: StatusCode, text: &str) -> Failure {
    let body: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let error = body.get("error").unwrap_or(&Value::Null);
    let word = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut failure = Failure::new(
        word("message").unwrap_or_else(|| format!("the stack answered {status}: {text}")),
    );
    failure.code = word("code");
    failure.customer_message = word("customerMessage");
    failure.help = word("help");
    // What API Gateway says before our code is asked.
    let is_gateways = error.is_null() && status == StatusCode::FORBIDDEN;
    if is_gateways {
        failure.help = Some(
            "the credentials need execute-api:Invoke on the API, and --region is the API's"
                .to_owned(),
        );
    }
    failure
}
