//! Calling services directly: no function, no cold start, and the permission is the state machine's own.

mod dynamodb;
mod marshal;
mod queue;

pub use dynamodb::Table;
pub use queue::Queue;

use super::Scope;
use super::call::retriers;
use crate::draft::StateId;
use crate::draft::{Answer, Argument, Does, Place, TaskState, WaitUntil};
use crate::expression::node::{self, EdgeId, NodeRef};
use crate::retry::Retry;
use crate::workflow::IntegrationDescription;

/// How long a service may take to answer. Step Functions itself waits for ever.
pub(super) const SERVICE_SECONDS: u32 = 10;

/// A call of a service's action.
struct ServiceCall {
    resource: &'static str,
    /// `dynamodb:getItem`, as people read it.
    action: &'static str,
    /// The table or queue.
    target: &'static str,
    arguments: Vec<(&'static str, Argument)>,
    answer: Answer,
    /// Errors that are answers of their own and not tried again.
    answers: Vec<String>,
}

impl Scope {
    fn place_service(
        &mut self,
        name: &str,
        call: ServiceCall,
        at: Place,
    ) -> (StateId, EdgeId, NodeRef) {
        let description = IntegrationDescription {
            resource: call.resource,
            target: call.target.to_owned(),
        };
        self.draft().integrations.push(description);
        let task = TaskState {
            resource: call.resource,
            arguments: call.arguments,
            answer: call.answer,
            timeout: Some(WaitUntil::Seconds(node::literal(SERVICE_SECONDS))),
            retry: retriers(call.answers, Some(Retry::TRANSIENT)),
            does: Does::Service(call.action),
        };
        self.place_with_answer(name, task, at)
    }
}
