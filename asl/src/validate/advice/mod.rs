//! Our own warnings: what AWS takes and people regret. One file per concern; each code has a page in `docs/errors/`.

mod express;
mod graph;
mod history;
mod loops;
mod repeated;
mod tasks;
mod variables;

use super::{findings::Findings, walk::MachineAt};
use crate::json::{Location, Node};

pub(super) fn check(root: &Node, machines: &[MachineAt<'_>], findings: &mut Findings) {
    let estimate = history::Estimate::of(machines);
    for machine in machines {
        for state in &machine.states {
            tasks::check(root, machine, state, findings);
            express::check(machine, state, findings);
            if state.type_name == "Choice" && state.node.get("Default").is_none() {
                findings.advice(
                    "MISSING_DEFAULT",
                    &state.location,
                    format!(
                        "\"{}\" fails with States.NoChoiceMatched when no rule holds",
                        state.name
                    ),
                    "add a Default",
                );
            }
        }
        loops::check(root, machine, &estimate, findings);
        history::check(machine, machines, &estimate, findings);
    }
    variables::unknown(machines, findings);
    variables::unused(machines, findings);
    repeated::check(root, &Location::root(), findings);
}

/// A number of seconds that stands in the definition; none where it is missing or computed.
fn seconds(node: &Node, name: &str) -> Option<u64> {
    node.get(name)?.to_value().as_u64()
}
