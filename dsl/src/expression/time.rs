//! Instants, as RFC 3339 texts in UTC.

use super::{Data, Expr, node};

/// A type that is written as an RFC 3339 instant. A plain text counts, and is the caller's word for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an instant",
    label = "a deadline is an instant",
    note = "`jiff::Timestamp` and RFC 3339 texts are; for a span use `Deadline::within_seconds`"
)]
pub trait Instant: Data {}

#[diagnostic::do_not_recommend]
impl Instant for String {}

#[diagnostic::do_not_recommend]
impl Instant for jiff::Timestamp {}

impl<T: Data> Expr<T> {
    /// The instant so many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: impl super::IntoExpr<u32>) -> Self
    where
        T: Instant,
    {
        let arguments = vec![self.node(), seconds.into_expr().node()];
        Expr::new(node::call("plus_seconds", arguments, false))
    }
}
