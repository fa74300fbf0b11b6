//! What a Task may call, and how its end may be awaited in which kind of workflow.

use super::{
    findings::Findings,
    walk::{MachineAt, StateAt},
};
use crate::model::{Integration, Pattern, QueryLanguage, Resource, WorkflowKind};

pub(super) fn check(machine: &MachineAt<'_>, state: &StateAt<'_>, findings: &mut Findings) {
    let Some(text) = state
        .node
        .text_of("Resource")
        .filter(|_| state.type_name == "Task")
    else {
        return;
    };
    let location = state.location.name("Resource");
    let resource = Resource::parse(text);
    match &resource {
        Resource::Service(call) if !call.is_optimised() && !is_open(call) => {
            findings.service(
                &location,
                format!("The resource provided {text} is not recognized"),
            );
            return;
        }
        Resource::Sdk(call) if matches!(call.pattern, Pattern::Sync | Pattern::Sync2) => {
            findings.service(
                &location,
                format!("The resource provided {text} is not recognized"),
            );
            return;
        }
        Resource::Unknown(text) if !text.starts_with("arn:") && !text.contains("${") => {
            if machine.kind == WorkflowKind::Express && text.contains("activity") {
                findings.service(
                    &location,
                    "Express state machine does not support Activity ARN",
                );
            } else {
                findings.service(&location, "Value is not a valid resource ARN");
            }
            return;
        }
        _ => {}
    }
    if matches!(resource, Resource::Activity { .. }) && state.node.get("Credentials").is_some() {
        let location = state.location.name("Credentials");
        findings.service(
            &location,
            "The field 'Credentials' is not supported for activities",
        );
    }
    if machine.kind == WorkflowKind::Express {
        express(&resource, &location, findings);
    }
    if let Some(call) = resource.integration() {
        request(
            call,
            matches!(resource, Resource::Service(_)),
            text,
            state,
            findings,
        );
    }
}

fn request(
    call: &Integration,
    is_optimised: bool,
    text: &str,
    state: &StateAt<'_>,
    findings: &mut Findings,
) {
    let name = match state.language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    let Some(request) = state.node.get(name) else {
        let message = format!("{name} field is required for resource ARN: {text}");
        findings.service(&state.location, message);
        return;
    };
    let required = call
        .optimised()
        .filter(|_| is_optimised)
        .map_or(&[][..], |action| action.required);
    for field in required.iter().filter(|_| request.is_object()) {
        if request.get(field).is_none() && request.get(&format!("{field}.$")).is_none() {
            let message = format!("The field '{field}' is required but was missing");
            findings.service(&state.location.name(name), message);
        }
    }
}

/// Known only after deployment, in part at least.
fn is_open(call: &Integration) -> bool {
    [&call.service, &call.action]
        .iter()
        .any(|part| part.contains("${"))
}

fn express(resource: &Resource, location: &crate::json::Location, findings: &mut Findings) {
    let message = match (resource, resource.pattern()) {
        (Resource::Activity { .. }, _) => "Express state machine does not support Activity ARN",
        (_, Pattern::Sync | Pattern::Sync2) => {
            "Express state machine does not support '.sync' service integration"
        }
        // The space at the end is AWS's.
        (_, Pattern::WaitForTaskToken) => {
            "Express state machine does not support '.waitForTaskToken' service integration "
        }
        _ => return,
    };
    findings.service(location, message);
}
