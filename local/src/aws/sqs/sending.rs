//! Sending: what the API checks of a message, and what it tells the sender.

use std::collections::BTreeMap;

use comanda_tasks::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::{
    Entry, Sqs, in_range, invalid_parameter,
    message::{Attribute, Message, checksum_of_attributes, checksum_of_body},
    missing_parameter,
    queue::Change,
    sequence_number,
    wire::{MessageToSend, SendMessageAnswer, SendMessageRequest},
};
use crate::aws::error::ApiError;

/// AWS' bound on attributes of one message.
const ATTRIBUTES_PER_MESSAGE: usize = 10;

impl Sqs {
    pub(super) async fn send_message(
        &self,
        request: SendMessageRequest,
    ) -> Result<SendMessageAnswer, ApiError> {
        let (sent, commit) = self.change(&request.queue_url, |entry, now, changes| {
            send_one(entry, request.message, now, &*self.clock, changes)
        });
        commit.durable().await?;
        sent
    }
}

pub(super) fn send_one(
    entry: &mut Entry,
    message: MessageToSend,
    now: Timestamp,
    clock: &dyn Clock,
    changes: &mut Vec<Change>,
) -> Result<SendMessageAnswer, ApiError> {
    check_message(entry, &message)?;
    let settings = &entry.queue.settings;
    let delay = match message.delay_seconds {
        Some(seconds) if !settings.fifo => SignedDuration::from_secs(seconds),
        _ => settings.delay,
    };
    let hash = || hex::encode(Sha256::digest(message.message_body.as_bytes()));
    let deduplication_id = match &message.message_deduplication_id {
        Some(id) => Some(id.clone()),
        None if settings.fifo && settings.content_based_deduplication => Some(hash()),
        None if settings.fifo => {
            return Err(ApiError::sqs(
                "InvalidParameterValue",
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            ));
        }
        None => None,
    };
    let is_fifo = settings.fifo;
    let mut answer = SendMessageAnswer {
        message_id: String::new(),
        md5_of_message_body: checksum_of_body(&message.message_body),
        md5_of_message_attributes: checksum_of_attributes(&message.message_attributes),
        md5_of_message_system_attributes: checksum_of_attributes(
            &message.message_system_attributes,
        ),
        sequence_number: None,
    };
    let sent = entry.queue.send(
        Message {
            sequence: 0,
            id: message_id(&clock.fresh_id()),
            body: message.message_body,
            attributes: message.message_attributes,
            system_attributes: message.message_system_attributes,
            sent_at: now,
            visible_at: now + delay,
            group: message.message_group_id,
            deduplication_id,
            receive_count: 0,
            first_received_at: None,
            receipt: None,
            dead_letter_source: None,
        },
        now,
        changes,
    );
    answer.message_id = sent.message_id;
    answer.sequence_number = is_fifo.then(|| sequence_number(sent.sequence));
    entry.arrivals.notify_waiters();
    Ok(answer)
}

fn check_message(entry: &Entry, message: &MessageToSend) -> Result<(), ApiError> {
    let settings = &entry.queue.settings;
    if message.message_body.is_empty() {
        return Err(missing_parameter("MessageBody"));
    }
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if let Some(found) = message.message_body.chars().find(|c| !allowed(*c)) {
        return Err(ApiError::sqs(
            "InvalidMessageContents",
            format!(
                "Invalid binary character '#x{:X}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
                u32::from(found)
            ),
        ));
    }
    if size(message) > settings.maximum_message_bytes {
        return Err(ApiError::sqs(
            "InvalidParameterValue",
            format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                settings.maximum_message_bytes
            ),
        ));
    }
    check_attributes(&message.message_attributes)?;
    if let Some(seconds) = message.delay_seconds {
        in_range(
            "DelaySeconds",
            seconds,
            0..=900,
            "DelaySeconds must be >= 0 and <= 900",
        )?;
    }
    let wrong_kind = "The request include parameter that is not valid for this queue type";
    match (settings.fifo, message) {
        (true, m) if m.message_group_id.is_none() => Err(missing_parameter("MessageGroupId")),
        (true, m) if m.delay_seconds.is_some_and(|seconds| seconds > 0) => {
            let seconds = m.delay_seconds.unwrap_or_default();
            Err(invalid_parameter("DelaySeconds", seconds, wrong_kind))
        }
        (false, m) if m.message_deduplication_id.is_some() => {
            let id = m.message_deduplication_id.as_deref().unwrap_or_default();
            Err(invalid_parameter("MessageDeduplicationId", id, wrong_kind))
        }
        _ => Ok(()),
    }
}

/// What counts against the size limits: the body, and each attribute's name, type and value.
pub(super) fn size(message: &MessageToSend) -> usize {
    let attributes = message.message_attributes.iter().map(|(name, attribute)| {
        let value = attribute.bytes().map_or(0, |bytes| bytes.len());
        name.len() + attribute.data_type.len() + value
    });
    message.message_body.len() + attributes.sum::<usize>()
}

fn check_attributes(attributes: &BTreeMap<String, Attribute>) -> Result<(), ApiError> {
    let invalid = |message: String| Err(ApiError::sqs("InvalidParameterValue", message));
    if attributes.len() > ATTRIBUTES_PER_MESSAGE {
        return invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES_PER_MESSAGE}].",
            attributes.len()
        ));
    }
    for (name, attribute) in attributes {
        let kind = attribute.data_type.split('.').next().unwrap_or_default();
        if !matches!(kind, "String" | "Number" | "Binary") {
            return invalid(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
            ));
        }
        if attribute.bytes().is_none_or(|bytes| bytes.is_empty()) {
            return invalid(format!(
                "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{kind}'."
            ));
        }
    }
    Ok(())
}

/// A fresh id in the shape of a message id.
fn message_id(fresh: &str) -> String {
    uuid::Uuid::try_parse(fresh).map_or_else(|_| fresh.to_owned(), |id| id.to_string())
}
