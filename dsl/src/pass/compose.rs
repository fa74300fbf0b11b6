//! One edge behind another as one edge.

use super::substitute::{is_impure, reads_any, substitute};
use crate::draft::{Edge, Target};
use crate::expression::node::{NodeRef, Variable};

/// What `first` and then `second` come to, or `None` where a value that must be made once would be made twice.
pub(crate) fn compose(first: &Edge, second: &Edge) -> Option<(Vec<(Variable, NodeRef)>, Target)> {
    let once: Vec<Variable> = first
        .assigns
        .iter()
        .filter(|(_, value)| is_impure(value))
        .map(|(variable, _)| *variable)
        .collect();
    let copies = |value: NodeRef| !once.is_empty() && reads_any(value, &once);
    if second.assigns.iter().any(|(_, value)| copies(value)) {
        return None;
    }
    let to = match &second.to {
        Target::Finish(value) if copies(value) => return None,
        Target::Finish(value) => Target::Finish(substitute(value, &first.assigns)),
        other => other.clone(),
    };
    let later: Vec<(Variable, NodeRef)> = second
        .assigns
        .iter()
        .map(|(variable, value)| (*variable, substitute(value, &first.assigns)))
        .collect();
    let overwritten = |variable: &Variable| later.iter().any(|(assigned, _)| assigned == variable);
    let mut assigns: Vec<(Variable, NodeRef)> = first
        .assigns
        .iter()
        .filter(|(variable, _)| !overwritten(variable))
        .copied()
        .collect();
    assigns.extend(later);
    Some((assigns, to))
}
