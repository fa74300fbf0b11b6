//! `TestState`: one state alone. What it means is the engine's business; where nothing is mocked, whoever the state
//! names is really called, as at AWS.

use std::sync::Arc;

use comanda_asl::{Pattern, Resource, WorkflowKind};
use comanda_engine::{
    Json, Start, StateTest, TaskId, TaskRequest, TestStateError, test_state,
    test_state::{StateAnswer, TestCall, TestWorld, pending_call, read_request, write_response},
};
use serde_json::Value;

use super::{StepFunctions, executions::seed};
use crate::{
    aws::{
        error::ApiError,
        names::{ACCOUNT, REGION, machine_arn},
    },
    scheduler::{Facts, TaskAnswer, TaskOfExecution, Through},
};

/// What a made-up execution is called.
const NAME: &str = "TestState";

impl StepFunctions {
    pub(super) async fn test_state(&self, request: Value) -> Result<Value, ApiError> {
        let world = TestWorld {
            region: REGION.into(),
            account_id: ACCOUNT.into(),
            now: self.clock.now(),
            seed: seed(&self.clock.fresh_id()),
        };
        let mut test = read_request(&request, &world).map_err(refused)?;
        if let Some(call) = pending_call(&test).map_err(refused)? {
            test.answer = Some(self.called(&test, call).await?);
        }
        let level = test.inspection_level;
        let tested = test_state(&test).map_err(refused)?;
        Ok(write_response(tested, level))
    }

    /// What whoever the state names answers.
    async fn called(&self, test: &StateTest, call: TestCall) -> Result<StateAnswer, ApiError> {
        let is_answered_later = matches!(call.resource, Resource::Activity { .. })
            || !matches!(call.resource.pattern(), Pattern::RequestResponse);
        if is_answered_later {
            return Err(ApiError::step_functions(
                "InvalidDefinition",
                "TestState API supports neither activities nor the service integration patterns '.sync' and '.waitForTaskToken' unless a mock is specified",
            ));
        }
        let task = TaskOfExecution {
            request: TaskRequest {
                task: TaskId(1),
                state_name: test.state_name.as_deref().unwrap_or(NAME).into(),
                resource: call.resource.to_string().into(),
                arguments: call.arguments,
                token: None,
                timeout_seconds: None,
                heartbeat_seconds: None,
                role_arn: test.role_arn.clone(),
                retry_count: 0,
            },
            execution: Arc::new(self.nobody(test)),
        };
        match self.scheduler.try_task(task).await {
            Some(TaskAnswer::Succeeded(output)) => Ok(StateAnswer::Result(output)),
            Some(TaskAnswer::Failed(failure)) => Ok(StateAnswer::Error {
                error: Some(failure.error.into()),
                cause: Some(failure.cause.into()),
            }),
            _ => Err(ApiError::common(
                "ServiceUnavailable",
                "the stack is starting or shutting down; try again",
            )),
        }
    }

    /// The execution that the state would be part of.
    fn nobody(&self, test: &StateTest) -> Facts {
        Facts {
            number: 0,
            started_at: test.now,
            revision: String::new(),
            through: Through::default(),
            started_by: None,
            start: Start {
                execution_arn: super::names::express_arn(NAME, NAME, &self.clock.fresh_id()).into(),
                execution_name: NAME.into(),
                state_machine_arn: machine_arn(NAME).into(),
                state_machine_name: NAME.into(),
                role_arn: test.role_arn.clone().unwrap_or_default(),
                kind: WorkflowKind::Express,
                input: Json::clone(&test.input),
                seed: test.seed,
            },
        }
    }
}

fn refused(error: TestStateError) -> ApiError {
    ApiError::step_functions(error.exception(), error.to_string())
}
