//! Task.

use super::members::{Unread, Written};
use crate::model::{Credentials, Task};

pub(super) fn read(unread: &mut Unread) -> Option<Task> {
    Some(Task {
        resource: unread.text("Resource")?,
        timeout_seconds: unread.source_of_integer("TimeoutSeconds", "TimeoutSecondsPath"),
        heartbeat_seconds: unread.source_of_integer("HeartbeatSeconds", "HeartbeatSecondsPath"),
        credentials: unread.with("Credentials", |value| {
            let mut unread = Unread::of(value)?;
            Some(Credentials {
                role_arn: unread.source_of_text("RoleArn", "RoleArn.$")?,
                unknown: unread.rest(),
            })
        }),
    })
}

/// Everything but the resource, which stands further up.
pub(super) fn write(task: &Task, written: &mut Written) {
    written.put_source(
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        task.timeout_seconds.as_ref(),
    );
    written.put_source(
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
        task.heartbeat_seconds.as_ref(),
    );
    written.put_some(
        "Credentials",
        task.credentials.as_ref().map(|credentials| {
            let mut written = Written::default();
            written.put_source("RoleArn", "RoleArn.$", Some(&credentials.role_arn));
            written.with(&credentials.unknown)
        }),
    );
}
