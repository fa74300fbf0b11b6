//! FIFO queues (SQS).

use super::{Answer, OutageError};

/// Sends to FIFO queues.
pub trait Queue: Send + Sync {
    /// Hands over one message. Within five minutes the same deduplication id is accepted and dropped.
    fn send(&self, message: QueueMessage) -> Answer<'_, (), OutageError>;
}

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// The queue, from the store's configuration.
    pub queue_url: String,
    /// JSON text.
    pub body: String,
    /// Messages of one group arrive in order (`MessageGroupId`); the order id, so that one order never blocks another.
    pub group_id: String,
    /// `MessageDeduplicationId`; must be a function of what is said, never of the time.
    pub deduplication_id: String,
}

/// Without the body, which holds a customer's order and a task token.
impl std::fmt::Debug for QueueMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueMessage")
            .field("queue_url", &self.queue_url)
            .field("group_id", &self.group_id)
            .finish_non_exhaustive()
    }
}
