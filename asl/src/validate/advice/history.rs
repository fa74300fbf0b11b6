//! An estimate of what a Standard execution writes into its history, which may not have more than 25,000 events.

use std::collections::BTreeMap;

use super::graph::Graph;
use crate::{
    json::Node,
    model::{Pattern, Resource, WorkflowKind},
    validate::{
        findings::Findings,
        transitions,
        walk::{MachineAt, StateAt},
    },
};

/// A Standard execution fails when its history would grow beyond this.
pub(super) const LIMIT_EVENTS: u64 = 25_000;
/// Fewer items than this are everyday; a Map that breaks with so few is worth a word.
const EVERYDAY_ITEMS: u64 = 1_000;
/// What one try of a task writes: scheduled, started, and how it went.
const EVENTS_OF_A_TRY: u64 = 3;
/// As often as a retrier tries that does not say how often.
const DEFAULT_ATTEMPTS: u64 = 3;

/// The fewest events that states and machines write when they are passed once.
pub(super) struct Estimate<'document> {
    /// By the JSON pointer to the machine.
    machines: BTreeMap<String, Machine<'document>>,
}

struct Machine<'document> {
    fewest: u64,
    of_states: BTreeMap<&'document str, u64>,
}

impl<'document> Estimate<'document> {
    /// Inner machines stand behind outer ones, and are counted before them.
    pub(super) fn of(machines: &[MachineAt<'document>]) -> Estimate<'document> {
        let mut known = BTreeMap::new();
        for machine in machines.iter().rev() {
            let of_states: BTreeMap<&str, u64> = machine
                .states
                .iter()
                .map(|state| (state.name, events(state, &known)))
                .collect();
            let fewest = fewest(machine, &of_states);
            known.insert(machine.location.pointer(), Machine { fewest, of_states });
        }
        Estimate { machines: known }
    }

    pub(super) fn events_of(&self, machine: &MachineAt<'_>, state: &str) -> u64 {
        self.machines
            .get(&machine.location.pointer())
            .and_then(|machine| machine.of_states.get(state).copied())
            .unwrap_or(0)
    }
}

/// Maps that break with few items, and retries that go on for too long.
pub(super) fn check(
    machine: &MachineAt<'_>,
    machines: &[MachineAt<'_>],
    estimate: &Estimate<'_>,
    findings: &mut Findings,
) {
    if machine.kind == WorkflowKind::Express {
        return;
    }
    for state in &machine.states {
        match state.type_name {
            "Map" => many_items(state, machines, estimate, findings),
            "Task" => many_tries(state, findings),
            _ => {}
        }
    }
}

fn many_items(
    state: &StateAt<'_>,
    machines: &[MachineAt<'_>],
    estimate: &Estimate<'_>,
    findings: &mut Findings,
) {
    let Some(processor) = ["ItemProcessor", "Iterator"].iter().find_map(|name| {
        let location = state.location.name(name);
        machines.iter().find(|machine| machine.location == location)
    }) else {
        return;
    };
    let inside = estimate
        .machines
        .get(&processor.location.pointer())
        .map_or(0, |machine| machine.fewest);
    // An iteration is started and succeeds.
    let of_an_item = 2 + inside;
    let items = LIMIT_EVENTS / of_an_item;
    let known = state
        .node
        .get("Items")
        .map(|items| items.elements().len() as u64)
        .filter(|count| *count > 0);
    if processor.is_distributed || known.map_or(items >= EVERYDAY_ITEMS, |count| count <= items) {
        return;
    }
    findings.advice(
        "HISTORY_AT_RISK",
        &state.location,
        format!(
            "each item of \"{}\" writes at least {of_an_item} events: with more than {items} items the execution fails at \
             the limit of {LIMIT_EVENTS} events",
            state.name
        ),
        "make it a distributed Map, whose items have histories of their own: \"Mode\": \"DISTRIBUTED\"",
    );
}

fn many_tries(state: &StateAt<'_>, findings: &mut Findings) {
    let retriers = state
        .node
        .get("Retry")
        .map(Node::elements)
        .unwrap_or_default();
    let tries: u64 = retriers
        .iter()
        .map(|retrier| super::seconds(retrier, "MaxAttempts").unwrap_or(DEFAULT_ATTEMPTS))
        .fold(0, u64::saturating_add);
    if tries.saturating_mul(EVENTS_OF_A_TRY) >= LIMIT_EVENTS {
        findings.advice(
            "HISTORY_AT_RISK",
            &state.location.name("Retry"),
            format!(
                "\"{}\" may be tried {tries} times: after {} tries the execution fails at the limit of {LIMIT_EVENTS} events",
                state.name,
                LIMIT_EVENTS / EVENTS_OF_A_TRY
            ),
            "lower MaxAttempts, and raise IntervalSeconds or BackoffRate",
        );
    }
}

/// Entered and exited, and what is between: every state type has its own.
fn events(state: &StateAt<'_>, known: &BTreeMap<String, Machine<'_>>) -> u64 {
    let between = match state.type_name {
        "Fail" => return 1,
        "Task" => {
            let resource = Resource::parse(state.node.text_of("Resource").unwrap_or_default());
            // A service that took the request, to answer later, writes that it did.
            EVENTS_OF_A_TRY + u64::from(resource.pattern() != Pattern::RequestResponse)
        }
        "Parallel" => {
            let branches = state
                .node
                .get("Branches")
                .map_or(0, |branches| branches.elements().len());
            let location = state.location.name("Branches");
            let of_branch = |branch| known.get(&location.index(branch).pointer());
            2 + (0..branches)
                .filter_map(of_branch)
                .map(|machine| machine.fewest)
                .sum::<u64>()
        }
        // How many items there are is not known; none is the fewest.
        "Map" => 2,
        _ => 0,
    };
    2 + between
}

/// The fewest events from a machine's start to one of its ends.
fn fewest(machine: &MachineAt<'_>, of_states: &BTreeMap<&str, u64>) -> u64 {
    let ends: Vec<&str> = machine
        .states
        .iter()
        .filter(|state| transitions::is_terminal(state))
        .map(|state| state.name)
        .collect();
    let start: Vec<&str> = machine.node.text_of("StartAt").into_iter().collect();
    let way = Graph::of(machine).cheapest(
        &start,
        |name| ends.contains(&name),
        |name| of_states.get(name).copied().unwrap_or(0),
    );
    way.map_or(0, |(events, _)| events)
}

/// A length of time as people say it: its largest unit, rounded down.
pub(super) fn plain(seconds: u64) -> String {
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = units.iter().find(|(length, _)| seconds >= 2 * length);
    match unit {
        Some((length, name)) => format!("{} {name}", seconds / length),
        None => format!("{seconds} seconds"),
    }
}
