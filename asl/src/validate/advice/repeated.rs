//! Members given twice.

use std::collections::BTreeSet;

use crate::{
    json::{Kind, Location, Node},
    validate::findings::Findings,
};

/// Of two members of the same name only the last counts, silently.
pub(super) fn check(node: &Node, location: &Location, findings: &mut Findings) {
    if let Kind::Array(elements) = &node.kind {
        for (index, element) in elements.iter().enumerate() {
            check(element, &location.index(index), findings);
        }
    }
    let mut names = BTreeSet::new();
    for member in node.members() {
        let location = location.name(&member.name);
        if !names.insert(&member.name) {
            findings.advice(
                "DUPLICATE_FIELD",
                &location,
                format!("\"{}\" is given twice: only the last counts", member.name),
                "remove one of them",
            );
        }
        check(&member.node, &location, findings);
    }
}
