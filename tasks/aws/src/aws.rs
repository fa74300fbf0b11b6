//! How we speak to AWS: region, time limits, TLS by ring, and the override of the endpoint for the local stack.

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use std::time::Duration;

use crate::{
    config::AwsEndpoint,
    http::transport::{Reach, Transport},
    sdk_http::SdkHttp,
};

/// A Lambda has ten seconds for a webhook's answer; two tries of a slow service must fit in.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPTS: u32 = 3;

/// The configuration that all service clients share.
///
/// Put together by hand: the SDK's own loader brings every place where credentials can be (profiles, STS, instance metadata)
/// into the program, and Lambda has them in the environment.
pub(crate) fn shared_config(endpoint: &AwsEndpoint) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(endpoint.region.clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    match &endpoint.url {
        Some(url) => {
            let builder = builder
                .http_client(client(Reach::ThisMachine))
                .endpoint_url(url);
            builder.credentials_provider(if endpoint.as_role {
                SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
            } else {
                // It must not be left to chance whose real ones would be found.
                let credentials = Credentials::new("local", "local", None, None, "comanda");
                SharedCredentialsProvider::new(credentials)
            })
        }
        None => {
            let credentials = EnvironmentVariableCredentialsProvider::new();
            builder
                .http_client(client(Reach::Internet))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
        }
    }
    .build()
}

fn client(reach: Reach) -> SdkHttp {
    SdkHttp(Transport::new(reach, CONNECT_TIMEOUT))
}
