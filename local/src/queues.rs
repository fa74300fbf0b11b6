//! The queues that the CDK app makes on AWS: FIFO, with their dead letters; one per store for us to its POS, and one for all
//! POS to us.

use comanda_codegen::deployed::{
    self, POS_VISIBILITY_SECONDS, RECEIVES_MAX, RETENTION_SECONDS, events_visibility_seconds,
};
use comanda_codegen::project::Project;
use serde_json::json;

use crate::aws::{ApiError, Service, Services, names};

/// A queue could not be made.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// SQS refuses it.
    #[error("the queue {name} could not be made: {source}")]
    Refused {
        /// The queue.
        name: String,
        /// What SQS says.
        source: Box<ApiError>,
    },
    /// The workflows are wrong.
    #[error(transparent)]
    Definitions(#[from] &'static comanda_dsl::DefinitionErrors),
}

/// POS → us.
pub(crate) const EVENTS: &str = deployed::EVENTS_QUEUE;

/// A store's queue.
pub(crate) async fn make(services: &Services, name: &str) -> Result<(), QueueError> {
    with_dead_letters(services, name, POS_VISIBILITY_SECONDS).await
}

/// The queue of what POS post.
pub(crate) async fn make_events(services: &Services) -> Result<(), QueueError> {
    let visibility = events_visibility_seconds(&Project::load()?);
    with_dead_letters(services, EVENTS, visibility).await
}

async fn with_dead_letters(
    services: &Services,
    name: &str,
    visibility_seconds: u32,
) -> Result<(), QueueError> {
    let dead = format!("{}-dead.fifo", name.trim_end_matches(".fifo"));
    create(services, &dead, None, visibility_seconds).await?;
    let redrive = json!({
        "deadLetterTargetArn": names::queue_arn(&dead),
        "maxReceiveCount": RECEIVES_MAX,
    });
    create(
        services,
        name,
        Some(redrive.to_string()),
        visibility_seconds,
    )
    .await
}

async fn create(
    services: &Services,
    name: &str,
    redrive: Option<String>,
    visibility_seconds: u32,
) -> Result<(), QueueError> {
    let mut attributes = json!({
        "FifoQueue": "true",
        "MessageRetentionPeriod": RETENTION_SECONDS.to_string(),
        "VisibilityTimeout": visibility_seconds.to_string(),
    });
    if let (Some(redrive), Some(fields)) = (redrive, attributes.as_object_mut()) {
        fields.insert("RedrivePolicy".to_owned(), redrive.into());
    }
    let request = json!({"QueueName": name, "Attributes": attributes});
    match services.call(Service::Sqs, "CreateQueue", &request).await {
        Ok(_) => Ok(()),
        // Somebody changed its attributes since, which is theirs to do.
        Err(error) if error.name == "QueueNameExists" => Ok(()),
        Err(error) => Err(QueueError::Refused {
            name: name.to_owned(),
            source: Box::new(error),
        }),
    }
}

/// A queue's URL at this AWS.
pub(crate) fn url(aws_url: &str, name: &str) -> String {
    format!("{aws_url}/{}/{name}", names::ACCOUNT)
}
