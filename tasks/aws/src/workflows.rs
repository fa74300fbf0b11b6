//! Executions and task tokens on Step Functions.

use aws_config::SdkConfig;
use aws_sdk_sfn::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{BoxError, SdkError},
    operation::{
        send_task_failure::SendTaskFailureError, send_task_success::SendTaskSuccessError,
        start_execution::StartExecutionError,
    },
    types::SyncExecutionStatus,
};
use comanda_tasks::ports::{
    Answer, Completion, OutageError, START_SYNC_SECONDS, Started, SyncEnd, Workflows,
};
use serde_json::Value;
use std::time::Duration;

use crate::{config::AwsEndpoint, outage};

const PARTY: &str = "step functions";
/// AWS' limits for `SendTaskFailure`; longer texts are refused as a whole, so they are cut.
const ERROR_MAX_CHARS: usize = 256;
const CAUSE_MAX_CHARS: usize = 32_768;

/// Starts and completes through the Step Functions API.
pub(crate) struct StepFunctions {
    client: Client,
    /// `arn:aws:states:<region>:<account>:stateMachine:`.
    machine_arn_prefix: String,
    /// `:<alias>`, or nothing.
    qualifier: String,
}

impl StepFunctions {
    pub(crate) fn new(config: &SdkConfig, endpoint: &AwsEndpoint) -> Self {
        let builder = aws_sdk_sfn::config::Builder::from(config);
        let config = match endpoint.url {
            Some(_) => builder.interceptor(WithoutHostPrefix).build(),
            None => builder.build(),
        };
        Self {
            client: Client::from_conf(config),
            machine_arn_prefix: format!(
                "arn:aws:states:{}:{}:stateMachine:",
                endpoint.region, endpoint.account
            ),
            qualifier: match &endpoint.alias {
                Some(alias) => format!(":{alias}"),
                None => String::new(),
            },
        }
    }

    fn machine_arn(&self, workflow: &str) -> String {
        format!("{}{workflow}{}", self.machine_arn_prefix, self.qualifier)
    }
}

impl Workflows for StepFunctions {
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError> {
        Box::pin(async move {
            let answer = self
                .client
                .start_execution()
                .state_machine_arn(self.machine_arn(workflow))
                .name(name)
                .input(input.to_string())
                .send()
                .await;
            match answer {
                Ok(_) => Ok(Started::Running),
                Err(SdkError::ServiceError(refusal))
                    if matches!(
                        refusal.err(),
                        StartExecutionError::ExecutionAlreadyExists(_)
                    ) =>
                {
                    Ok(Started::AlreadyExists)
                }
                Err(error) => Err(outage::of_aws(PARTY, &error)),
            }
        })
    }

    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError> {
        Box::pin(async move {
            let end = self
                .client
                .start_sync_execution()
                .state_machine_arn(self.machine_arn(workflow))
                .name(name)
                .input(input.to_string())
                .customize()
                .config_override(while_it_runs())
                .send()
                .await
                .map_err(|error| outage::of_aws(PARTY, &error))?;
            if end.status() == &SyncExecutionStatus::Succeeded {
                let output = serde_json::from_str(end.output().unwrap_or("null"))
                    .map_err(|_| outage::unknown(PARTY, "the output is not JSON"))?;
                return Ok(SyncEnd::Succeeded(output));
            }
            let timed_out = end.status() == &SyncExecutionStatus::TimedOut;
            let default_error = if timed_out { "States.Timeout" } else { "" };
            Ok(SyncEnd::Failed {
                error: end.error().unwrap_or(default_error).to_owned(),
                cause: end.cause().unwrap_or_default().to_owned(),
            })
        })
    }

    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move {
            let answer = self
                .client
                .send_task_success()
                .task_token(token)
                .output(output.to_string())
                .send()
                .await;
            match answer {
                Ok(_) => Ok(Completion::Accepted),
                Err(error) => match error.as_service_error() {
                    Some(SendTaskSuccessError::TaskTimedOut(_)) => Ok(Completion::TooLate),
                    Some(
                        SendTaskSuccessError::TaskDoesNotExist(_)
                        | SendTaskSuccessError::InvalidToken(_),
                    ) => Ok(Completion::Invalid),
                    _ => Err(outage::of_aws(PARTY, &error)),
                },
            }
        })
    }

    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        cause: &'a str,
    ) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move {
            let answer = self
                .client
                .send_task_failure()
                .task_token(token)
                .error(error.chars().take(ERROR_MAX_CHARS).collect::<String>())
                .cause(cause.chars().take(CAUSE_MAX_CHARS).collect::<String>())
                .send()
                .await;
            match answer {
                Ok(_) => Ok(Completion::Accepted),
                Err(error) => match error.as_service_error() {
                    Some(SendTaskFailureError::TaskTimedOut(_)) => Ok(Completion::TooLate),
                    Some(
                        SendTaskFailureError::TaskDoesNotExist(_)
                        | SendTaskFailureError::InvalidToken(_),
                    ) => Ok(Completion::Invalid),
                    _ => Err(outage::of_aws(PARTY, &error)),
                },
            }
        })
    }
}

/// The answer comes when the execution has ended, so the one attempt may take all of the time. There is no second one, which would run
/// another execution beside the first, whose name excludes nothing.
fn while_it_runs() -> aws_sdk_sfn::config::Builder {
    let limit = Duration::from_secs(START_SYNC_SECONDS.into());
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(limit)
        .operation_timeout(limit)
        .build();
    aws_sdk_sfn::config::Config::builder()
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled())
}

/// `StartSyncExecution` puts `sync-` before the host, also before an overridden one, and `sync-127.0.0.1` is no host.
#[derive(Debug)]
struct WithoutHostPrefix;

impl Intercept for WithoutHostPrefix {
    fn name(&self) -> &'static str {
        "WithoutHostPrefix"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let address = request.uri().replacen("://sync-", "://", 1);
        request.set_uri(address)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
