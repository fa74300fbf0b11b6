//! Task tokens brought back: success, failure, heartbeat.

use comanda_engine::{Event, Json};
use serde::Deserialize;

use super::{Empty, StepFunctions};
use crate::{aws::error::ApiError, scheduler::TokenError};

/// AWS' bound on an output.
const OUTPUT_BYTES: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskSuccessRequest {
    task_token: String,
    output: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskFailureRequest {
    task_token: String,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskHeartbeatRequest {
    task_token: String,
}

impl StepFunctions {
    pub(super) async fn send_task_success(
        &self,
        request: SendTaskSuccessRequest,
    ) -> Result<Empty, ApiError> {
        let output = check_output(&request.output)?;
        let token = &request.task_token;
        let answered = self
            .scheduler
            .answer(token, |task| Event::TaskSucceeded { task, output });
        told(answered.await)
    }

    pub(super) async fn send_task_failure(
        &self,
        request: SendTaskFailureRequest,
    ) -> Result<Empty, ApiError> {
        let answered = self
            .scheduler
            .answer(&request.task_token, |task| Event::TaskFailed {
                task,
                error: request.error,
                cause: request.cause,
            });
        told(answered.await)
    }

    pub(super) async fn send_task_heartbeat(
        &self,
        request: SendTaskHeartbeatRequest,
    ) -> Result<Empty, ApiError> {
        let answered = self
            .scheduler
            .answer(&request.task_token, |task| Event::Heartbeat { task });
        told(answered.await)
    }
}

fn check_output(text: &str) -> Result<Json, ApiError> {
    let refused =
        |why: String| ApiError::step_functions("InvalidOutput", format!("Invalid Output: '{why}'"));
    if text.len() > OUTPUT_BYTES {
        return Err(refused(format!(
            "output must be at most {OUTPUT_BYTES} bytes"
        )));
    }
    comanda_asl::json::read(text).map_err(|error| refused(error.mistake.to_string()))?;
    // Without the text's own spacing: what the journal gives back must be the same document.
    let output = serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
    Ok(Json::new(output))
}

fn told(answered: Result<(), TokenError>) -> Result<Empty, ApiError> {
    match answered {
        Ok(()) => Ok(Empty {}),
        Err(TokenError::TooLate) => Err(ApiError::step_functions(
            "TaskTimedOut",
            "Task Timed Out: 'Provided task does not exist anymore'",
        )),
        Err(TokenError::Unknown) => Err(ApiError::step_functions(
            "InvalidToken",
            "Invalid Token: 'Invalid token'",
        )),
        Err(TokenError::Journal(error)) => Err(error.into()),
    }
}
