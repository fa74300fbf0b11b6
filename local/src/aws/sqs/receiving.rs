//! Receiving: long polls, dead letters on their way, and a message as its consumer is told it.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::futures::OwnedNotified;

use super::{
    Changes, Entry, Sqs, in_range,
    message::{Message, checksum_of_attributes, checksum_of_body},
    no_such_queue, sequence_number,
    settling::{handle, refused, visibility_timeout},
    store,
    wire::{ReceiveMessageAnswer, ReceiveMessageRequest, ReceivedMessage},
};
use crate::{
    aws::{error::ApiError, names},
    journal::Commit,
};

/// What one try of a receive came to.
enum Polled {
    /// There are messages, or the caller's time is up.
    Done(ReceiveMessageAnswer, Commit),
    /// Nothing yet; look again when told, or at this instant.
    Wait(OwnedNotified, Option<Timestamp>),
}

impl Sqs {
    pub(super) async fn receive_message(
        &self,
        request: ReceiveMessageRequest,
    ) -> Result<ReceiveMessageAnswer, ApiError> {
        let maximum = in_range(
            "MaxNumberOfMessages",
            request.max_number_of_messages.unwrap_or(1),
            1..=10,
            "Must be between 1 and 10, if provided",
        )?;
        let wait = match request.wait_time_seconds {
            Some(seconds) => SignedDuration::from_secs(in_range(
                "WaitTimeSeconds",
                seconds,
                0..=20,
                "Must be >= 0 and <= 20, if provided",
            )?),
            None => self.setting(&request.queue_url, |entry| entry.queue.settings.wait)?,
        };
        let visibility = match request.visibility_timeout {
            Some(seconds) => visibility_timeout(seconds)?,
            None => self.setting(&request.queue_url, |entry| entry.queue.settings.visibility)?,
        };
        let maximum = usize::try_from(maximum).unwrap_or(1);
        let until = self.clock.now() + wait;
        let mut closing = self.closing.clone();
        loop {
            let is_last = self.clock.now() >= until || *closing.borrow();
            match self.poll(&request, maximum, visibility, is_last)? {
                Polled::Done(answer, commit) => {
                    commit.durable().await?;
                    return Ok(answer);
                }
                Polled::Wait(arrived, next) => {
                    let sleep = pause(self.clock.now(), next.map_or(until, |at| at.min(until)));
                    tokio::select! {
                        () = arrived => {}
                        () = tokio::time::sleep(sleep) => {}
                        _ = closing.wait_for(|closing| *closing) => {}
                    }
                }
            }
        }
    }

    fn setting<T>(&self, url: &str, read: impl FnOnce(&Entry) -> T) -> Result<T, ApiError> {
        let queues = self.lock();
        let entry = queues.get(names::last_part(url, '/'));
        entry.map(read).ok_or_else(no_such_queue)
    }

    /// Takes what is there. Dead letters move to their queue in the same transaction.
    fn poll(
        &self,
        request: &ReceiveMessageRequest,
        maximum: usize,
        visibility: SignedDuration,
        is_last: bool,
    ) -> Result<Polled, ApiError> {
        let name = names::last_part(&request.queue_url, '/');
        let mut queues = self.lock();
        let grave = queues
            .get(name)
            .ok_or_else(no_such_queue)?
            .queue
            .settings
            .redrive
            .as_ref()
            .map(|redrive| names::last_part(&redrive.target_arn, ':').to_owned())
            .filter(|grave| queues.contains_key(grave));
        let entry = queues.get_mut(name).ok_or_else(no_such_queue)?;
        let now = self.clock.now();
        let mut own = Vec::new();
        let received = entry.queue.receive(
            maximum,
            visibility,
            grave.is_some(),
            now,
            &mut || self.clock.fresh_id(),
            &mut own,
        );
        let received = match received {
            Ok(received) => received,
            Err(error) => {
                // What expired meanwhile is gone all the same; nobody is told, so nobody waits for the disk.
                let gone = own.into_iter().map(|c| (name.to_owned(), c)).collect();
                drop(self.journal.commit(store::apply(gone)));
                return Err(refused(error));
            }
        };
        if own.is_empty() && !is_last {
            let next = entry.queue.next_visible_at(now);
            // Made under the lock: nothing can arrive unheard between this look and the wait.
            let arrived = std::sync::Arc::clone(&entry.arrivals).notified_owned();
            return Ok(Polled::Wait(arrived, next));
        }
        let mut changes: Changes = own.into_iter().map(|c| (name.to_owned(), c)).collect();
        if let Some(grave) = grave
            && let Some(target) = queues.get_mut(&grave)
        {
            let mut buried = Vec::new();
            for message in received.dead {
                let source = names::queue_arn(name);
                target.queue.bury(message, source, &mut buried);
            }
            target.arrivals.notify_waiters();
            changes.extend(buried.into_iter().map(|change| (grave.clone(), change)));
        }
        let commit = self.journal.commit(store::apply(changes));
        let messages = received.messages.into_iter();
        let messages = messages.map(|message| told(message, request)).collect();
        Ok(Polled::Done(ReceiveMessageAnswer { messages }, commit))
    }
}

/// The clock may run at another pace than the runtime's; looking twice a second bounds the difference.
fn pause(now: Timestamp, until: Timestamp) -> Duration {
    let left = Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO);
    left.clamp(Duration::from_millis(1), Duration::from_millis(500))
}

/// A message as its consumer is told it, with the attributes that it asked for.
fn told(message: Message, request: &ReceiveMessageRequest) -> ReceivedMessage {
    let system = system_attributes(&message);
    let wants_system = |name: &str| {
        let mut asked = request.attribute_names.iter();
        let mut also = request.message_system_attribute_names.iter();
        asked.any(|asked| asked == "All" || asked == name)
            || also.any(|asked| asked == "All" || asked == name)
    };
    let wants = |name: &str| {
        request.message_attribute_names.iter().any(|asked| {
            asked == "All"
                || asked == name
                || asked
                    .strip_suffix(".*")
                    .is_some_and(|prefix| name.starts_with(prefix))
        })
    };
    let mut attributes = message.attributes;
    attributes.retain(|name, _| wants(name));
    ReceivedMessage {
        message_id: message.id,
        receipt_handle: handle(
            message.sequence,
            message.receipt.as_deref().unwrap_or_default(),
        ),
        md5_of_body: checksum_of_body(&message.body),
        body: message.body,
        attributes: system
            .into_iter()
            .filter(|(name, _)| wants_system(name))
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        md5_of_message_attributes: checksum_of_attributes(&attributes),
        message_attributes: attributes,
    }
}

fn system_attributes(message: &Message) -> BTreeMap<&'static str, String> {
    let milliseconds = |at: Timestamp| at.as_millisecond().to_string();
    let mut told = BTreeMap::from([
        ("SenderId", names::ACCOUNT.to_owned()),
        ("SentTimestamp", milliseconds(message.sent_at)),
        ("ApproximateReceiveCount", message.receive_count.to_string()),
    ]);
    if let Some(at) = message.first_received_at {
        told.insert("ApproximateFirstReceiveTimestamp", milliseconds(at));
    }
    if let Some(group) = &message.group {
        told.insert("MessageGroupId", group.clone());
    }
    if let Some(id) = &message.deduplication_id {
        told.insert("MessageDeduplicationId", id.clone());
        told.insert("SequenceNumber", sequence_number(message.sequence));
    }
    if let Some(source) = &message.dead_letter_source {
        told.insert("DeadLetterQueueSourceArn", source.clone());
    }
    let header = message.system_attributes.get("AWSTraceHeader");
    if let Some(value) = header.and_then(|header| header.string_value.clone()) {
        told.insert("AWSTraceHeader", value);
    }
    told
}
