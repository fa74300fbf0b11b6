//! Loops: those without a way out, and those whose rounds nobody counts and the history does.

use std::collections::BTreeSet;

use super::{
    graph::Graph,
    history::{self, Estimate},
    seconds,
};
use crate::{
    json::Node,
    model::WorkflowKind,
    validate::{
        findings::Findings,
        transitions,
        walk::{MachineAt, StateAt},
    },
};

pub(super) fn check(
    root: &Node,
    machine: &MachineAt<'_>,
    estimate: &Estimate<'_>,
    findings: &mut Findings,
) {
    let graph = Graph::of(machine);
    let can_end = graph.can_end(&machine.states);
    let mut loops: Vec<(&StateAt<'_>, BTreeSet<&str>)> = graph
        .loops()
        .into_iter()
        .filter_map(|members| {
            let mut states = machine.states.iter();
            let first = states.find(|state| members.contains(state.name))?;
            Some((first, members))
        })
        .collect();
    loops.sort_by_key(|(first, _)| first.node.span.start);
    for (first, members) in loops {
        if !can_end.contains(first.name) {
            findings.advice(
                "UNBOUNDED_LOOP",
                &first.location,
                format!(
                    "from \"{}\" the execution comes back to it and never to an end",
                    first.name
                ),
                "count the rounds in a variable and leave by a Choice",
            );
        } else if machine.kind == WorkflowKind::Standard && !is_counted(machine, &members) {
            uncounted(root, machine, estimate, &graph, first, findings);
        }
    }
}

/// Whether a Choice of the loop compares sizes or times before it leaves: then somebody counts, rounds or seconds.
fn is_counted(machine: &MachineAt<'_>, members: &BTreeSet<&str>) -> bool {
    machine
        .states
        .iter()
        .filter(|state| members.contains(state.name) && state.type_name == "Choice")
        .filter(|state| {
            transitions::successors(state)
                .iter()
                .any(|(_, target)| !members.contains(target))
        })
        .filter_map(|state| state.node.get("Choices"))
        .flat_map(Node::elements)
        .any(compares_sizes)
}

fn compares_sizes(rule: &Node) -> bool {
    rule.members().iter().any(|member| {
        let name = member.name.as_str();
        match name {
            "Condition" => member.node.text().is_some_and(condition_compares),
            "And" | "Or" => member.node.elements().iter().any(compares_sizes),
            "Not" => compares_sizes(&member.node),
            _ => name.starts_with("Numeric") || name.starts_with("Timestamp"),
        }
    })
}

fn condition_compares(condition: &str) -> bool {
    let equals_number = condition.split('=').skip(1).any(|right| {
        right
            .trim_start()
            .starts_with(|first: char| first.is_ascii_digit())
    });
    equals_number
        || ["<", ">", "$count(", "$length("]
            .iter()
            .any(|sign| condition.contains(sign))
}

fn uncounted(
    root: &Node,
    machine: &MachineAt<'_>,
    estimate: &Estimate<'_>,
    graph: &Graph<'_>,
    first: &StateAt<'_>,
    findings: &mut Findings,
) {
    let Some((events, round)) = graph.cheapest(
        graph.successors(first.name),
        |name| name == first.name,
        |name| estimate.events_of(machine, name),
    ) else {
        return;
    };
    let wait: u64 = machine
        .states
        .iter()
        .filter(|state| state.type_name == "Wait" && round.contains(&state.name))
        .filter_map(|state| seconds(state.node, "Seconds"))
        .fold(0, u64::saturating_add);
    let rounds = history::LIMIT_EVENTS / events.max(1);
    let is_cut_short =
        seconds(root, "TimeoutSeconds").is_some_and(|timeout| wait > 0 && timeout / wait < rounds);
    if is_cut_short {
        return;
    }
    let when = match wait {
        0 => String::new(),
        _ => format!(
            ", {} at {wait} s a round,",
            history::plain(rounds.saturating_mul(wait))
        ),
    };
    findings.advice(
        "HISTORY_AT_RISK",
        &first.location,
        format!(
            "no Choice counts the rounds of the loop through \"{}\": a round writes at least {events} events, and after \
             {rounds} rounds{when} the execution fails at the limit of {} events",
            first.name,
            history::LIMIT_EVENTS
        ),
        "count the rounds in a variable and leave by a Choice",
    );
}
