//! The queues that the CDK app makes on AWS: FIFO, with their dead letters; one per store for us to its POS, and one for all
//! POS to us.

use serde_json::json;

use crate::aws::{ApiError, Service, Services, names};

/// A queue could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the queue {name} could not be made: {source}")]
pub struct QueueError {
    name: String,
    source: Box<ApiError>,
}

/// POS → us.
pub(crate) const EVENTS: &str = "comanda-events.fifo";
/// SQS' maximum: a POS may be offline for days, and its messages carry deadlines of their own.
const RETENTION_SECONDS: &str = "1209600";
const VISIBILITY_SECONDS: &str = "30";
/// A message that was received so often without being deleted is set aside.
const MAX_RECEIVES: u32 = 5;

pub(crate) async fn make(services: &Services, name: &str) -> Result<(), QueueError> {
    let dead = format!("{}-dead.fifo", name.trim_end_matches(".fifo"));
    create(services, &dead, None).await?;
    let redrive = json!({
        "deadLetterTargetArn": names::queue_arn(&dead),
        "maxReceiveCount": MAX_RECEIVES,
    });
    create(services, name, Some(redrive.to_string())).await
}

async fn create(
    services: &Services,
    name: &str,
    redrive: Option<String>,
) -> Result<(), QueueError> {
    let mut attributes = json!({
        "FifoQueue": "true",
        "MessageRetentionPeriod": RETENTION_SECONDS,
        "VisibilityTimeout": VISIBILITY_SECONDS,
    });
    if let (Some(redrive), Some(fields)) = (redrive, attributes.as_object_mut()) {
        fields.insert("RedrivePolicy".to_owned(), redrive.into());
    }
    let request = json!({"QueueName": name, "Attributes": attributes});
    match services.call(Service::Sqs, "CreateQueue", &request).await {
        Ok(_) => Ok(()),
        // Somebody changed its attributes since, which is theirs to do.
        Err(error) if error.name == "QueueNameExists" => Ok(()),
        Err(error) => Err(QueueError {
            name: name.to_owned(),
            source: Box::new(error),
        }),
    }
}

/// A queue's URL at this AWS.
pub(crate) fn url(aws_url: &str, name: &str) -> String {
    format!("{aws_url}/{}/{name}", names::ACCOUNT)
}
