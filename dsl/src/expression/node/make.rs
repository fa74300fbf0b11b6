//! Making nodes. What can be decided now is decided now, so that conditions on constants disappear by themselves.

use std::cell::OnceCell;

use serde_json::Value;

use super::{Context, EdgeId, Node, NodeKind, NodeRef, Operator, Variable};
use crate::expression::shape::UnionShape;

fn leak(kind: NodeKind) -> NodeRef {
    Box::leak(Box::new(Node {
        kind,
        handles: OnceCell::new(),
    }))
}

pub(crate) fn literal(value: impl Into<Value>) -> NodeRef {
    leak(NodeKind::Literal(value.into()))
}

pub(crate) fn variable(variable: Variable) -> NodeRef {
    leak(NodeKind::Variable(variable))
}

pub(crate) fn item(number: u32) -> NodeRef {
    leak(NodeKind::Item(number))
}

pub(crate) fn context(context: Context) -> NodeRef {
    leak(NodeKind::Context(context))
}

pub(crate) fn field(of: NodeRef, key: &'static str, optional: bool) -> NodeRef {
    let of_member = |members: &[(&'static str, NodeRef)]| {
        let member = members.iter().find(|(name, _)| *name == key);
        member.map(|(_, value)| *value)
    };
    match of.kind() {
        NodeKind::Object(members) => {
            if let Some(member) = of_member(members) {
                return member;
            }
        }
        NodeKind::Update { of, changes } => {
            return of_member(changes).unwrap_or_else(|| field(of, key, optional));
        }
        NodeKind::Literal(Value::Object(members)) => {
            if let Some(member) = members.get(key) {
                return literal(member.clone());
            }
        }
        _ => {}
    }
    leak(NodeKind::Field { of, key, optional })
}

pub(crate) fn object(members: Vec<(&'static str, NodeRef)>) -> NodeRef {
    leak(NodeKind::Object(members))
}

pub(crate) fn update(of: NodeRef, changes: Vec<(&'static str, NodeRef)>) -> NodeRef {
    if changes.is_empty() {
        return of;
    }
    let replaced = |members: &[(&'static str, NodeRef)]| {
        let mut members = members.to_vec();
        for (key, value) in &changes {
            match members.iter_mut().find(|(name, _)| name == key) {
                Some(member) => member.1 = value,
                None => members.push((key, value)),
            }
        }
        members
    };
    match of.kind() {
        NodeKind::Object(members) => object(replaced(members)),
        NodeKind::Update { of, changes: first } => {
            let changes = replaced(first);
            leak(NodeKind::Update { of, changes })
        }
        _ => leak(NodeKind::Update { of, changes }),
    }
}

pub(crate) fn list(items: Vec<NodeRef>) -> NodeRef {
    leak(NodeKind::List(items))
}

pub(crate) fn variant(
    shape: &'static UnionShape,
    index: usize,
    payload: Option<NodeRef>,
) -> NodeRef {
    leak(NodeKind::Variant {
        shape,
        index,
        payload,
    })
}

pub(crate) fn is(of: NodeRef, shape: &'static UnionShape, index: usize) -> NodeRef {
    match of.kind() {
        NodeKind::Variant { index: found, .. } => literal(*found == index),
        NodeKind::Literal(value) => literal(shape.matches(index, value)),
        _ => leak(NodeKind::Is { of, shape, index }),
    }
}

pub(crate) fn payload(
    of: NodeRef,
    shape: &'static UnionShape,
    index: usize,
    behind: EdgeId,
) -> NodeRef {
    match of.kind() {
        // A payload of another variant is never evaluated: the branch that reads it folds away.
        NodeKind::Variant {
            payload: Some(payload),
            index: found,
            ..
        } if *found == index => payload,
        _ => leak(NodeKind::Payload {
            of,
            shape,
            index,
            behind,
        }),
    }
}

pub(crate) fn is_some(of: NodeRef) -> NodeRef {
    match of.kind() {
        NodeKind::Literal(value) => literal(!value.is_null()),
        // What is computed is there, or fails.
        NodeKind::Object(_)
        | NodeKind::List(_)
        | NodeKind::Variant { .. }
        | NodeKind::Binary { .. }
        | NodeKind::Text(_) => literal(true),
        _ => leak(NodeKind::IsSome(of)),
    }
}

pub(crate) fn unwrapped(of: NodeRef, behind: EdgeId) -> NodeRef {
    match of.kind() {
        NodeKind::Field { .. } | NodeKind::Variable(_) | NodeKind::Call { .. } => {
            leak(NodeKind::Unwrapped { of, behind })
        }
        _ => of,
    }
}

pub(crate) fn or_else(of: NodeRef, otherwise: NodeRef) -> NodeRef {
    match is_some(of).kind() {
        NodeKind::Literal(Value::Bool(true)) => of,
        NodeKind::Literal(Value::Bool(false)) => otherwise,
        _ => leak(NodeKind::OrElse { of, otherwise }),
    }
}

pub(crate) fn not(of: NodeRef) -> NodeRef {
    match of.kind() {
        NodeKind::Literal(Value::Bool(value)) => literal(!value),
        NodeKind::Not(inner) => inner,
        _ => leak(NodeKind::Not(of)),
    }
}

pub(crate) fn binary(operator: Operator, left: NodeRef, right: NodeRef) -> NodeRef {
    use NodeKind::Literal;
    match (operator, left.kind(), right.kind()) {
        (Operator::And, Literal(Value::Bool(true)), _) => right,
        (Operator::And, _, Literal(Value::Bool(true)))
        | (Operator::And, Literal(Value::Bool(false)), _) => left,
        (Operator::And, _, Literal(Value::Bool(false))) => right,
        (Operator::Or, Literal(Value::Bool(false)), _) => right,
        (Operator::Or, _, Literal(Value::Bool(false)))
        | (Operator::Or, Literal(Value::Bool(true)), _) => left,
        (Operator::Or, _, Literal(Value::Bool(true))) => right,
        (Operator::Equal, Literal(left), Literal(right)) => literal(left == right),
        (Operator::Unequal, Literal(left), Literal(right)) => literal(left != right),
        (_, Literal(a), Literal(b)) => match fold_integers(operator, a, b) {
            Some(value) => literal(value),
            None => leak(NodeKind::Binary {
                operator,
                left,
                right,
            }),
        },
        _ => leak(NodeKind::Binary {
            operator,
            left,
            right,
        }),
    }
}

/// Arithmetic on constants, so that a loop's first round is decided at build time. Overflow is left to JSONata.
fn fold_integers(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    let (left, right) = (left.as_i64()?, right.as_i64()?);
    Some(match operator {
        Operator::Less => (left < right).into(),
        Operator::LessOrEqual => (left <= right).into(),
        Operator::Plus => left.checked_add(right)?.into(),
        Operator::Minus => left.checked_sub(right)?.into(),
        Operator::Times => left.checked_mul(right)?.into(),
        _ => return None,
    })
}

pub(crate) fn text(parts: Vec<NodeRef>) -> NodeRef {
    leak(NodeKind::Text(parts))
}

pub(crate) fn call(function: &'static str, arguments: Vec<NodeRef>, optional: bool) -> NodeRef {
    leak(NodeKind::Call {
        function,
        arguments,
        optional,
    })
}

pub(crate) fn each(function: &'static str, list: NodeRef, item: u32, body: NodeRef) -> NodeRef {
    leak(NodeKind::Each {
        function,
        list,
        item,
        body,
    })
}

pub(crate) fn unchecked(jsonata: String) -> NodeRef {
    leak(NodeKind::Unchecked(jsonata))
}

/// A constant that has no JSON form. The build refuses it.
pub(crate) fn invalid(why: String) -> NodeRef {
    leak(NodeKind::Invalid(why))
}
