//! Secrets through the AWS Parameters and Secrets Lambda Extension: a plain HTTP call on the function's own machine,
//! cached there, without another SDK crate to build and load.

use comanda_tasks::ports::{Answer, OutageError, Secrets};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{config::SecretsEndpoint, http::Client, outage};

const PARTY: &str = "secrets";
const TOKEN_HEADER: &str = "X-Aws-Parameters-Secrets-Token";
/// How Secrets Manager says that there is no such secret; the extension passes it on in its text.
const NOT_FOUND: &str = "ResourceNotFoundException";
const DENIED: &str = "AccessDenied";

/// Reads secrets from the extension.
pub(crate) struct ExtensionSecrets {
    client: Client,
    endpoint: SecretsEndpoint,
}

impl ExtensionSecrets {
    pub(crate) fn new(client: Client, endpoint: SecretsEndpoint) -> Self {
        Self { client, endpoint }
    }
}

/// The part of `GetSecretValue`'s answer that we use.
#[derive(Deserialize)]
struct SecretValue {
    #[serde(rename = "SecretString")]
    secret_string: String,
}

impl Secrets for ExtensionSecrets {
    fn get<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<SecretString>, OutageError> {
        Box::pin(async move {
            let address = format!("{}/secretsmanager/get", self.endpoint.url);
            let request = self.client.get(address).query(&[("secretId", reference)]);
            let request = request.header(TOKEN_HEADER, self.endpoint.token.expose_secret());
            let sent = request.send().await;
            let answer = sent.map_err(|failure| failure.outage(PARTY))?;
            let status = answer.status;
            if status == StatusCode::OK {
                let value: SecretValue = answer
                    .json()
                    .ok_or_else(|| outage::not_done(PARTY, "the answer holds no text secret"))?;
                return Ok(Some(value.secret_string.into()));
            }
            let text = answer.text();
            if status.is_client_error() && text.contains(NOT_FOUND) {
                return Ok(None);
            }
            let detail = format!("HTTP {}", status.as_u16());
            // The function may not, and may not tomorrow: a policy or a key is missing.
            Err(
                if status == StatusCode::FORBIDDEN || text.contains(DENIED) {
                    outage::refused(PARTY, detail)
                } else {
                    outage::not_done(PARTY, detail)
                },
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        extract::{Query, Request},
        http::StatusCode,
        routing::get,
    };
    use std::collections::HashMap;

    use super::*;
    use crate::{
        http::transport::Reach,
        outage::{not_done, refused},
    };

    async fn extension(
        Query(parameters): Query<HashMap<String, String>>,
        request: Request,
    ) -> (StatusCode, &'static str) {
        let trusted = request
            .headers()
            .get(TOKEN_HEADER)
            .is_some_and(|token| token == "session");
        match parameters.get("secretId").map(String::as_str) {
            _ if !trusted => (StatusCode::FORBIDDEN, "not authorized"),
            Some("comanda/pizzaria/asaas") => (
                StatusCode::OK,
                r#"{"Name":"x","SecretString":"$aact_1","VersionId":"1"}"#,
            ),
            Some("comanda/broken/asaas") => (StatusCode::OK, r#"{"SecretBinary":"AA=="}"#),
            _ => (
                StatusCode::BAD_REQUEST,
                "failed to fetch secret: ResourceNotFoundException: can't find the specified secret",
            ),
        }
    }

    async fn check(token: &str, reference: &str, expected: Result<Option<&str>, OutageError>) {
        let router = Router::new().route("/secretsmanager/get", get(extension));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let endpoint = SecretsEndpoint {
            url,
            token: token.into(),
        };
        let secrets = ExtensionSecrets::new(Client::new(Reach::ThisMachine), endpoint);
        let answer = secrets.get(reference).await;
        let answer = answer.map(|found| found.map(|value| value.expose_secret().to_owned()));
        assert_eq!(answer, expected.map(|found| found.map(str::to_owned)));
    }

    #[tokio::test]
    async fn reads_what_the_extension_answers() {
        check("session", "comanda/pizzaria/asaas", Ok(Some("$aact_1"))).await;
        check("session", "comanda/nobody/asaas", Ok(None)).await;
        let binary = not_done(PARTY, "the answer holds no text secret");
        check("session", "comanda/broken/asaas", Err(binary)).await;
        check(
            "stranger",
            "comanda/pizzaria/asaas",
            Err(refused(PARTY, "HTTP 403")),
        )
        .await;
    }
}
