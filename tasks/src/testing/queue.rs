//! FIFO queues in memory: order within a group, five minutes of deduplication. Who reads them is the test's business.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use super::{TestClock, lock};
use crate::ports::{Answer, Clock, OutageError, Queue, QueueMessage};

/// SQS remembers a deduplication id for this long.
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);

/// Every queue, as one list of what was accepted.
pub struct MemoryQueue {
    clock: Arc<TestClock>,
    accepted: Mutex<Vec<(Timestamp, QueueMessage)>>,
}

impl MemoryQueue {
    /// No messages yet.
    #[must_use]
    pub fn new(clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            accepted: Mutex::default(),
        }
    }

    /// All that was accepted and not dropped as a duplicate, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<QueueMessage> {
        lock(&self.accepted)
            .iter()
            .map(|(_, message)| message.clone())
            .collect()
    }

    /// What was accepted from this position on: for a reader that remembers how far it got.
    #[must_use]
    pub fn messages_from(&self, position: usize) -> Vec<QueueMessage> {
        let accepted = lock(&self.accepted);
        let later = accepted.get(position..).unwrap_or_default();
        later.iter().map(|(_, message)| message.clone()).collect()
    }
}

impl Queue for MemoryQueue {
    fn send(&self, message: QueueMessage) -> Answer<'_, (), OutageError> {
        Box::pin(async move {
            let now = self.clock.now();
            let mut accepted = lock(&self.accepted);
            let duplicate = accepted.iter().any(|(at, earlier)| {
                earlier.queue_url == message.queue_url
                    && earlier.deduplication_id == message.deduplication_id
                    && now.duration_since(*at) < DEDUPLICATION
            });
            if !duplicate {
                accepted.push((now, message));
            }
            Ok(())
        })
    }
}
