//! The events queue's poller: what an event source mapping is on AWS. POS post their decisions and status reports there.

use std::{sync::Arc, time::Duration};

use comanda_codegen::deployed::EVENTS_BATCH;
use comanda_tasks::{
    entry_points,
    pos::events::{Batch, Taken},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Behind, function_name};
use crate::{
    aws::{Service, Services},
    processes::events,
    queues,
};

/// As long as SQS allows one receive to wait.
const WAIT_SECONDS: u32 = 20;
/// A queue that does not answer is asked again after this.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Deserialize, Default)]
struct Received {
    #[serde(rename = "Messages", default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    message_id: String,
    body: String,
    receipt_handle: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    message_group_id: String,
}

/// Hands each message to its handler, until the queues close. A message that was dealt with is deleted; any other comes
/// again, and after five times goes to the dead letters.
pub(crate) async fn poll(services: Arc<Services>, behind: Behind, closing: watch::Receiver<bool>) {
    let queue_url = queues::url("http://127.0.0.1", queues::EVENTS);
    let receive = json!({
        "QueueUrl": queue_url, "MaxNumberOfMessages": EVENTS_BATCH, "WaitTimeSeconds": WAIT_SECONDS,
        "MessageSystemAttributeNames": ["MessageGroupId"],
    });
    // A queue that closes answers at once and never makes its caller wait: without this look the task would spin on its
    // thread, where not even an abort reaches it.
    while !*closing.borrow() {
        let Some(received) = call::<Received>(&services, "ReceiveMessage", &receive).await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        for message in dealt_with(&behind, &received.messages).await {
            let delete = json!({"QueueUrl": queue_url, "ReceiptHandle": message.receipt_handle});
            // Not deleted, it comes again, which its handler bears.
            let _ = services.call(Service::Sqs, "DeleteMessage", &delete).await;
        }
    }
}

/// The messages that need not come again.
async fn dealt_with<'a>(behind: &Behind, messages: &'a [Message]) -> Vec<&'a Message> {
    let mut dealt_with = Vec::new();
    match behind {
        Behind::Here(ports) => {
            let mut batch = Batch::default();
            for message in messages {
                let group = &message.attributes.message_group_id;
                if batch.take(ports, group, &message.body).await == Taken::Done {
                    dealt_with.push(message);
                }
            }
        }
        Behind::Functions(functions) if !messages.is_empty() => {
            let records = messages.iter().map(|message| {
                let group = message.attributes.message_group_id.as_str();
                [message.message_id.as_str(), group, message.body.as_str()]
            });
            let name = function_name(entry_points::function_of("events").unwrap_or_default());
            let answer = functions.invoke(&name, events::messages(records)).await;
            // A function that failed has dealt with none of them, as far as anybody knows.
            if let Some(again) = answer.and_then(Result::ok).and_then(events::again) {
                let done = messages
                    .iter()
                    .filter(|message| !again.contains(&message.message_id));
                dealt_with.extend(done);
            }
        }
        Behind::Functions(_) => {}
    }
    dealt_with
}

async fn call<T: DeserializeOwned>(
    services: &Services,
    operation: &str,
    request: &Value,
) -> Option<T> {
    let answer = services.call(Service::Sqs, operation, request).await.ok()?;
    serde_json::from_value(answer).ok()
}
