//! FIFO queues on SQS.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use comanda_tasks::ports::{Answer, OutageError, Queue, QueueMessage};

use crate::outage;

const PARTY: &str = "sqs";

/// Sends by `SendMessage`. The SDK's own retries are safe: the deduplication id makes a repeat harmless.
pub(crate) struct SqsQueue {
    client: Client,
}

impl SqsQueue {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }
}

impl Queue for SqsQueue {
    fn send(&self, message: QueueMessage) -> Answer<'_, (), OutageError> {
        Box::pin(async move {
            self.client
                .send_message()
                .queue_url(message.queue_url)
                .message_body(message.body)
                .message_group_id(message.group_id)
                .message_deduplication_id(message.deduplication_id)
                .send()
                .await
                .map(|_| ())
                .map_err(|error| outage::of_aws(PARTY, &error))
        })
    }
}
