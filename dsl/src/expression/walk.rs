//! Going through an expression: over its parts, and over all nodes.

use super::node::{self, NodeKind, NodeRef};

/// The nodes directly below a node.
pub(crate) fn children(of: NodeRef) -> Vec<NodeRef> {
    match of.kind() {
        NodeKind::Literal(_)
        | NodeKind::Variable(_)
        | NodeKind::Item(_)
        | NodeKind::Context(_)
        | NodeKind::Unchecked(_)
        | NodeKind::Invalid(_) => Vec::new(),
        NodeKind::Field { of, .. }
        | NodeKind::Is { of, .. }
        | NodeKind::Payload { of, .. }
        | NodeKind::Unwrapped { of, .. }
        | NodeKind::IsSome(of)
        | NodeKind::Not(of) => vec![of],
        NodeKind::Object(members) => members.iter().map(|(_, value)| *value).collect(),
        NodeKind::Update { of, changes } => {
            let changes = changes.iter().map(|(_, value)| *value);
            std::iter::once(*of).chain(changes).collect()
        }
        NodeKind::List(items) | NodeKind::Text(items) => items.clone(),
        NodeKind::Variant { payload, .. } => payload.iter().copied().collect(),
        NodeKind::OrElse { of, otherwise } => vec![of, otherwise],
        NodeKind::Binary { left, right, .. } => vec![left, right],
        NodeKind::Call { arguments, .. } => arguments.clone(),
        NodeKind::Each { list, body, .. } => vec![list, body],
    }
}

/// The node and everything below it.
pub(crate) fn visit(of: NodeRef, look: &mut impl FnMut(NodeRef)) {
    look(of);
    for child in children(of) {
        visit(child, look);
    }
}

/// The node rebuilt with other nodes in the places of some; `replace` says which. What can fold then, folds.
pub(crate) fn rebuild(of: NodeRef, replace: &impl Fn(NodeRef) -> Option<NodeRef>) -> NodeRef {
    if let Some(other) = replace(of) {
        return other;
    }
    let below = children(of);
    let rebuilt: Vec<NodeRef> = below.iter().map(|child| rebuild(child, replace)).collect();
    let same = below
        .iter()
        .zip(&rebuilt)
        .all(|(old, new)| std::ptr::eq(*old, *new));
    if same {
        of
    } else {
        with_children(of, &rebuilt)
    }
}

fn with_children(of: NodeRef, below: &[NodeRef]) -> NodeRef {
    let keyed = |members: &[(&'static str, NodeRef)], values: &[NodeRef]| {
        let keys = members.iter().map(|(key, _)| *key);
        keys.zip(values.iter().copied()).collect::<Vec<_>>()
    };
    match (of.kind(), below) {
        (NodeKind::Field { key, optional, .. }, [of]) => node::field(of, key, *optional),
        (NodeKind::Is { shape, index, .. }, [of]) => node::is(of, shape, *index),
        (
            NodeKind::Payload {
                shape,
                index,
                behind,
                ..
            },
            [of],
        ) => node::payload(of, shape, *index, *behind),
        (NodeKind::Unwrapped { behind, .. }, [of]) => node::unwrapped(of, *behind),
        (NodeKind::IsSome(_), [of]) => node::is_some(of),
        (NodeKind::Not(_), [of]) => node::not(of),
        (NodeKind::Object(members), values) => node::object(keyed(members, values)),
        (NodeKind::Update { changes, .. }, [of, values @ ..]) => {
            node::update(of, keyed(changes, values))
        }
        (NodeKind::List(_), items) => node::list(items.to_vec()),
        (NodeKind::Text(_), parts) => node::text(parts.to_vec()),
        (NodeKind::Variant { shape, index, .. }, payload) => {
            node::variant(shape, *index, payload.first().copied())
        }
        (NodeKind::OrElse { .. }, [of, otherwise]) => node::or_else(of, otherwise),
        (NodeKind::Binary { operator, .. }, [left, right]) => node::binary(*operator, left, right),
        (
            NodeKind::Call {
                function, optional, ..
            },
            arguments,
        ) => node::call(function, arguments.to_vec(), *optional),
        (NodeKind::Each { function, item, .. }, [list, body]) => {
            node::each(function, list, *item, body)
        }
        _ => of,
    }
}
