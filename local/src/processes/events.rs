//! What a gateway and a queue's poller hand to a function, and what they read of its answers, as AWS does.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use comanda_tasks::http::{Answer, Request};
use serde::Deserialize;
use serde_json::{Value, json};

/// A request as an HTTP API hands it over (payload format 2.0).
pub(crate) fn request(request: &Request) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": request.headers,
        "requestContext": {
            "http": {"method": request.method, "path": request.path},
            "stage": "$default",
        },
        "body": STANDARD.encode(&request.body),
        "isBase64Encoded": true,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status_code: u16,
    #[serde(default)]
    body: String,
}

/// The function's answer; what is none is answered as a gateway does.
pub(crate) fn answer(response: Value) -> Answer {
    let read = Response::deserialize(response).ok();
    let read = read.and_then(|response| {
        let body = serde_json::from_str(&response.body).ok()?;
        Some(Answer {
            status: response.status_code,
            body,
            fault: None,
        })
    });
    read.unwrap_or_else(failed)
}

/// What a caller is told of a function that failed: nothing, but that it did.
pub(crate) fn failed() -> Answer {
    Answer {
        status: 500,
        body: json!({"message": "Internal Server Error"}),
        fault: None,
    }
}

/// Messages as a queue's poller hands them over: id, group and body of each.
pub(crate) fn messages<'a>(messages: impl Iterator<Item = [&'a str; 3]>) -> Value {
    let records = messages.map(|[id, group, body]| {
        json!({
            "messageId": id,
            "body": body,
            "attributes": {"MessageGroupId": group},
            "eventSource": "aws:sqs",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failures {
    batch_item_failures: Vec<FailedItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailedItem {
    item_identifier: String,
}

/// The ids of the messages that come again; `None` if the answer says nothing of the kind, and all of them do.
pub(crate) fn again(answer: Value) -> Option<BTreeSet<String>> {
    let failures = Failures::deserialize(answer).ok()?;
    let items = failures.batch_item_failures.into_iter();
    Some(items.map(|item| item.item_identifier).collect())
}
