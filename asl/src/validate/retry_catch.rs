//! `Retry` and `Catch`: the rule for everything stands alone and last.

use super::{findings::Findings, walk::StateAt};
use crate::json::Node;

/// The name that stands for every error but two.
const ALL: &str = "States.ALL";

pub(super) fn check(state: &StateAt<'_>, findings: &mut Findings) {
    for list in ["Retry", "Catch"] {
        let rules = state.node.get(list).map(Node::elements).unwrap_or_default();
        if state
            .node
            .get(list)
            .is_some_and(|node| !matches!(node.kind, crate::json::Kind::Array(_)))
        {
            findings.schema(&state.location.name(list), "Expected value of type [ARRAY]");
        }
        for (index, rule) in rules.iter().enumerate() {
            let errors = rule
                .get("ErrorEquals")
                .map(Node::elements)
                .unwrap_or_default();
            let has_all = errors.iter().any(|error| error.text() == Some(ALL));
            if has_all && (errors.len() > 1 || index + 1 < rules.len()) {
                let location = state.location.name(list).index(index).name("ErrorEquals");
                findings.schema(&location, "States.ALL must appear alone and at end of list");
            }
        }
    }
}
