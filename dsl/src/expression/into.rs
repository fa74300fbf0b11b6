//! What may stand where an expression is wanted: a handle, a constant, a template.

use super::node::{self, NodeRef};
use super::{Data, Expr};

/// What may stand where a `T` is wanted: an `Expr<T>`, a constant `T`, a template `TExpr { … }`; for an `Option<T>` also
/// an `Expr<T>`.
#[diagnostic::on_unimplemented(
    message = "a `{T}` is wanted here, this is `{Self}`",
    label = "not a `{T}`",
    note = "give an `Expr<{T}>`, a constant of that type, or its template"
)]
pub trait IntoExpr<T> {
    /// The expression.
    fn into_expr(self) -> Expr<T>;
}

#[diagnostic::do_not_recommend]
impl<T> IntoExpr<T> for Expr<T> {
    fn into_expr(self) -> Expr<T> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoExpr<Option<T>> for Expr<T> {
    fn into_expr(self) -> Expr<Option<T>> {
        Expr::new(self.node())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Data> IntoExpr<T> for T {
    fn into_expr(self) -> Expr<T> {
        Expr::new(constant(&self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Data> IntoExpr<Option<T>> for T {
    fn into_expr(self) -> Expr<Option<T>> {
        Expr::new(constant(&self))
    }
}

#[diagnostic::do_not_recommend]
impl IntoExpr<String> for &str {
    fn into_expr(self) -> Expr<String> {
        Expr::new(node::literal(self))
    }
}

#[diagnostic::do_not_recommend]
impl IntoExpr<Option<String>> for &str {
    fn into_expr(self) -> Expr<Option<String>> {
        Expr::new(node::literal(self))
    }
}

/// The absent value of an optional field.
#[must_use]
pub fn none<T>() -> Expr<Option<T>> {
    Expr::new(node::literal(serde_json::Value::Null))
}

/// A constant as a node. A value that serde cannot write (a map with keys that are not texts) shows in the printed
/// workflow as JSONata that raises an error naming the cause, and is refused by the build.
fn constant<T: serde::Serialize>(value: &T) -> NodeRef {
    match serde_json::to_value(value) {
        Ok(value) => node::literal(value),
        Err(error) => node::invalid(error.to_string()),
    }
}
