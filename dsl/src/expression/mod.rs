//! Typed handles on expressions: what a workflow holds instead of values.

mod into;
mod list;
mod logic;
pub(crate) mod node;
mod number;
mod option;
pub(crate) mod shape;
mod text;
mod time;
pub(crate) mod walk;

use std::marker::PhantomData;
use std::ops::Deref;

pub use into::{IntoExpr, none};
pub use list::{ByHandles, Element};
pub use number::Integer;
pub use text::{TextPart, text};
pub use time::Instant;

use node::NodeRef;
use shape::UnionShape;

/// What can travel through a workflow: anything that serde reads and writes, and of which there is a JSON Schema.
///
/// Nothing is derived for it. A domain type such as an identifier or an amount is used as it is, and stays a leaf: it
/// is handed on and compared, and its inside is not looked at. To look inside, derive [`Handles`](macro@crate::Handles).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel through a workflow",
    label = "this type has no wire form and schema",
    note = "derive `Serialize`, `Deserialize` and `JsonSchema` for `{Self}`; inside an `Option` or a `Vec` for its content"
)]
pub trait Data:
    serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema + 'static
{
}

#[diagnostic::do_not_recommend]
impl<T> Data for T where
    T: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema + 'static
{
}

/// A handle on a value that will exist when the workflow runs.
///
/// It is `Copy`: hand it on, use it twice. Where `T` derives [`Handles`](macro@crate::Handles), its fields read as
/// fields: `order.payment.method`. `==`, `if` and `match` do not work on it, because there is no value yet:
/// use [`equals`](Expr::equals), [`Scope::when`](crate::Scope::when) and [`Scope::match_on`](crate::Scope::match_on).
pub struct Expr<T: ?Sized> {
    node: NodeRef,
    // A function type: a handle neither owns a `T` nor cares what a `T` may do.
    of: PhantomData<fn() -> T>,
}

impl<T: ?Sized> Clone for Expr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Expr<T> {}

impl<T: ?Sized> std::fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", crate::print::jsonata::debug(self.node))
    }
}

impl<T: ?Sized> Expr<T> {
    pub(crate) fn new(node: NodeRef) -> Self {
        Self {
            node,
            of: PhantomData,
        }
    }

    pub(crate) fn node(self) -> NodeRef {
        self.node
    }
}

/// JSONata that nobody checks, said to be a `T`. The one escape hatch; how often it is used is counted in the report.
///
/// Prefer a task, or an operation added to the DSL.
#[must_use]
pub fn unchecked_jsonata<T: Data>(expression: &str) -> Expr<T> {
    Expr::new(node::unchecked(expression.to_owned()))
}

/// A struct whose fields can be read through a handle. Implemented by `#[derive(Handles)]` only.
pub trait Structure: Data {
    /// The struct's fields, each as a handle.
    type Handles: 'static;
    /// The struct with some fields replaced, see [`Expr::with`].
    type Update;
    #[doc(hidden)]
    fn handles(of: Expr<Self>) -> Self::Handles;
    #[doc(hidden)]
    fn update(of: Expr<Self>) -> Self::Update;
    #[doc(hidden)]
    fn changes(update: Self::Update) -> Vec<(&'static str, NodeRef)>;
}

/// An enum that can be matched through a handle. Implemented by `#[derive(Handles)]` only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum that a workflow can match",
    label = "the variants of this type are not known here",
    note = "derive `Handles` for the enum"
)]
pub trait Union: Data {
    #[doc(hidden)]
    fn shape() -> &'static UnionShape;
}

impl<T: Structure> Deref for Expr<T> {
    type Target = T::Handles;

    fn deref(&self) -> &T::Handles {
        self.node.handles(|| T::handles(*self))
    }
}

impl<T: Structure> Expr<T> {
    /// The same value with some fields replaced: `draft.with().email(address)`.
    #[must_use]
    pub fn with(self) -> T::Update {
        T::update(self)
    }
}
