//! Requests from outside and our answers, without an HTTP library: the HTTP layer maps both, one to one.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::fault::Fault;

/// A request as it came.
#[derive(Clone)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// The path with its escapes, without the query.
    pub path: String,
    /// What comes after `?`, with its escapes.
    pub query: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// Without path, query, headers and body: they hold secrets, phones and what people wrote.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A webhook call as it came.
#[derive(Clone)]
pub struct WebhookRequest {
    /// The public address that was called, exactly, with its query: from our configuration, not from `Host`.
    pub url: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl WebhookRequest {
    /// A header's value, or an empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Without headers and body: they hold secrets and what people wrote.
impl std::fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookRequest")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Our answer: a status and a JSON body.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// What it is an answer to, where something went wrong: for our log, and not for the caller.
    pub fault: Option<Box<Fault>>,
}

impl Answer {
    /// 200 with this body.
    pub fn ok(body: impl Serialize) -> Self {
        Self::with(200, body)
    }

    /// This status with this body; a body that cannot be JSON is a fault of ours.
    pub fn with(status: u16, body: impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(body) => Self {
                status,
                body,
                fault: None,
            },
            Err(_) => Self::error(500, "UNEXPECTED", "the answer could not be written", None),
        }
    }

    /// An error as `EXPERIENCE.md` §1 words it: code, what is true, and what to do.
    pub fn error(status: u16, code: &str, message: impl Into<String>, help: Option<&str>) -> Self {
        let mut error = json!({ "code": code, "message": message.into() });
        if let (Some(help), Some(fields)) = (help, error.as_object_mut()) {
            fields.insert("help".into(), help.into());
        }
        Self {
            status,
            body: json!({ "error": error }),
            fault: None,
        }
    }
}

/// An outage is 503, so that the caller tries again; a fault of ours is 500.
impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        let answer = if fault.is_retryable() {
            Self::error(
                503,
                "OUTAGE",
                "something that is needed for this is away; nothing was lost",
                Some("send the same request again"),
            )
        } else {
            Self::error(500, "UNEXPECTED", fault.to_string(), None)
        };
        Self {
            fault: Some(Box::new(fault)),
            ..answer
        }
    }
}
