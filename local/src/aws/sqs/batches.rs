//! Batches: each entry for itself, all in one transaction.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    Entry, Sqs,
    queue::Change,
    sending::{send_one, size},
    settling::{delete_one, hide_one},
    wire::{
        BatchAnswer, BatchEntry, BatchFailure, BatchRequest, BatchSuccess, Empty, MessageToSend,
        Receipt, SendMessageAnswer,
    },
};
use crate::aws::error::ApiError;

const ENTRIES_PER_BATCH: usize = 10;
const BYTES_PER_BATCH: usize = 1_048_576;

impl Sqs {
    pub(super) async fn send_message_batch(
        &self,
        request: BatchRequest<MessageToSend>,
    ) -> Result<BatchAnswer<SendMessageAnswer>, ApiError> {
        let bytes: usize = request.entries.iter().map(|entry| size(&entry.entry)).sum();
        if bytes > BYTES_PER_BATCH {
            return Err(ApiError::sqs(
                "BatchRequestTooLong",
                format!(
                    "Batch requests cannot be longer than {BYTES_PER_BATCH} bytes. You have sent {bytes} bytes."
                ),
            ));
        }
        self.batch(request, |entry, message, now, changes| {
            send_one(entry, message, now, &*self.clock, changes)
        })
        .await
    }

    pub(super) async fn delete_message_batch(
        &self,
        request: BatchRequest<Receipt>,
    ) -> Result<BatchAnswer<Empty>, ApiError> {
        self.batch(request, |entry, receipt, now, changes| {
            delete_one(entry, &receipt, now, changes)
        })
        .await
    }

    pub(super) async fn change_message_visibility_batch(
        &self,
        request: BatchRequest<Receipt>,
    ) -> Result<BatchAnswer<Empty>, ApiError> {
        self.batch(request, |entry, receipt, now, changes| {
            hide_one(entry, &receipt, now, changes)
        })
        .await
    }

    async fn batch<T, A>(
        &self,
        request: BatchRequest<T>,
        work: impl Fn(&mut Entry, T, Timestamp, &mut Vec<Change>) -> Result<A, ApiError>,
    ) -> Result<BatchAnswer<A>, ApiError> {
        check_entries(&request.entries)?;
        let (done, commit) = self.change(&request.queue_url, |entry, now, changes| {
            let mut answer = BatchAnswer {
                successful: Vec::new(),
                failed: Vec::new(),
            };
            for BatchEntry { id, entry: one } in request.entries {
                match work(entry, one, now, changes) {
                    Ok(done) => answer.successful.push(BatchSuccess { id, answer: done }),
                    Err(error) => answer.failed.push(BatchFailure {
                        id,
                        sender_fault: true,
                        code: error.name,
                        message: error.message,
                    }),
                }
            }
            Ok(answer)
        });
        commit.durable().await?;
        done
    }
}

fn check_entries<T>(entries: &[BatchEntry<T>]) -> Result<(), ApiError> {
    if entries.is_empty() {
        return Err(ApiError::sqs(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.",
        ));
    }
    if entries.len() > ENTRIES_PER_BATCH {
        return Err(ApiError::sqs(
            "TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are {ENTRIES_PER_BATCH}. You have sent {}.",
                entries.len()
            ),
        ));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut seen = BTreeSet::new();
    for BatchEntry { id, .. } in entries {
        if !(1..=80).contains(&id.len()) || !id.chars().all(allowed) {
            return Err(ApiError::sqs(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(ApiError::sqs(
                "BatchEntryIdsNotDistinct",
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}
