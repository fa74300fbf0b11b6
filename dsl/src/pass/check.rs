//! What rustc cannot see: values that are not there on every way, ends that are missing, steps that Express cannot do.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{edge_values, reachable, state_values};
use crate::draft::error::{DefinitionError, Problem};
use crate::draft::{Draft, Edge, MachineId, Place, StateId, StateKind, Target};
use crate::expression::node::{EdgeId, NodeKind, NodeRef, Variable};
use crate::expression::walk;
use crate::workflow::Kind;

/// Something that must have happened before a value can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Assigned(Variable),
    /// The branch that this edge enters was taken.
    Behind(EdgeId),
}

/// All mistakes of the draft as it is written.
pub(crate) fn check(draft: &Draft, kind: Kind) -> Vec<DefinitionError> {
    let mut errors = draft.errors.clone();
    // A mistake in building leaves holes, about which there is nothing more to say.
    if errors.is_empty() {
        reads(draft, &mut errors);
        loose_ends(draft, &mut errors);
        if kind == Kind::Express {
            express(draft, &mut errors);
        }
    }
    errors
}

fn loose_ends(draft: &Draft, errors: &mut Vec<DefinitionError>) {
    let found = reachable(draft);
    for id in &found.states {
        for (_, edge) in draft.out(*id) {
            if matches!(edge.to, Target::Open) {
                let name = draft
                    .state(*id)
                    .map_or_else(String::new, |state| state.name.clone());
                errors.push(DefinitionError::new(
                    Problem::LooseEnd { name },
                    edge.place,
                    None,
                ));
            }
        }
    }
}

fn express(draft: &Draft, errors: &mut Vec<DefinitionError>) {
    for (_, state) in draft.states() {
        let StateKind::Task(task) = &state.kind else {
            continue;
        };
        let once = match task.does {
            crate::draft::Does::Task(name) => draft
                .tasks
                .get(name)
                .is_some_and(|task| task.licence == "once"),
            _ => false,
        };
        let what = if task.resource.ends_with(".waitForTaskToken") {
            "awaits a signal"
        } else if task.resource.contains(".sync") {
            "awaits another workflow"
        } else if once {
            "calls a task that may not be repeated"
        } else {
            continue;
        };
        let problem = Problem::NotInExpress {
            name: state.name.clone(),
            what,
        };
        errors.push(DefinitionError::new(problem, state.place, None));
    }
}

/// Which facts hold at the entry of each state; absent where nothing leads there yet.
type Known = BTreeMap<StateId, BTreeSet<Fact>>;

fn reads(draft: &Draft, errors: &mut Vec<DefinitionError>) {
    let known = facts_at_entry(draft);
    for id in reachable(draft).states {
        let (Some(state), Some(facts)) = (draft.state(id), known.get(&id)) else {
            continue;
        };
        for value in state_values(&state.kind) {
            check_value(draft, value, facts, (&state.name, state.place), errors);
        }
        for (edge_id, edge) in draft.out(id) {
            let mut facts = facts.clone();
            facts.insert(Fact::Behind(edge_id));
            let assigned = edge.assigns.iter().map(|(_, value)| *value);
            for value in edge_values(edge).into_iter().chain(assigned) {
                check_value(draft, value, &facts, (&state.name, edge.place), errors);
            }
        }
    }
}

fn facts_at_entry(draft: &Draft) -> Known {
    let mut known = Known::new();
    let start = draft.machine(MachineId(0)).map(|machine| machine.start);
    let mut work: Vec<(EdgeId, BTreeSet<Fact>)> = start
        .into_iter()
        .map(|start| (start, BTreeSet::new()))
        .collect();
    while let Some((id, before)) = work.pop() {
        let Some(edge) = draft.edge(id) else {
            continue;
        };
        let Target::State(to) = edge.to else {
            continue;
        };
        let arriving = behind(edge, id, before);
        let at_entry = match known.get(&to) {
            None => arriving,
            Some(so_far) => {
                let both: BTreeSet<Fact> = so_far.intersection(&arriving).copied().collect();
                if both.len() == so_far.len() {
                    continue;
                }
                both
            }
        };
        known.insert(to, at_entry.clone());
        let bodies = draft
            .bodies(to)
            .into_iter()
            .filter_map(|body| Some(draft.machine(body)?.start));
        let out = draft.out(to).map(|(id, _)| id);
        work.extend(bodies.chain(out).map(|next| (next, at_entry.clone())));
    }
    known
}

fn behind(edge: &Edge, id: EdgeId, mut before: BTreeSet<Fact>) -> BTreeSet<Fact> {
    before.insert(Fact::Behind(id));
    before.extend(
        edge.assigns
            .iter()
            .map(|(variable, _)| Fact::Assigned(*variable)),
    );
    before
}

fn check_value(
    draft: &Draft,
    value: NodeRef,
    facts: &BTreeSet<Fact>,
    (name, at): (&str, Place),
    errors: &mut Vec<DefinitionError>,
) {
    walk::visit(value, &mut |node| {
        let (missing, other) = match node.kind() {
            NodeKind::Variable(variable) if !facts.contains(&Fact::Assigned(*variable)) => {
                let name = draft.variables.get(variable.0 as usize);
                (
                    format!("`{}`", name.map_or("a value", String::as_str)),
                    None,
                )
            }
            NodeKind::Payload { behind, .. } | NodeKind::Unwrapped { behind, .. }
                if !facts.contains(&Fact::Behind(*behind)) =>
            {
                let edge = draft.edge(*behind);
                let label = edge.map_or("", |edge| edge.label.as_str());
                (
                    format!("what the case `{label}` carries"),
                    edge.map(|edge| edge.place),
                )
            }
            NodeKind::Invalid(why) => {
                let problem = Problem::NotJson {
                    name: name.to_owned(),
                    why: why.clone(),
                };
                errors.push(DefinitionError::new(problem, at, None));
                return;
            }
            _ => return,
        };
        let problem = Problem::NotThere {
            name: name.to_owned(),
            what: missing,
        };
        let error = DefinitionError::new(problem, at, other);
        if !errors.contains(&error) {
            errors.push(error);
        }
    });
}
