//! What the CDK app does for AWS, for the local stack: queues and state machines, made where they are missing.
//!
//! It speaks each service's own API, in process. Tables come with DynamoDB ([`crate::aws`]), rows are [`crate::seed`]'s
//! business.

mod machines;
mod queues;

pub use machines::Machine;

use crate::aws::{ApiError, AwsStack};

/// A queue or a state machine could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{name} could not be made: {detail}")]
pub struct DeployError {
    name: String,
    /// What is wrong with it, or what the service said.
    detail: String,
}

/// Makes what is missing. Running executions keep the definition they started with, as on AWS.
pub async fn deploy(
    aws: &AwsStack,
    aws_url: &str,
    store_queues: &[String],
    machines: &[Machine],
) -> Result<(), DeployError> {
    queues::make(aws.services(), queues::EVENTS).await?;
    for name in store_queues {
        queues::make(aws.services(), name).await?;
    }
    for machine in machines {
        machines::make(aws, machine, aws_url).await?;
    }
    Ok(())
}

/// The URL of the queue on which the POS tells us its decisions and status reports.
#[must_use]
pub fn events_queue_url(aws_url: &str) -> String {
    queues::url(aws_url, queues::EVENTS)
}

impl DeployError {
    fn refused(name: &str, error: &ApiError) -> Self {
        Self {
            name: name.to_owned(),
            detail: error.to_string(),
        }
    }
}
