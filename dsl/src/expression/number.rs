//! Whole numbers. There is no division and no float: JSONata computes in doubles, and money must not.

use super::node::{self, Operator};
use super::{Data, Expr, IntoExpr};

/// Rust's whole numbers up to 64 bits. JSONata is exact up to 2^53 only.
#[diagnostic::on_unimplemented(
    message = "a workflow does not compute with `{Self}`",
    label = "not a whole number",
    note = "count with an integer; amounts of money are computed by a task"
)]
pub trait Integer: Data {}

macro_rules! integers {
    ($($name:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Integer for $name {}
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl<T: Data> Expr<T> {
    fn binary(self, operator: Operator, other: impl IntoExpr<T>) -> super::NodeRef
    where
        T: Integer,
    {
        node::binary(operator, self.node(), other.into_expr().node())
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: impl IntoExpr<T>) -> Self
    where
        T: Integer,
    {
        Self::new(self.binary(Operator::Plus, other))
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: impl IntoExpr<T>) -> Self
    where
        T: Integer,
    {
        Self::new(self.binary(Operator::Minus, other))
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: impl IntoExpr<T>) -> Self
    where
        T: Integer,
    {
        Self::new(self.binary(Operator::Times, other))
    }

    /// Whether this is less.
    #[must_use]
    pub fn less_than(self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Integer,
    {
        Expr::new(self.binary(Operator::Less, other))
    }

    /// Whether this is less or the same.
    #[must_use]
    pub fn at_most(self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Integer,
    {
        Expr::new(self.binary(Operator::LessOrEqual, other))
    }

    /// Whether this is more.
    #[must_use]
    pub fn more_than(self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Integer,
    {
        Expr::new(node::not(self.binary(Operator::LessOrEqual, other)))
    }

    /// Whether this is more or the same.
    #[must_use]
    pub fn at_least(self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Integer,
    {
        Expr::new(node::not(self.binary(Operator::Less, other)))
    }
}
