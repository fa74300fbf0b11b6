//! Requests of an API Gateway HTTP API (payload format 2.0) as requests of `comanda_tasks::routes`, and answers back.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use comanda_tasks::http::{Answer, Request};
use serde::Deserialize;
use serde_json::{Value, json};

/// The stage whose name is not part of the path.
const DEFAULT_STAGE: &str = "$default";

/// As much of a request as we look at. `Host` is not part of it: our address is configuration.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayRequest {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: RequestContext,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
    #[serde(default)]
    stage: String,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl GatewayRequest {
    /// The request; `None` if its body says that it is base64 and is not.
    pub(crate) fn request(self) -> Option<Request> {
        let body = self.body.unwrap_or_default();
        let body = match self.is_base64_encoded {
            true => STANDARD.decode(body).ok()?,
            false => body.into_bytes(),
        };
        let RequestContext { http, stage } = self.request_context;
        let headers = self.headers.into_iter();
        Some(Request {
            method: http.method,
            path: without_stage(&self.raw_path, &stage).to_owned(),
            query: self.raw_query_string,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
            body,
        })
    }
}

/// A named stage is the first part of the path, and of our public address, which ends with it.
fn without_stage<'a>(path: &'a str, stage: &str) -> &'a str {
    if stage.is_empty() || stage == DEFAULT_STAGE {
        return path;
    }
    let rest = path
        .strip_prefix('/')
        .and_then(|rest| rest.strip_prefix(stage));
    rest.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// An answer as the gateway wants it.
pub(crate) fn response(answer: &Answer) -> Value {
    json!({
        "statusCode": answer.status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": answer.body.to_string(),
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: Value) -> Option<Request> {
        let request: GatewayRequest = serde_json::from_value(event).unwrap();
        request.request()
    }

    fn an_event(stage: &str, path: &str, body: &str, is_base64: bool) -> Value {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "a=%2B1",
            "headers": {"Content-Type": "application/json", "host": "evil.example"},
            "requestContext": {"http": {"method": "POST", "path": path}, "stage": stage, "accountId": "1"},
            "body": body, "isBase64Encoded": is_base64,
        })
    }

    #[test]
    fn a_request_comes_through_byte_for_byte() {
        let plain = read(an_event("$default", "/webhooks/twilio", "olá", false)).unwrap();
        assert_eq!(plain.method, "POST");
        assert_eq!(
            (plain.path.as_str(), plain.query.as_str()),
            ("/webhooks/twilio", "a=%2B1")
        );
        assert_eq!(plain.headers["content-type"], "application/json");
        assert_eq!(plain.body, "olá".as_bytes());
        let encoded = read(an_event("$default", "/webhooks/twilio", "AP8=", true)).unwrap();
        assert_eq!(encoded.body, [0, 255]);
        assert!(read(an_event("$default", "/", "not base64!", true)).is_none());
        let mut bodiless = an_event("$default", "/api/orders", "", false);
        bodiless["body"] = Value::Null;
        assert_eq!(read(bodiless).unwrap().body, b"");
    }

    #[test]
    fn a_named_stage_is_no_part_of_the_path() {
        let path = |stage, path| read(an_event(stage, path, "", false)).unwrap().path;
        assert_eq!(path("prod", "/prod/api/orders"), "/api/orders");
        assert_eq!(path("prod", "/production/api"), "/production/api");
        assert_eq!(path("prod", "/api/orders"), "/api/orders");
        assert_eq!(path("$default", "/$default/x"), "/$default/x");
    }
}
