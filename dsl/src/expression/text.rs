//! Texts put together, such as an execution's name.

use super::node::{self, NodeRef};
use super::{Data, Expr};

/// What can be a part of a text: a constant, or a handle on a text or on a type that is written as one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a part of a text",
    label = "not a text",
    note = "a constant text, an `Expr<String>` or a handle on an identifier (`Into<String>`) can"
)]
pub trait TextPart {
    #[doc(hidden)]
    fn part(&self) -> Expr<String>;
}

#[diagnostic::do_not_recommend]
impl TextPart for &str {
    fn part(&self) -> Expr<String> {
        Expr::new(node::literal(*self))
    }
}

// `Into<String>` is how the domain's identifiers say that they are written as a text.
#[diagnostic::do_not_recommend]
impl<T: Data + Into<String>> TextPart for Expr<T> {
    fn part(&self) -> Expr<String> {
        Expr::new(self.node())
    }
}

/// The parts one after another: `text(&[&refund.charge_id, &"-", &refund.intent_id])`.
#[must_use]
pub fn text(parts: &[&dyn TextPart]) -> Expr<String> {
    let parts: Vec<NodeRef> = parts.iter().map(|part| part.part().node()).collect();
    Expr::new(node::text(parts))
}
