//! Lists: their length, their items, and what is computed of each.
//!
//! JSONata flattens a list of lists and drops items that are absent, so the items here can be neither: [`Element`].

use super::node::{self, NodeRef};
use super::{Data, Expr, IntoExpr};

/// What the items of a list may be.
#[diagnostic::on_unimplemented(
    message = "a list of `{Self}` cannot be worked on item by item",
    label = "JSONata would flatten or drop such items",
    note = "items may not be lists or optional; put them into a struct, or let a task do it"
)]
pub trait Element<Kind>: Data {}

/// How rustc knows that a type is neither a list nor optional. Inferred; nobody writes it.
#[derive(Debug)]
pub enum ByHandles {}

/// Written as a text: identifiers of the domain too, which need no derive.
#[derive(Debug)]
pub enum ByText {}

/// A number or a truth value.
#[derive(Debug)]
pub enum ByNature {}

#[diagnostic::do_not_recommend]
impl<T: Data + Into<String>> Element<ByText> for T {}

macro_rules! elements {
    ($($name:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Element<ByNature> for $name {}
    )*};
}
elements!(bool, i8, i16, i32, i64, u8, u16, u32, u64);

impl<T: Data> Expr<Vec<T>> {
    /// How many items there are.
    #[must_use]
    pub fn len(self) -> Expr<u32> {
        Expr::new(node::call("$count", vec![self.node()], false))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> Expr<bool> {
        self.len().equals(0)
    }
}

// The bound is on the methods, because only so does rustc say in our words why a list cannot be worked on.
impl<T: Data> Expr<Vec<T>> {
    /// The first item, absent where the list is empty.
    #[must_use]
    pub fn first<K>(self) -> Expr<Option<T>>
    where
        T: Element<K>,
    {
        Expr::new(node::call("first", vec![self.node()], true))
    }

    /// What is computed of each item.
    #[must_use]
    pub fn each<U: Element<L>, K, L>(self, of: impl FnOnce(Expr<T>) -> Expr<U>) -> Expr<Vec<U>>
    where
        T: Element<K>,
    {
        let (item, body) = lambda(of);
        Expr::new(node::each("$map", self.node(), item, body))
    }

    /// The items of which something holds.
    #[must_use]
    pub fn keep<K>(self, condition: impl FnOnce(Expr<T>) -> Expr<bool>) -> Self
    where
        T: Element<K>,
    {
        let (item, body) = lambda(condition);
        Self::new(node::each("$filter", self.node(), item, body))
    }

    /// Whether an item is in the list.
    #[must_use]
    pub fn contains<K>(self, item: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Element<K>,
    {
        let item = item.into_expr().node();
        Expr::new(node::call("in", vec![item, self.node()], false))
    }
}

fn lambda<T, U>(of: impl FnOnce(Expr<T>) -> Expr<U>) -> (u32, NodeRef) {
    use std::sync::atomic::{AtomicU32, Ordering};
    // Only so that nested lambdas differ; the printer numbers them anew, so the number never shows.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    (number, of(Expr::new(node::item(number))).node())
}
