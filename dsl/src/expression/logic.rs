//! Comparing, and what can be done with a truth value.

use super::node::{self, Operator};
use super::{Data, Expr, IntoExpr};

impl<T: Data> Expr<T> {
    /// Whether both are the same value. Stands where Rust has `==`.
    #[must_use]
    pub fn equals(self, other: impl IntoExpr<T>) -> Expr<bool> {
        Expr::new(node::binary(
            Operator::Equal,
            self.node(),
            other.into_expr().node(),
        ))
    }

    /// Whether they are different values. Stands where Rust has `!=`.
    #[must_use]
    pub fn differs_from(self, other: impl IntoExpr<T>) -> Expr<bool> {
        Expr::new(node::binary(
            Operator::Unequal,
            self.node(),
            other.into_expr().node(),
        ))
    }
}

impl Expr<bool> {
    /// Whether both hold. The second is not looked at where the first does not hold.
    #[must_use]
    pub fn and(self, other: impl IntoExpr<bool>) -> Self {
        Self::new(node::binary(
            Operator::And,
            self.node(),
            other.into_expr().node(),
        ))
    }

    /// Whether one of them holds.
    #[must_use]
    pub fn or(self, other: impl IntoExpr<bool>) -> Self {
        Self::new(node::binary(
            Operator::Or,
            self.node(),
            other.into_expr().node(),
        ))
    }

    /// Whether it does not hold. Stands where Rust has `!`.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "an operator would suggest that there is a value already"
    )]
    pub fn not(self) -> Self {
        Self::new(node::not(self.node()))
    }
}
