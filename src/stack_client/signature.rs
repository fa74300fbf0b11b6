//! A request signed as API Gateway wants it of operators (AWS Signature Version 4), by the SDK's own crate.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign as signature_of},
    sign::v4::SigningParams,
};
use reqwest::{
    Request,
    header::{HeaderName, HeaderValue},
};

use crate::failure::Failure;

/// What is called, in the words of signatures.
const SERVICE: &str = "execute-api";

/// Signs with the credentials of this configuration.
pub(super) async fn sign(request: &mut Request, config: &SdkConfig) -> Result<(), Failure> {
    let help = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    let provider = config.credentials_provider();
    let provider =
        provider.ok_or_else(|| Failure::usage("there are no AWS credentials").help(help))?;
    let credentials = provider.provide_credentials().await;
    let credentials = credentials.map_err(|error| {
        Failure::usage(format!("the AWS credentials cannot be had: {error}")).help(help)
    })?;
    let region = config.region().map(ToString::to_string);
    signed(
        request,
        credentials,
        &region.unwrap_or_default(),
        SystemTime::now(),
    )
}

fn signed(
    request: &mut Request,
    credentials: Credentials,
    region: &str,
    now: SystemTime,
) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("the request cannot be signed: {error}"))
    };
    let identity = credentials.into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(&error))?
        .into();
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = request.body().and_then(reqwest::Body::as_bytes);
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.url().as_str(),
        headers,
        SignableBody::Bytes(body.unwrap_or_default()),
    )
    .map_err(|error| failed(&error))?;
    let (instructions, _) = signature_of(signable, &parameters)
        .map_err(|error| failed(&error))?
        .into_parts();
    for (name, value) in instructions.headers() {
        let name = HeaderName::try_from(name).map_err(|error| failed(&error))?;
        let value = HeaderValue::try_from(value).map_err(|error| failed(&error))?;
        request.headers_mut().insert(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use reqwest::{Method, Request, Url};

    use super::{Credentials, signed};

    /// Against signatures that a few lines of Python made by AWS's description of them, with nothing but its HMAC.
    #[test]
    fn requests_are_signed_as_aws_describes_it() {
        let check = |method: Method, address: &str, body: &'static str, expected: &str| {
            let mut request = Request::new(method, Url::parse(address).expect("an address"));
            if !body.is_empty() {
                *request.body_mut() = Some(body.into());
                let json = "application/json".parse().expect("a header");
                request.headers_mut().insert("content-type", json);
            }
            let credentials = Credentials::new(
                "AKIDEXAMPLE",
                "wJalrXUtnFEMI",
                Some("session".into()),
                None,
                "test",
            );
            let now = UNIX_EPOCH + Duration::from_secs(1_780_000_000);
            signed(&mut request, credentials, "sa-east-1", now).expect("signed");
            let header = |name: &str| request.headers()[name].to_str().expect("text");
            assert_eq!(header("x-amz-security-token"), "session");
            assert_eq!(header("authorization"), expected);
        };
        check(
            Method::GET,
            "https://comanda.example/api/orders/0009?clientId=sabor&storeId=centro",
            "",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260528/sa-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=f6f27f369ac315e3b44b78d36d1ceb6786d7da1af1ad3be5d7880937f2b79ad0",
        );
        check(
            Method::POST,
            "https://comanda.example/api/exceptions/close?clientId=sabor",
            r#"{"kind":"ORPHAN_MONEY"}"#,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260528/sa-east-1/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=bd8815761eef3be7889d351947753082960fa4228fd875c6031434700832e318",
        );
    }
}
