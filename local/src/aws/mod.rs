//! AWS on one port: DynamoDB, SQS and Step Functions as the real SDKs, the AWS CLI and boto3 know them.
//!
//! Any credentials do. The region is `sa-east-1` and the account `000000000000`, always.

mod deployment;
mod dynamodb;
mod error;
mod front;
mod integrations;
mod json;
pub mod names;
mod s3;
mod services;
mod sqs;
mod stack;
pub mod step_functions;
mod tables;

pub use deployment::DeployError;
pub use dynamodb::{DynamoDb, DynamoDbError};
pub use error::ApiError;
pub(crate) use front::answering_at_once;
pub use integrations::{FunctionError, LambdaInvoker};
pub use s3::S3;
pub use services::{Service, Services};
pub use sqs::Sqs;
pub use stack::{AwsStack, Data, StackError};
pub use step_functions::StepFunctions;
