//! AWS on one port: DynamoDB, SQS and Step Functions as the real SDKs, the AWS CLI and boto3 know them.
//!
//! Any credentials do. The region is `sa-east-1` and the account `000000000000`, always.

mod dynamodb;
mod error;
mod front;
mod integrations;
mod json;
pub mod names;
mod sqs;
mod stack;
pub mod step_functions;
mod tables;

use std::sync::Arc;

use comanda_tasks::ports::Clock;

pub use dynamodb::{DynamoDb, DynamoDbError};
pub use error::ApiError;
pub use integrations::{FunctionError, LambdaInvoker};
pub use sqs::Sqs;
pub use stack::{AwsStack, Data, StackError};
pub use step_functions::StepFunctions;

/// The services behind the port.
pub struct Services {
    /// Tables.
    pub dynamodb: DynamoDb,
    /// Queues.
    pub sqs: Sqs,
    /// Machines and executions.
    pub step_functions: StepFunctions,
    /// Now, and fresh identifiers.
    pub clock: Arc<dyn Clock>,
}
