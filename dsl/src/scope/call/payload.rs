//! What our Lambda functions are sent: the task, its input, and what they are told of the step that calls.

use crate::draft::Argument;
use crate::expression::node::{self, Context, NodeRef};

pub(super) fn invoke(function: &str, payload: Argument) -> Vec<(&'static str, Argument)> {
    vec![
        (
            "FunctionName",
            Argument::Fixed(crate::workflow::function_substitution(function)),
        ),
        ("Payload", payload),
    ]
}

pub(super) fn payload(
    task: &'static str,
    input: NodeRef,
    key: Option<NodeRef>,
    (token, is_retried): (bool, bool),
) -> Argument {
    let mut members = vec![
        ("task".to_owned(), Argument::Node(node::literal(task))),
        ("input".to_owned(), Argument::Node(input)),
    ];
    if let Some(key) = key {
        members.push(("key".to_owned(), Argument::Node(key)));
    }
    if token {
        members.push((
            "token".to_owned(),
            Argument::Node(node::context(Context::TaskToken)),
        ));
    }
    members.push((
        "execution".to_owned(),
        Argument::Node(node::context(Context::ExecutionId)),
    ));
    if is_retried {
        members.push((
            "retries".to_owned(),
            Argument::Node(node::context(Context::RetryCount)),
        ));
    }
    Argument::Members(members)
}
