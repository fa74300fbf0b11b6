//! What derived code calls. Not for people: it may change with any version of the derive macro.

pub use schemars;
pub use serde;
pub use serde_json;

pub use crate::expression::ByHandles;
pub use crate::expression::node::Node;
pub use crate::expression::shape::{Tagging, UnionShape, VariantShape};
pub use crate::scope::Branches;

use crate::expression::{Data, Expr, IntoExpr, Union, node};

/// The handle of a field.
#[must_use]
pub fn field<S, T>(of: Expr<S>, key: &'static str, optional: bool) -> Expr<T> {
    Expr::new(node::field(of.node(), key, optional))
}

/// A member of a template.
pub fn member<T>(key: &'static str, value: impl IntoExpr<T>) -> (&'static str, &'static Node) {
    (key, value.into_expr().node())
}

/// A struct out of its members.
#[must_use]
pub fn object<S>(members: Vec<(&'static str, &'static Node)>) -> Expr<S> {
    Expr::new(node::object(members))
}

/// A struct with some members replaced.
#[must_use]
pub fn update<S>(of: Expr<S>, changes: Vec<(&'static str, &'static Node)>) -> Expr<S> {
    Expr::new(node::update(of.node(), changes))
}

/// A variant that carries nothing.
#[must_use]
pub fn unit_variant<E: Union>(index: usize) -> Expr<E> {
    Expr::new(node::variant(E::shape(), index, None))
}

/// A variant that carries something.
#[must_use]
pub fn variant<E: Union, P>(index: usize, payload: impl IntoExpr<P>) -> Expr<E> {
    Expr::new(node::variant(
        E::shape(),
        index,
        Some(payload.into_expr().node()),
    ))
}

/// The JSON Schema of a refusal's payload.
#[must_use]
pub fn schema<T: Data>() -> serde_json::Value {
    crate::workflow::schema::<T>()
}
