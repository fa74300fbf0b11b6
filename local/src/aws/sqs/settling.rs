//! Settling what was received: deletion, visibility, and the receipt handles that both need.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};

use super::{
    Entry, Sqs, in_range, invalid_parameter, missing_parameter,
    queue::{Change, QueueError},
    wire::{Empty, Receipt, ReceiptRequest},
};
use crate::aws::error::ApiError;

impl Sqs {
    pub(super) async fn delete_message(&self, request: ReceiptRequest) -> Result<Empty, ApiError> {
        let (deleted, commit) = self.change(&request.queue_url, |entry, now, changes| {
            delete_one(entry, &request.receipt, now, changes)
        });
        commit.durable().await?;
        deleted
    }

    pub(super) async fn change_message_visibility(
        &self,
        request: ReceiptRequest,
    ) -> Result<Empty, ApiError> {
        let (changed, commit) = self.change(&request.queue_url, |entry, now, changes| {
            hide_one(entry, &request.receipt, now, changes)
        });
        commit.durable().await?;
        changed
    }
}

pub(super) fn delete_one(
    entry: &mut Entry,
    receipt: &Receipt,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<Empty, ApiError> {
    let (sequence, secret) = open_handle(&receipt.receipt_handle)?;
    let deleted = entry.queue.delete(sequence, &secret, now, changes);
    // A group is free again.
    entry.arrivals.notify_waiters();
    deleted.map(|()| Empty {}).map_err(|_| {
        invalid_parameter(
            "ReceiptHandle",
            &receipt.receipt_handle,
            "The receipt handle has expired",
        )
    })
}

pub(super) fn hide_one(
    entry: &mut Entry,
    receipt: &Receipt,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<Empty, ApiError> {
    let (sequence, secret) = open_handle(&receipt.receipt_handle)?;
    let seconds = receipt
        .visibility_timeout
        .ok_or_else(|| missing_parameter("VisibilityTimeout"))?;
    let changed = entry.queue.change_visibility(
        sequence,
        &secret,
        visibility_timeout(seconds)?,
        now,
        changes,
    );
    entry.arrivals.notify_waiters();
    changed.map(|()| Empty {}).map_err(refused)
}

pub(super) fn visibility_timeout(seconds: i64) -> Result<SignedDuration, ApiError> {
    let reason = "Must be >= 0 and <= 43200, if provided";
    in_range("VisibilityTimeout", seconds, 0..=43_200, reason).map(SignedDuration::from_secs)
}

pub(super) fn refused(error: QueueError) -> ApiError {
    match error {
        QueueError::Receipt => ApiError::sqs(
            "ReceiptHandleIsInvalid",
            "The input receipt handle is not a valid receipt handle.",
        ),
        QueueError::NotInFlight => {
            ApiError::sqs("MessageNotInflight", "The message is not in flight.")
        }
        QueueError::OverLimit => {
            ApiError::sqs("OverLimit", "Too many messages in flight for this queue.")
        }
        QueueError::PurgeInProgress => ApiError::sqs(
            "PurgeQueueInProgress",
            "Only one PurgeQueue operation is allowed every 60 seconds.",
        ),
    }
}

pub(super) fn handle(sequence: u64, secret: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{sequence}/{secret}"))
}

fn open_handle(handle: &str) -> Result<(u64, String), ApiError> {
    if handle.is_empty() {
        return Err(missing_parameter("ReceiptHandle"));
    }
    let text = BASE64_URL_SAFE_NO_PAD.decode(handle).ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once('/'))
        .and_then(|(sequence, secret)| Some((sequence.parse().ok()?, secret.to_owned())))
        .ok_or_else(|| {
            ApiError::sqs(
                "ReceiptHandleIsInvalid",
                format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
            )
        })
}
