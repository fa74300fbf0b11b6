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

mod make;

pub(crate) use make::*;

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
    /// The token that completes this step.
    TaskToken,
    /// How often this step was tried before.
    RetryCount,
    /// What the step answered; only on its own out-edge.
    Result,
    /// What the state was entered with; only in the first state of a Map's or Parallel's body.
    StateInput,
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
