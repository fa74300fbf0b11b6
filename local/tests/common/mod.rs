//! A stack on a port of its own with three functions, and the real SDK's clients for it.
#![allow(dead_code, reason = "not every test target needs all of it")]

pub mod executions;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sfn::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
    },
    error::BoxError,
};
use comanda_local::{
    aws::{AwsStack, Data, FunctionError, LambdaInvoker},
    scheduler::Boxed,
};
use comanda_tasks_aws::SystemClock;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// `echo` gives its payload back, `refuse` fails with it, `keep` keeps the token in it.
#[derive(Default)]
pub struct Functions {
    tokens: Mutex<Vec<String>>,
}

impl LambdaInvoker for Functions {
    fn invoke(&self, name: &str, payload: Value) -> Boxed<Option<Result<Value, FunctionError>>> {
        let answer = match name {
            "echo" => Some(Ok(payload)),
            "refuse" => Some(Err(FunctionError {
                error_type: "Refusal.TooSmall".to_owned(),
                error_message: payload.to_string(),
            })),
            "keep" => {
                let token = payload["token"].as_str().expect("a token").to_owned();
                self.tokens.lock().expect("unpoisoned").push(token);
                Some(Ok(Value::Null))
            }
            _ => None,
        };
        Box::pin(async { answer })
    }
}

/// A running stack; dropping it leaves the server to the runtime's end.
pub struct Running {
    pub stack: Arc<AwsStack>,
    pub url: String,
    functions: Arc<Functions>,
    server: JoinHandle<()>,
}

impl Running {
    /// Starts a stack that keeps nothing.
    pub async fn ephemeral() -> Self {
        Self::start(Data::Ephemeral).await
    }

    /// Starts a stack on a directory.
    pub async fn on(directory: PathBuf) -> Self {
        Self::start(Data::Directory(directory)).await
    }

    async fn start(data: Data) -> Self {
        let stack = AwsStack::open(data, Arc::new(SystemClock)).await;
        let stack = Arc::new(stack.expect("the stack opens"));
        let functions = Arc::new(Functions::default());
        stack.run_with(Arc::clone(&functions) as Arc<dyn LambdaInvoker>);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let served = Arc::clone(&stack);
        let server = tokio::spawn(async move {
            served.serve(listener).await.expect("it serves to the end");
        });
        Self {
            stack,
            url,
            functions,
            server,
        }
    }

    /// The SDK's configuration for this stack.
    pub async fn sdk(&self) -> SdkConfig {
        sdk(&self.url).await
    }

    /// Waits until `keep` was called.
    pub async fn kept_token(&self) -> String {
        for _ in 0..500 {
            if let Some(token) = self.functions.tokens.lock().expect("unpoisoned").pop() {
                return token;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("`keep` is not called");
    }

    /// Closes the stack and waits for its end.
    pub async fn close(self) {
        self.stack.close();
        self.server.await.expect("the server ends");
        self.stack.closed().await;
    }
}

/// The SDK's configuration for a stack at this address.
pub async fn sdk(url: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("sa-east-1"))
        .endpoint_url(url)
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
                    aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
                ))
                .build_https(),
        )
        .test_credentials()
        .load()
        .await
}

/// A client that does not put `sync-` before the host of `StartSyncExecution`: `sync-127.0.0.1` is no host.
pub fn without_host_prefix(sdk: &SdkConfig) -> aws_sdk_sfn::Client {
    let config = aws_sdk_sfn::config::Builder::from(sdk).interceptor(WithoutHostPrefix);
    aws_sdk_sfn::Client::from_conf(config.build())
}

#[derive(Debug)]
struct WithoutHostPrefix;

impl Intercept for WithoutHostPrefix {
    fn name(&self) -> &'static str {
        "WithoutHostPrefix"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let address = request.uri().replacen("://sync-", "://", 1);
        request.set_uri(address)?;
        Ok(())
    }
}
