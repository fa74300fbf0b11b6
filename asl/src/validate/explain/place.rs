//! Where to point: at a name or a value, never at a whole block of lines.

use crate::{
    json::{Kind, Member, Node, Span, Step},
    validate::Diagnostic,
};

/// What to underline for a finding, and which field of which state that is.
pub(super) fn of(diagnostic: &Diagnostic, root: &Node) -> (Span, Option<String>) {
    let Some(location) = &diagnostic.location else {
        return (first_character(root), None);
    };
    let mut node = root;
    let mut member: Option<&Member> = None;
    for step in location.steps() {
        let next = match step {
            Step::Name(name) => node.member(name).map(|found| (&found.node, Some(found))),
            Step::Index(index) => node.elements().get(*index).map(|found| (found, None)),
        };
        let Some((next, of)) = next else {
            break;
        };
        (node, member) = (next, of);
    }
    if let Some(meant) = diagnostic
        .member
        .as_deref()
        .and_then(|name| node.member(name))
    {
        (node, member) = (&meant.node, Some(meant));
        return (meant.name_span, words(diagnostic, member, node));
    }
    let is_block = matches!(&node.kind, Kind::Object(_) | Kind::Array(_));
    let span = match member {
        Some(member) if is_block => member.name_span,
        None if is_block => first_character(node),
        _ => node.span,
    };
    (span, words(diagnostic, member, node))
}

/// `"Seconds" of state "Wait"`, where it is not the state itself.
fn words(diagnostic: &Diagnostic, member: Option<&Member>, node: &Node) -> Option<String> {
    let state = diagnostic.location.as_ref()?.state();
    let name = member.map(|member| member.name.as_str());
    match (name, state) {
        (Some(name), Some(state)) if name == state && node.is_object() => None,
        (Some(name), Some(state)) => Some(format!("\"{name}\" of state \"{state}\"")),
        (None, Some(state)) => Some(format!("in state \"{state}\"")),
        _ => None,
    }
}

pub(super) fn first_character(node: &Node) -> Span {
    Span {
        start: node.span.start,
        end: node.span.end.min(node.span.start + 1),
    }
}
