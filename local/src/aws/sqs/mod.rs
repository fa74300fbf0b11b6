//! SQS: the queues of this stack, over [`queue::Queue`], durable by the journal.
//!
//! An operation changes the queue in memory and hands the change to the journal under one lock, so that the disk sees
//! changes in the order in which they happened; it answers when the change is durable.

mod batches;
mod message;
mod queue;
mod queues;
mod receiving;
mod sending;
mod settings;
mod settling;
mod store;
mod wire;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::response::Response;
use comanda_tasks::ports::Clock;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Notify, watch};

use self::{
    queue::{Change, Queue},
    settings::Settings,
    store::QueueRecord,
};
use super::{
    error::ApiError,
    json::{answer, call},
    names,
};
use crate::journal::{Commit, Journal, JournalError};

/// The queues.
pub struct Sqs {
    queues: Mutex<BTreeMap<String, Entry>>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    /// Turns true when the stack shuts down: whoever waits for messages answers at once.
    closing: watch::Receiver<bool>,
}

/// A queue and what only the API knows of it.
struct Entry {
    queue: Queue,
    record: QueueRecord,
    /// Told when something may have become visible.
    arrivals: Arc<Notify>,
}

/// What happened in which queue.
type Changes = Vec<(String, Change)>;

impl Sqs {
    /// The queues as the journal has them.
    pub fn open(
        journal: Journal,
        clock: Arc<dyn Clock>,
        closing: watch::Receiver<bool>,
    ) -> Result<Self, JournalError> {
        let now = clock.now();
        let mut queues = BTreeMap::new();
        for (name, stored) in store::load(&journal)? {
            let base = Settings {
                fifo: stored.record.fifo,
                ..Settings::default()
            };
            let settings = base
                .with(&stored.record.attributes)
                .map_err(|error| JournalError::Unreadable(error.to_string()))?;
            let entry = Entry {
                queue: Queue::new(settings, stored.messages, stored.accepted, now),
                record: stored.record,
                arrivals: Arc::new(Notify::new()),
            };
            queues.insert(name, entry);
        }
        Ok(Self {
            queues: Mutex::new(queues),
            journal,
            clock,
            closing,
        })
    }

    /// Answers one request. `origin` is how the caller reached us (`http://127.0.0.1:4566`): queue URLs start with it.
    pub async fn handle(&self, operation: &str, request: Value, origin: &str) -> Response {
        match operation {
            "CreateQueue" => answer(call(request, |r| self.create_queue(r, origin)).await),
            "GetQueueUrl" => answer(call(request, |r| self.get_queue_url(r, origin)).await),
            "ListQueues" => answer(call(request, |r| self.list_queues(r, origin)).await),
            "ListDeadLetterSourceQueues" => {
                answer(call(request, |r| self.list_dead_letter_sources(r, origin)).await)
            }
            "DeleteQueue" => answer(call(request, |r| self.delete_queue(r)).await),
            "PurgeQueue" => answer(call(request, |r| self.purge_queue(r)).await),
            "GetQueueAttributes" => answer(call(request, |r| self.get_queue_attributes(r)).await),
            "SetQueueAttributes" => answer(call(request, |r| self.set_queue_attributes(r)).await),
            "TagQueue" => answer(call(request, |r| self.tag_queue(r)).await),
            "UntagQueue" => answer(call(request, |r| self.untag_queue(r)).await),
            "ListQueueTags" => answer(call(request, |r| self.list_queue_tags(r)).await),
            "SendMessage" => answer(call(request, |r| self.send_message(r)).await),
            "SendMessageBatch" => answer(call(request, |r| self.send_message_batch(r)).await),
            "ReceiveMessage" => answer(call(request, |r| self.receive_message(r)).await),
            "DeleteMessage" => answer(call(request, |r| self.delete_message(r)).await),
            "DeleteMessageBatch" => answer(call(request, |r| self.delete_message_batch(r)).await),
            "ChangeMessageVisibility" => {
                answer(call(request, |r| self.change_message_visibility(r)).await)
            }
            "ChangeMessageVisibilityBatch" => {
                answer(call(request, |r| self.change_message_visibility_batch(r)).await)
            }
            _ => answer::<()>(Err(ApiError::common(
                "UnknownOperationException",
                format!("{operation} of SQS is not served here"),
            ))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes one queue, and hands what changed to the journal before anyone else can change it again.
    fn change<T>(
        &self,
        url: &str,
        work: impl FnOnce(&mut Entry, Timestamp, &mut Vec<Change>) -> Result<T, ApiError>,
    ) -> (Result<T, ApiError>, Commit) {
        let name = names::last_part(url, '/');
        let mut queues = self.lock();
        let mut changes = Vec::new();
        let result = match queues.get_mut(name) {
            None => Err(no_such_queue()),
            Some(entry) => work(entry, self.clock.now(), &mut changes),
        };
        let changes = changes
            .into_iter()
            .map(|change| (name.to_owned(), change))
            .collect();
        (result, self.journal.commit(store::apply(changes)))
    }
}

fn no_such_queue() -> ApiError {
    ApiError::sqs("QueueDoesNotExist", "The specified queue does not exist.")
}

fn invalid_parameter(name: &str, value: impl std::fmt::Display, reason: &str) -> ApiError {
    ApiError::sqs(
        "InvalidParameterValue",
        format!("Value {value} for parameter {name} is invalid. Reason: {reason}."),
    )
}

fn missing_parameter(name: &str) -> ApiError {
    ApiError::sqs(
        "MissingParameter",
        format!("The request must contain the parameter {name}."),
    )
}

fn in_range(
    name: &str,
    value: i64,
    range: std::ops::RangeInclusive<i64>,
    reason: &str,
) -> Result<i64, ApiError> {
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(invalid_parameter(name, value, reason))
    }
}

fn sequence_number(sequence: u64) -> String {
    format!("{sequence:020}")
}
