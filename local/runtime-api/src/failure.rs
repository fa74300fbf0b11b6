//! How an invocation fails, in Lambda's own words.

use std::time::Duration;

use serde::Deserialize;

/// A failed invocation, as the caller of the function is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error's name: the function's own, or Lambda's.
    pub error_type: String,
    /// What is said about it.
    pub error_message: String,
    ends_environment: bool,
}

/// What a runtime posts about an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Posted {
    error_type: String,
    error_message: String,
}

impl Default for Posted {
    fn default() -> Self {
        Self {
            error_type: "Runtime.Unknown".to_owned(),
            error_message: String::new(),
        }
    }
}

impl Posted {
    /// The function answered with an error, or said that it cannot start.
    pub(crate) fn failure(self, ends_environment: bool) -> Failure {
        Failure {
            error_type: self.error_type,
            error_message: self.error_message,
            ends_environment,
        }
    }
}

impl Failure {
    /// Whether the process is gone, or of no use any more.
    #[must_use]
    pub fn ends_environment(&self) -> bool {
        self.ends_environment
    }

    pub(crate) fn exited(request_id: &str, how: &str) -> Self {
        Self {
            error_type: "Runtime.ExitError".to_owned(),
            error_message: format!(
                "RequestId: {request_id} Error: Runtime exited with error: {how}"
            ),
            ends_environment: true,
        }
    }

    pub(crate) fn timed_out(request_id: &str, timeout: Duration) -> Self {
        Self {
            error_type: "Sandbox.Timedout".to_owned(),
            error_message: format!(
                "RequestId: {request_id} Error: Task timed out after {:.2} seconds",
                timeout.as_secs_f64()
            ),
            ends_environment: true,
        }
    }
}
