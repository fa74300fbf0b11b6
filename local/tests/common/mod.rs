//! A stack on a port of its own, and the real SDK's clients for it.

use std::{path::PathBuf, sync::Arc};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use comanda_local::aws::{AwsStack, Data};
use comanda_tasks_aws::SystemClock;
use tokio::{net::TcpListener, task::JoinHandle};

/// A running stack; dropping it leaves the server to the runtime's end.
pub struct Running {
    pub stack: Arc<AwsStack>,
    pub url: String,
    server: JoinHandle<()>,
}

impl Running {
    /// Starts a stack that keeps nothing.
    pub async fn ephemeral() -> Self {
        Self::start(Data::Ephemeral).await
    }

    /// Starts a stack on a directory.
    #[allow(dead_code, reason = "not every test target keeps something")]
    pub async fn on(directory: PathBuf) -> Self {
        Self::start(Data::Directory(directory)).await
    }

    async fn start(data: Data) -> Self {
        let stack = AwsStack::open(data, Arc::new(SystemClock)).await;
        let stack = Arc::new(stack.expect("the stack opens"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let served = Arc::clone(&stack);
        let server = tokio::spawn(async move {
            served.serve(listener).await.expect("it serves to the end");
        });
        Self { stack, url, server }
    }

    /// The SDK's configuration for this stack.
    pub async fn sdk(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("sa-east-1"))
            .endpoint_url(&self.url)
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

    /// Closes the stack and waits for its end.
    #[allow(dead_code, reason = "not every test target ends its stack")]
    pub async fn close(self) {
        self.stack.close();
        self.server.await.expect("the server ends");
        let stack = Arc::into_inner(self.stack).expect("nobody else has it");
        stack.closed().await;
    }
}
