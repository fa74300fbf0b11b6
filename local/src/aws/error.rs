//! Errors as AWS' JSON protocols write them, so that every SDK maps them to its own exception.

use axum::{
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::journal::JournalError;

/// An error of an AWS API.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct ApiError {
    /// The exception's name.
    pub name: String,
    /// What the caller reads.
    pub message: String,
    /// 400 for whatever the caller can mend, else 500.
    pub status: StatusCode,
    namespace: &'static str,
    /// SQS tells SDKs of its older protocol days the error's former name in a header.
    former_name: Option<&'static str>,
    /// Members of the exception besides the message (`reason`).
    members: Vec<(&'static str, Value)>,
}

impl ApiError {
    /// An error of the SQS API, by its present name.
    pub fn sqs(name: &str, message: impl Into<String>) -> Self {
        Self {
            former_name: former_sqs_name(name),
            ..Self::new("com.amazonaws.sqs#", name, message)
        }
    }

    /// An error of the Step Functions API.
    pub fn step_functions(name: &str, message: impl Into<String>) -> Self {
        Self::new("com.amazonaws.swf.service.v2.model#", name, message)
    }

    /// The error that a service answered with.
    #[must_use]
    pub fn of_answer(status: StatusCode, answer: &Value) -> Self {
        let text = |member: &str| answer.get(member).and_then(Value::as_str);
        let name = text("__type").unwrap_or("InternalFailure");
        let message = text("message").or_else(|| text("Message")).unwrap_or("");
        let mut error = Self::common(super::names::last_part(name, '#'), message);
        error.status = status;
        error
    }

    /// What any AWS service says about a request that it cannot even read.
    pub fn common(name: &str, message: impl Into<String>) -> Self {
        Self::new("com.amazon.coral.service#", name, message)
    }

    /// Adds a member besides the message.
    #[must_use]
    pub fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((member, value.into()));
        self
    }

    fn new(namespace: &'static str, name: &str, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            message: message.into(),
            status: StatusCode::BAD_REQUEST,
            namespace,
            former_name: None,
            members: Vec::new(),
        }
    }
}

/// The names that SQS' query protocol had, where they differ from the shapes of today.
fn former_sqs_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "QueueNameExists" => "QueueAlreadyExists",
        "PurgeQueueInProgress" => "AWS.SimpleQueueService.PurgeQueueInProgress",
        "MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight",
        "TooManyEntriesInBatchRequest" => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        "EmptyBatchRequest" => "AWS.SimpleQueueService.EmptyBatchRequest",
        "BatchEntryIdsNotDistinct" => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        "InvalidBatchEntryId" => "AWS.SimpleQueueService.InvalidBatchEntryId",
        "BatchRequestTooLong" => "AWS.SimpleQueueService.BatchRequestTooLong",
        "UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
        _ => return None,
    })
}

impl From<JournalError> for ApiError {
    /// What could not be made durable did not happen; the SDKs may retry, and will hear the same.
    fn from(error: JournalError) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::common("InternalFailure", error.to_string())
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "__type": format!("{}{}", self.namespace, self.name),
            "message": self.message,
        });
        if let Some(body) = body.as_object_mut() {
            body.extend(
                self.members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value)),
            );
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        if let Ok(name) = HeaderValue::from_str(&self.name) {
            headers.insert("x-amzn-errortype", name);
        }
        let former = self.former_name.map(str::to_owned);
        let former =
            former.or_else(|| (self.namespace == "com.amazonaws.sqs#").then(|| self.name.clone()));
        if let Some(former) = former
            && let Ok(value) = HeaderValue::from_str(&format!("{former};Sender"))
        {
            headers.insert("x-amzn-query-error", value);
        }
        response
    }
}
