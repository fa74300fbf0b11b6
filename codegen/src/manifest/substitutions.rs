//! What a definition leaves open, by names in `${…}`, and what stands for each in a deployment.

use serde::Serialize;

use crate::project::Project;

/// What is put in the place of a `${…}` of a definition.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Substitute {
    /// A function's ARN.
    Function(String),
    /// A state machine's ARN.
    StateMachine(String),
    /// The address of our events queue.
    EventsQueueUrl,
    /// Something that this program does not know: a person must look.
    Unknown,
}

/// The names between `${` and `}` in a definition, each once.
pub(super) fn placeholders(definition: &str) -> Vec<String> {
    let mut names: Vec<String> = definition
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// What a name stands for.
pub(super) fn substitute(project: &Project, placeholder: &str) -> Substitute {
    if placeholder == "EventsQueueUrl" {
        return Substitute::EventsQueueUrl;
    }
    for function in &project.functions {
        if placeholder == format!("{}Function", pascal(function.service)) {
            return Substitute::Function(function.service.to_owned());
        }
    }
    for workflow in project.workflows {
        if placeholder == format!("{}StateMachine", pascal(workflow.name)) {
            return Substitute::StateMachine(workflow.name.to_owned());
        }
    }
    Substitute::Unknown
}

/// `order-lifecycle` → `OrderLifecycle`.
pub(super) fn pascal(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}
