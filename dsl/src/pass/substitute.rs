//! Putting the assigned value in a variable's place.

use crate::expression::node::{Context, NodeKind, NodeRef, Variable};
use crate::expression::walk;

/// The node as it reads in front of simultaneous assignments.
///
/// The values must be pure: a fresh identifier put into two places would be two.
pub(crate) fn substitute(of: NodeRef, assigns: &[(Variable, NodeRef)]) -> NodeRef {
    if assigns.is_empty() {
        return of;
    }
    walk::rebuild(of, &|node| match node.kind() {
        NodeKind::Variable(variable) => {
            let assigned = assigns.iter().find(|(assigned, _)| assigned == variable);
            assigned.map(|(_, value)| *value)
        }
        _ => None,
    })
}

/// Whether evaluating it twice gives two values.
pub(crate) fn is_impure(of: NodeRef) -> bool {
    let mut impure = false;
    walk::visit(of, &mut |node| {
        impure |= matches!(node.kind(), NodeKind::Context(Context::Now | Context::Uuid));
    });
    impure
}

/// Whether it reads one of these variables.
pub(crate) fn reads_any(of: NodeRef, variables: &[Variable]) -> bool {
    let mut reads = false;
    walk::visit(of, &mut |node| {
        reads |=
            matches!(node.kind(), NodeKind::Variable(variable) if variables.contains(variable));
    });
    reads
}
