//! What a task's resource calls: functions, and the services of this stack.
//!
//! Each integration gives its result as AWS' integration does, and names its errors as AWS does, so that `Retry` and
//! `Catch` written for AWS hold here.

mod child;
mod failure;
mod lambda;
mod service;

use std::sync::{Arc, Weak};

use comanda_asl::{Integration, Pattern, Resource};
use comanda_engine::Json;
use serde_json::Value;

pub use lambda::{FunctionError, LambdaInvoker};

use super::Services;
use crate::scheduler::{Boxed, TaskAnswer, TaskFailure, TaskOfExecution, TaskRunner};

/// Carries out the tasks of the stack's executions.
pub struct Integrations {
    /// Weak, because the services hold the scheduler that holds this.
    services: Weak<Services>,
    functions: Arc<dyn LambdaInvoker>,
}

impl Integrations {
    /// Tasks on these services and functions.
    pub fn new(services: &Arc<Services>, functions: Arc<dyn LambdaInvoker>) -> Self {
        Self {
            services: Arc::downgrade(services),
            functions,
        }
    }
}

impl TaskRunner for Integrations {
    fn cancel(&self, task: TaskOfExecution) -> Boxed<()> {
        let services = self.services.clone();
        Box::pin(async move {
            if let Some(services) = services.upgrade() {
                child::stop(&services, &task).await;
            }
        })
    }

    fn run(&self, task: TaskOfExecution) -> Boxed<TaskAnswer> {
        let (services, functions) = (self.services.clone(), Arc::clone(&self.functions));
        Box::pin(async move {
            let Some(services) = services.upgrade() else {
                return TaskAnswer::Queued;
            };
            run(&services, &*functions, task)
                .await
                .unwrap_or_else(TaskAnswer::Failed)
        })
    }
}

async fn run(
    services: &Arc<Services>,
    functions: &dyn LambdaInvoker,
    task: TaskOfExecution,
) -> Result<TaskAnswer, TaskFailure> {
    let arguments = task.request.arguments.value();
    match task.request.target() {
        Resource::Lambda { arn } => {
            let payload = lambda::invoke(functions, &arn, arguments.clone()).await?;
            Ok(TaskAnswer::Succeeded(payload.into()))
        }
        Resource::Activity { arn } => {
            if services.step_functions.offer(&arn, &task.request) {
                Ok(TaskAnswer::Queued)
            } else {
                Err(unknown(&arn))
            }
        }
        Resource::Service(integration) => {
            let pattern = integration.pattern;
            match (&*integration.service, &*integration.action) {
                ("lambda", "invoke") => {
                    let result = lambda::invoke_optimised(functions, arguments).await?;
                    Ok(by_pattern(pattern, result))
                }
                ("states", "startExecution") => child::start(services, &task, pattern).await,
                ("dynamodb" | "sqs", _) => {
                    let result = service::call(services, &integration, arguments, false).await?;
                    Ok(by_pattern(pattern, result))
                }
                ("s3", _) => s3(services, &integration, &task).await,
                _ => Err(unserved(&task.request.resource, &integration)),
            }
        }
        Resource::Sdk(integration) => match &*integration.service {
            "dynamodb" | "sqs" | "sfn" => {
                let result = service::call(services, &integration, arguments, true).await?;
                Ok(by_pattern(integration.pattern, result))
            }
            _ => Err(unserved(&task.request.resource, &integration)),
        },
        Resource::Substitution(text) | Resource::Unknown(text) => Err(unknown(&text)),
    }
}

/// What a distributed Map reads and writes.
async fn s3(
    services: &Arc<Services>,
    integration: &Integration,
    task: &TaskOfExecution,
) -> Result<TaskAnswer, TaskFailure> {
    match services.s3.serve(task.request.clone()).await {
        Some(Ok(answer)) => Ok(TaskAnswer::Succeeded(answer)),
        Some(Err(error)) => Err(TaskFailure {
            error: error.error.unwrap_or_default(),
            cause: error.cause.unwrap_or_default(),
        }),
        None => Err(unserved(&task.request.resource, integration)),
    }
}

/// Whether a service's answer is the result, or only says that it took the request.
fn by_pattern(pattern: Pattern, result: Value) -> TaskAnswer {
    match pattern {
        Pattern::WaitForTaskToken => TaskAnswer::Submitted(Json::new(result)),
        _ => TaskAnswer::Succeeded(Json::new(result)),
    }
}

fn unknown(resource: &str) -> TaskFailure {
    TaskFailure {
        error: "States.Runtime".to_owned(),
        cause: format!("the resource '{resource}' names nothing on this machine"),
    }
}

fn unserved(resource: &str, integration: &Integration) -> TaskFailure {
    TaskFailure {
        error: "States.Runtime".to_owned(),
        cause: format!(
            "{} is not served on this machine, so '{resource}' cannot be called; lambda, dynamodb, sqs and states are",
            integration.service
        ),
    }
}
