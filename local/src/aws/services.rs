//! The services behind the port, and how parts of this process call them without a port.

use std::sync::Arc;

use axum::{body::to_bytes, response::Response};
use comanda_tasks::ports::Clock;
use serde_json::Value;

use super::{ApiError, DynamoDb, S3, Sqs, StepFunctions};

/// Answers of our own services are far smaller.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The services behind the port.
pub struct Services {
    /// Tables.
    pub dynamodb: DynamoDb,
    /// Queues.
    pub sqs: Sqs,
    /// The files of distributed Maps.
    pub s3: S3,
    /// Machines and executions.
    pub step_functions: StepFunctions,
    /// Now, and fresh identifiers.
    pub clock: Arc<dyn Clock>,
}

/// One of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Tables.
    DynamoDb,
    /// Queues.
    Sqs,
    /// Machines and executions.
    StepFunctions,
}

impl Services {
    /// Calls an operation as an SDK would, with the members that the API has (`CreateQueue`, `{"QueueName": …}`).
    pub async fn call(
        &self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ApiError> {
        match service {
            Service::DynamoDb => self.dynamodb.call(operation, input).await,
            Service::Sqs => {
                let response = self
                    .sqs
                    .handle(operation, input.clone(), "http://127.0.0.1");
                read(response.await).await
            }
            Service::StepFunctions => {
                let response = self.step_functions.handle(operation, input.clone());
                read(response.await).await
            }
        }
    }
}

async fn read(response: Response) -> Result<Value, ApiError> {
    let failed = |detail: String| ApiError::common("InternalFailure", detail);
    let status = response.status();
    let body = to_bytes(response.into_body(), ANSWER_BYTES)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let answer: Value = serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
    if status.is_success() {
        Ok(answer)
    } else {
        Err(ApiError::of_answer(status, &answer))
    }
}
