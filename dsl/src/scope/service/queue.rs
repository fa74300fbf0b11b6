//! Sending to an SQS queue.

use std::marker::PhantomData;

use super::ServiceCall;
use crate::draft::{Answer, Argument};
use crate::expression::{Data, IntoExpr};
use crate::scope::Scope;

/// A FIFO queue of messages of one type. Its address is the deployment's: `events` is `${EventsQueueUrl}`.
pub struct Queue<M> {
    name: &'static str,
    of: PhantomData<fn(M)>,
}

impl<M> Clone for Queue<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Queue<M> {}

impl<M> std::fmt::Debug for Queue<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Queue({})", self.name)
    }
}

impl<M: Data> Queue<M> {
    /// The queue of this name.
    #[must_use]
    pub const fn fifo(name: &'static str) -> Self {
        Self {
            name,
            of: PhantomData,
        }
    }
}

impl Scope {
    /// Sends a message. Messages of one group come in their order; the same deduplication id within five minutes is the
    /// same message, which is why sending may be repeated.
    #[track_caller]
    pub fn send<M: Data>(
        &mut self,
        name: &str,
        queue: Queue<M>,
        message: impl IntoExpr<M>,
        group: impl IntoExpr<String>,
        deduplication: impl IntoExpr<String>,
    ) {
        let at = std::panic::Location::caller();
        let url = format!("${{{}QueueUrl}}", crate::workflow::pascal(queue.name));
        let call = ServiceCall {
            resource: "arn:aws:states:::sqs:sendMessage",
            action: "sqs:sendMessage",
            target: queue.name,
            arguments: vec![
                ("QueueUrl", Argument::Fixed(url)),
                ("MessageBody", Argument::Node(message.into_expr().node())),
                ("MessageGroupId", Argument::Node(group.into_expr().node())),
                (
                    "MessageDeduplicationId",
                    Argument::Node(deduplication.into_expr().node()),
                ),
            ],
            answer: Answer::Whole,
            answers: Vec::new(),
        };
        let (_, next, _) = self.place_service(name, call, at);
        self.open = vec![next];
    }
}
