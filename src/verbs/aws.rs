//! How the verbs that play an outside party reach AWS, or the local stack in its place.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// The endpoint that is AWS itself.
pub const ITSELF: &str = "aws";

/// `endpoint` is an address, or [`ITSELF`], with the credentials of the environment or of a profile.
pub async fn config(endpoint: &str, region: &str) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(region.to_owned()));
    if endpoint == ITSELF {
        return loader.load().await;
    }
    let mut loader = loader.endpoint_url(endpoint);
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        // The local stack takes any credentials, but the SDK will not send a request without some.
        loader = loader.test_credentials();
    }
    loader.load().await
}
