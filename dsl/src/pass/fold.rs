//! Folding: edges skip meeting points, decisions that are known on them, and decisions directly behind decisions.

use super::compose;
use super::substitute::substitute;
use crate::draft::{Draft, Edge, Role, StateId, StateKind, Target};
use crate::expression::node::{self, EdgeId, NodeKind, NodeRef, Operator};
use crate::print::jsonata;

/// A Choice beyond this is harder to read than two. The number is the largest that an engineer reviewed with ease.
const RULES_MAX: usize = 24;

/// Lets edges skip states that decide and do nothing. Says whether any could.
pub(crate) fn bypass(draft: &mut Draft) -> bool {
    let mut changed = false;
    for id in draft.edge_ids() {
        // A chain of joins is as long as the source makes it; a ring of them does not exist, because a loop's head leads
        // to a step.
        while let Some((joined, edge)) = skip_join(draft, id) {
            if let Some(slot) = draft.edge_mut(id) {
                *slot = Edge {
                    via: joined,
                    ..edge
                };
                changed = true;
            }
        }
    }
    changed
}

fn skip_join(draft: &Draft, id: EdgeId) -> Option<(Vec<StateId>, Edge)> {
    let edge = draft.edge(id)?;
    let Target::State(to) = edge.to else {
        return None;
    };
    let state = draft.state(to)?;
    let [only] = state.out.as_slice() else {
        return None;
    };
    if !matches!(state.kind, StateKind::Join | StateKind::Choice) || *only == id {
        return None;
    }
    let behind = draft.edge(*only)?;
    let back_to_itself = matches!(behind.to, Target::State(next) if next == to);
    let start_would_carry = matches!(edge.role, Role::Start)
        && (!behind.assigns.is_empty() || matches!(behind.to, Target::Finish(_)));
    if back_to_itself || start_would_carry {
        return None;
    }
    let (assigns, to_next) = compose(edge, behind)?;
    let mut via = edge.via.clone();
    if matches!(state.kind, StateKind::Choice) {
        via.push(to);
    }
    via.extend(behind.via.iter().copied());
    Some((
        via,
        Edge {
            assigns,
            to: to_next,
            ..edge.clone()
        },
    ))
}

/// What is known to hold, or not to, where an edge is taken.
type Facts = Vec<(NodeRef, bool)>;

/// What the edge's own rule says. A default is taken where the rules before it did not hold.
fn facts(draft: &Draft, id: EdgeId) -> Facts {
    let Some(edge) = draft.edge(id) else {
        return Facts::new();
    };
    let before = draft
        .states()
        .find(|(_, state)| state.out.contains(&id))
        .map(|(_, state)| &state.out);
    let conditions = before
        .into_iter()
        .flatten()
        .take_while(|before| **before != id);
    let conditions = conditions.filter_map(|before| match draft.edge(*before)?.role {
        Role::When(condition) => Some((condition, false)),
        _ => None,
    });
    let mut facts: Facts = conditions.collect();
    if let Role::When(condition) = edge.role {
        learn(condition, true, &mut facts);
    }
    facts
}

fn learn(condition: NodeRef, holds: bool, facts: &mut Facts) {
    if let NodeKind::Binary {
        operator: Operator::And,
        left,
        right,
    } = condition.kind()
        && holds
    {
        learn(left, true, facts);
        learn(right, true, facts);
        return;
    }
    facts.push((condition, holds));
}

fn same(one: NodeRef, other: NodeRef) -> bool {
    std::ptr::eq(one, other) || jsonata::debug(one) == jsonata::debug(other)
}

/// Whether a condition is known to hold or not, by itself or by what is known.
fn decide(condition: NodeRef, facts: &Facts) -> Option<bool> {
    if let NodeKind::Literal(value) = condition.kind() {
        return value.as_bool();
    }
    if let NodeKind::Binary {
        operator: Operator::And,
        left,
        right,
    } = condition.kind()
    {
        return match (decide(left, facts), decide(right, facts)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
    }
    for (known, holds) in facts {
        if same(known, condition) {
            return Some(*holds);
        }
        // A value that is one variant is no other.
        if let (
            NodeKind::Is {
                of: left,
                index: one,
                ..
            },
            NodeKind::Is {
                of: right,
                index: other,
                ..
            },
        ) = (known.kind(), condition.kind())
            && *holds
            && one != other
            && same(left, right)
        {
            return Some(false);
        }
    }
    None
}

/// Lets edges skip decisions whose outcome is known on them. Says whether any could.
pub(crate) fn thread(draft: &mut Draft) -> bool {
    let mut changed = false;
    for id in draft.edge_ids() {
        // A path visits each Choice at most once before it comes to a step.
        for _ in 0..draft.states.len() {
            let Some(edge) = skip_choice(draft, id) else {
                break;
            };
            if let Some(slot) = draft.edge_mut(id) {
                *slot = edge;
                changed = true;
            }
        }
    }
    changed
}

fn skip_choice(draft: &Draft, id: EdgeId) -> Option<Edge> {
    let edge = draft.edge(id)?;
    let choice = choice_behind(draft, edge)?;
    // The conditions behind the edge are put in terms of what held before it, so its own rule still means the same.
    let facts = facts(draft, id);
    for (_, rule) in draft.out(choice) {
        let holds = match rule.role {
            Role::When(condition) => decide(substitute(condition, &edge.assigns), &facts)?,
            _ => true,
        };
        if holds {
            let (assigns, to) = compose(edge, rule)?;
            let start_would_carry = matches!(edge.role, Role::Start) && !assigns.is_empty();
            // Going round in one Choice without a step between would never end.
            if start_would_carry || matches!(to, Target::State(next) if next == choice) {
                return None;
            }
            let mut via = edge.via.clone();
            via.push(choice);
            via.extend(rule.via.iter().copied());
            return Some(Edge {
                assigns,
                to,
                via,
                ..edge.clone()
            });
        }
    }
    None
}

fn choice_behind(draft: &Draft, edge: &Edge) -> Option<StateId> {
    let Target::State(to) = edge.to else {
        return None;
    };
    let state = draft.state(to)?;
    (matches!(state.kind, StateKind::Choice) && !state.out.is_empty()).then_some(to)
}

/// Makes a decision directly behind a decision part of it. Says whether there was any.
pub(crate) fn flatten(draft: &mut Draft) -> bool {
    let choices: Vec<StateId> = draft
        .states()
        .filter(|(_, state)| matches!(state.kind, StateKind::Choice))
        .map(|(id, _)| id)
        .collect();
    let mut changed = false;
    for choice in choices {
        let out = draft
            .state(choice)
            .map(|state| state.out.clone())
            .unwrap_or_default();
        for id in out {
            changed |= flatten_edge(draft, choice, id);
        }
    }
    changed
}

fn flatten_edge(draft: &mut Draft, choice: StateId, id: EdgeId) -> bool {
    let Some(rules) = flattened(draft, choice, id) else {
        return false;
    };
    let mut ids: Vec<EdgeId> = Vec::new();
    for rule in rules {
        let new = draft.add_edge(rule.role.clone(), rule.label.clone(), rule.place);
        if let Some(slot) = draft.edge_mut(new) {
            *slot = rule;
        }
        ids.push(new);
    }
    if let Some(state) = draft.state_mut(choice)
        && let Some(position) = state.out.iter().position(|edge| *edge == id)
    {
        state.out.splice(position..=position, ids);
    }
    true
}

/// The rules that take an edge's place, or `None` where the edge stays.
fn flattened(draft: &Draft, choice: StateId, id: EdgeId) -> Option<Vec<Edge>> {
    let edge = draft.edge(id)?;
    let second = choice_behind(draft, edge)?;
    let rules_together = draft.state(choice)?.out.len() + draft.state(second)?.out.len();
    if second == choice || rules_together > RULES_MAX {
        return None;
    }
    let facts = facts(draft, id);
    let mut rules = Vec::new();
    for (_, behind) in draft.out(second) {
        let (assigns, to) = compose(edge, behind)?;
        // Back to where the decision is made, without a step between: leave the loop as it is.
        if matches!(to, Target::State(next) if next == choice) {
            return None;
        }
        let own = match edge.role {
            Role::When(condition) => Some(condition),
            _ => None,
        };
        let further = match behind.role {
            Role::When(condition) => {
                let condition = substitute(condition, &edge.assigns);
                match decide(condition, &facts) {
                    Some(false) => continue,
                    Some(true) => None,
                    None => Some(condition),
                }
            }
            _ => None,
        };
        let certain = further.is_none();
        let role = match (own, further) {
            (Some(own), Some(further)) => Role::When(node::binary(Operator::And, own, further)),
            (Some(only), None) | (None, Some(only)) => Role::When(only),
            (None, None) => Role::Otherwise,
        };
        let label = [edge.label.as_str(), behind.label.as_str()];
        let label: Vec<&str> = label
            .into_iter()
            .filter(|label| !label.is_empty())
            .collect();
        let mut via = edge.via.clone();
        via.push(second);
        via.extend(behind.via.iter().copied());
        rules.push(Edge {
            role,
            assigns,
            to,
            label: label.join(", "),
            place: behind.place,
            via,
        });
        if certain {
            break;
        }
    }
    Some(rules)
}
