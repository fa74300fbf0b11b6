//! What an Express execution has no time for.

use super::seconds;
use crate::{
    model::WorkflowKind,
    validate::{
        findings::Findings,
        walk::{MachineAt, StateAt},
    },
};

/// An Express execution ends by then, whatever it does.
const EXPRESS_SECONDS_MAX: u64 = 300;

pub(super) fn check(machine: &MachineAt<'_>, state: &StateAt<'_>, findings: &mut Findings) {
    if machine.kind != WorkflowKind::Express || state.type_name != "Wait" {
        return;
    }
    if let Some(wait) = seconds(state.node, "Seconds").filter(|wait| *wait >= EXPRESS_SECONDS_MAX) {
        findings.advice(
            "EXPRESS_WAIT_TOO_LONG",
            &state.location.name("Seconds"),
            format!(
                "\"{}\" waits {wait} s, and an Express execution times out after {EXPRESS_SECONDS_MAX} s",
                state.name
            ),
            "wait less, or make it a Standard workflow",
        );
    }
}
