//! The Task state: work done by a function, an activity or a service.

use super::{Fields, Resource, Source};

/// What only a Task has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Task {
    /// What does the work, as written; [`Task::target`] reads it.
    pub resource: String,
    /// The task fails with `States.Timeout` after this long; AWS's default is 99,999,999.
    pub timeout_seconds: Option<Source<u64>>,
    /// The task fails with `States.HeartbeatTimeout` when it is silent for this long.
    pub heartbeat_seconds: Option<Source<u64>>,
    /// The role that the work is done in, when it is not the machine's own.
    pub credentials: Option<Credentials>,
}

/// The role of a task in another account.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    /// `RoleArn`; as a path it is written `RoleArn.$`.
    pub role_arn: Source<String>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

impl Task {
    /// A task on the given resource.
    pub fn new(resource: impl Into<String>) -> Task {
        Task {
            resource: resource.into(),
            ..Task::default()
        }
    }

    /// The resource, read.
    #[must_use]
    pub fn target(&self) -> Resource {
        Resource::parse(&self.resource)
    }
}
