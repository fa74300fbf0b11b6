//! Which errors the rules of `Retry` and `Catch` are for.

use crate::failure::{Reported, names};

/// Whether one of the names of a rule is for an error.
pub(crate) fn matches(rules: &[Box<str>], reported: &Reported) -> bool {
    let error = reported.error.as_deref().unwrap_or("");
    rules.iter().any(|rule| match &**rule {
        names::ALL => error != names::RUNTIME,
        names::TASK_FAILED => {
            error == names::TASK_FAILED
                || (reported.from_task
                    && error != names::TIMEOUT
                    && error != names::DATA_LIMIT_EXCEEDED)
        }
        names::HEARTBEAT_TIMEOUT => reported.heartbeat || error == names::HEARTBEAT_TIMEOUT,
        rule => rule == error,
    })
}
