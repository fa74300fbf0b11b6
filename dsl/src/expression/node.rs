//! The tree behind a handle, and the rules by which it simplifies as it is built.
//!
//! A node is made once, leaked and never changed, which is what lets `Expr<T>` be `Copy` without a lifetime. A workflow of
//! the order's size leaves about 100 KB behind, once per process; workflows are built once. Printing is `print`'s
//! business.
//!
//! INVARIANT: nodes are only made by the functions here, so that what can be folded is folded already.

use std::any::Any;
use std::cell::OnceCell;

use serde_json::Value;

use super::shape::UnionShape;

/// A node that lives as long as the program.
pub(crate) type NodeRef = &'static Node;

/// One node of an expression.
pub struct Node {
    kind: NodeKind,
    /// The handles of the fields below, made when first asked for.
    handles: OnceCell<Box<dyn Any>>,
}

/// A workflow variable; its name is in the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Variable(pub(crate) u32);

/// The edge by which a branch was entered: a payload may only be read behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EdgeId(pub(crate) u32);

/// What an expression can be.
#[derive(Debug)]
pub(crate) enum NodeKind {
    /// A constant.
    Literal(Value),
    /// What a step left behind.
    Variable(Variable),
    /// The item or other value that a lambda binds; the number tells nested ones apart.
    Item(u32),
    /// One of AWS's own values.
    Context(Context),
    /// A member of an object.
    Field {
        of: NodeRef,
        key: &'static str,
        optional: bool,
    },
    /// An object of named values.
    Object(Vec<(&'static str, NodeRef)>),
    /// An object with some members replaced.
    Update {
        of: NodeRef,
        changes: Vec<(&'static str, NodeRef)>,
    },
    /// A list.
    List(Vec<NodeRef>),
    /// An enum's value.
    Variant {
        shape: &'static UnionShape,
        index: usize,
        payload: Option<NodeRef>,
    },
    /// Whether an enum's value is this variant.
    Is {
        of: NodeRef,
        shape: &'static UnionShape,
        index: usize,
    },
    /// What a variant carries, readable behind the edge that found it to be that variant.
    Payload {
        of: NodeRef,
        shape: &'static UnionShape,
        index: usize,
        behind: EdgeId,
    },
    /// Whether an optional value is there.
    IsSome(NodeRef),
    /// The value of an option that was found to be there.
    Unwrapped { of: NodeRef, behind: EdgeId },
    /// An optional value, or another where it is absent.
    OrElse { of: NodeRef, otherwise: NodeRef },
    /// `not`.
    Not(NodeRef),
    /// Two values and what stands between them.
    Binary {
        operator: Operator,
        left: NodeRef,
        right: NodeRef,
    },
    /// Texts joined.
    Text(Vec<NodeRef>),
    /// A function of JSONata's; arguments as they are.
    Call {
        function: &'static str,
        arguments: Vec<NodeRef>,
        /// Whether the answer can be undefined.
        optional: bool,
    },
    /// `$map`, `$filter`: a function with a lambda over the items.
    Each {
        function: &'static str,
        list: NodeRef,
        item: u32,
        body: NodeRef,
    },
    /// JSONata that nobody checked.
    Unchecked(String),
    /// A constant without a JSON form, and why; refused by the build.
    Invalid(String),
}

/// Values that Step Functions gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Context {
    /// What the execution started with.
    ExecutionInput,
    /// The execution's ARN.
    ExecutionId,
    /// The execution's name.
    ExecutionName,
    /// The token that completes this step.
    TaskToken,
    /// What the step answered; only on its own out-edge.
    Result,
    /// What the state was entered with; only in the first state of a Map's or Parallel's body.
    StateInput,
    /// The item of a Map; only in its ItemSelector.
    MapItem,
    /// The error's name; only on a catch edge.
    ErrorName,
    /// The error's cause; only on a catch edge.
    ErrorCause,
    /// A typed refusal's payload, out of the cause; only on a catch edge.
    Refusal,
    /// The instant of evaluation. Impure: bound once by `Scope::now`.
    Now,
    /// A fresh identifier. Impure: bound once by `Scope::uuid`.
    Uuid,
}

/// What can stand between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    And,
    Or,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Plus,
    Minus,
    Times,
}

impl Node {
    pub(crate) fn kind(&self) -> &NodeKind {
        &self.kind
    }

    /// The handles below this node. A node that was viewed as another type before gets a fresh set.
    pub(crate) fn handles<H: 'static>(&'static self, make: impl Fn() -> H) -> &'static H {
        let first = self.handles.get_or_init(|| Box::new(make()));
        match first.downcast_ref() {
            Some(handles) => handles,
            None => Box::leak(Box::new(make())),
        }
    }
}

impl NodeKind {
    pub(crate) fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    pub(crate) fn constant_u64(&self) -> Option<u64> {
        match self {
            Self::Literal(value) => value.as_u64(),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(f)
    }
}

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
