//! Values that may be absent. Absent and `null` are the same, as they are to serde.
//!
//! An `Option` is looked into by [`is_some`](Expr::is_some), [`or_else`](Expr::or_else) and
//! [`OptionCases`](crate::OptionCases) only, because most of JSONata fails on a value that is not there.

use super::node;
use super::{Data, Expr, IntoExpr};

impl<T: Data> Expr<Option<T>> {
    /// Whether there is a value.
    #[must_use]
    pub fn is_some(self) -> Expr<bool> {
        Expr::new(node::is_some(self.node()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_none(self) -> Expr<bool> {
        Expr::new(node::not(node::is_some(self.node())))
    }

    /// The value, or another where there is none.
    #[must_use]
    pub fn or_else(self, otherwise: impl IntoExpr<T>) -> Expr<T> {
        Expr::new(node::or_else(self.node(), otherwise.into_expr().node()))
    }
}

impl<T: Data> Expr<T> {
    /// The value as an optional one that is there.
    #[must_use]
    pub fn some(self) -> Expr<Option<T>> {
        Expr::new(self.node())
    }
}
