//! Tasks that go on without a limit, or give up too soon.

use super::seconds;
use crate::{
    json::Node,
    model::{Pattern, Resource, WorkflowKind},
    validate::{
        findings::Findings,
        walk::{MachineAt, StateAt},
    },
};

const LIMITS: &[&str] = &[
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
];

pub(super) fn check(
    root: &Node,
    machine: &MachineAt<'_>,
    state: &StateAt<'_>,
    findings: &mut Findings,
) {
    let Some(text) = state
        .node
        .text_of("Resource")
        .filter(|_| state.type_name == "Task")
    else {
        return;
    };
    // An Express execution ends after five minutes in any case, and the whole may have a limit of its own.
    let is_limited = LIMITS.iter().any(|name| state.node.get(name).is_some())
        || root.get("TimeoutSeconds").is_some()
        || machine.kind == WorkflowKind::Express;
    if !is_limited {
        endless(&Resource::parse(text), state, findings);
    }
    late_heartbeat(state, findings);
    without_retry(state, findings);
}

/// A token that nobody brings back, a function that hangs or a job that never ends keeps the execution for a year.
fn endless(resource: &Resource, state: &StateAt<'_>, findings: &mut Findings) {
    let waits_for_token = resource.pattern() == Pattern::WaitForTaskToken
        || matches!(resource, Resource::Activity { .. });
    if waits_for_token {
        findings.advice(
            "CALLBACK_WITHOUT_TIMEOUT",
            &state.location,
            format!("\"{}\" waits for an answer without a limit: a lost one keeps the execution for a year", state.name),
            "set TimeoutSeconds, and catch States.Timeout",
        );
        return;
    }
    let runs_a_job = matches!(resource.pattern(), Pattern::Sync | Pattern::Sync2);
    let calls_a_function = match resource {
        Resource::Lambda { .. } | Resource::Substitution(_) => true,
        Resource::Service(call) => call.service == "lambda",
        _ => false,
    };
    // Other calls are answered, or given up by the service, within minutes.
    if runs_a_job || calls_a_function {
        let what = if runs_a_job { "job" } else { "function" };
        findings.advice(
            "TASK_WITHOUT_TIMEOUT",
            &state.location,
            format!(
                "\"{}\" waits for its {what} without a limit of its own",
                state.name
            ),
            format!("set TimeoutSeconds to a little more than the {what} may take"),
        );
    }
}

/// The specification wants it below the timeout; later than that it says nothing.
fn late_heartbeat(state: &StateAt<'_>, findings: &mut Findings) {
    if let (Some(timeout), Some(heartbeat)) = (
        seconds(state.node, "TimeoutSeconds"),
        seconds(state.node, "HeartbeatSeconds"),
    ) && heartbeat >= timeout
    {
        findings.advice(
            "HEARTBEAT_AFTER_TIMEOUT",
            &state.location,
            format!(
                "\"{}\" has timed out after {timeout} s, before {heartbeat} s without a heartbeat",
                state.name
            ),
            "make HeartbeatSeconds smaller than TimeoutSeconds, or leave it out",
        );
    }
}

/// One that must not be repeated says so by what it does with the error.
fn without_retry(state: &StateAt<'_>, findings: &mut Findings) {
    let has = |list: &str| {
        state
            .node
            .get(list)
            .is_some_and(|rules| !rules.elements().is_empty())
    };
    if !has("Retry") && !has("Catch") {
        findings.advice(
            "TASK_WITHOUT_RETRY",
            &state.location,
            format!(
                "\"{}\" fails, and the execution with it, on the first hiccup of the network",
                state.name
            ),
            "add a Retry if the task may be done twice, else a Catch",
        );
    }
}
