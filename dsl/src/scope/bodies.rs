//! Steps with a body of their own: Parallel and Map. A body is a machine inside the machine; it reads what is outside and
//! assigns nothing there.

use std::rc::Rc;

use super::Scope;
use crate::draft::error::Problem;
use crate::draft::{MachineId, Place, Role, StateId, StateKind};
use crate::expression::node::{self, Context, NodeRef};
use crate::expression::{Data, Element, Expr};

impl Scope {
    /// Runs two flows side by side and goes on when both have come back.
    #[track_caller]
    pub fn both<A, B, FA, FB>(&mut self, name: &str, one: FA, other: FB) -> (Expr<A>, Expr<B>)
    where
        A: Data,
        B: Data,
        FA: FnOnce(&mut Self) -> Expr<A>,
        FB: FnOnce(&mut Self) -> Expr<B>,
    {
        let at = std::panic::Location::caller();
        let state = self.place(name, StateKind::Parallel(Vec::new()), at);
        let full = self.full_name(name);
        let first = self.body::<A, _>(state, format!("{full}: first done"), at, one);
        let second = self.body::<B, _>(state, format!("{full}: second done"), at, other);
        if let Some(state) = self.draft().state_mut(state) {
            state.kind = StateKind::Parallel(vec![first, second]);
        }
        let results = self.bodies_result(state, &full, at);
        let result = |index: u32| node::call("at", vec![results, node::literal(index)], false);
        (Expr::new(result(0)), Expr::new(result(1)))
    }

    /// Runs a flow for every item, at most `at_once` at a time, and comes to the list of their results.
    #[track_caller]
    pub fn map<T, U, F, K>(
        &mut self,
        name: &str,
        items: Expr<Vec<T>>,
        at_once: u32,
        flow: F,
    ) -> Expr<Vec<U>>
    where
        T: Element<K>,
        U: Data,
        F: FnOnce(&mut Self, Expr<T>) -> Expr<U>,
    {
        let at = std::panic::Location::caller();
        if at_once == 0 {
            self.refuse(
                Problem::ZeroBound {
                    name: name.to_owned(),
                },
                at,
                None,
            );
        }
        let placeholder = StateKind::Parallel(Vec::new());
        let state = self.place(name, placeholder, at);
        let full = self.full_name(name);
        let item_name = format!("{full} item");
        let body = self.body::<U, _>(state, format!("{full}: item done"), at, |w| {
            let start = w.open.first().copied();
            let item = start.map_or_else(
                || node::context(Context::StateInput),
                |start| w.bind(start, &item_name, node::context(Context::StateInput)),
            );
            flow(w, Expr::new(item))
        });
        if let Some(state) = self.draft().state_mut(state) {
            state.kind = StateKind::Map {
                body,
                items: items.node(),
                at_once,
            };
        }
        Expr::new(self.bodies_result(state, &full, at))
    }

    fn bodies_result(&mut self, state: StateId, full: &str, at: Place) -> NodeRef {
        let next = self.edge_out(state, Role::Next, "", at);
        let result = self.bind(next, full, node::context(Context::Result));
        self.open = vec![next];
        result
    }

    fn body<T, F>(&mut self, within: StateId, end_name: String, at: Place, flow: F) -> MachineId
    where
        T: Data,
        F: FnOnce(&mut Self) -> Expr<T>,
    {
        let output = (std::any::TypeId::of::<T>(), std::any::type_name::<T>());
        let machine = self.draft().add_machine(output, Some(within), end_name, at);
        let start = self.draft().machine(machine).map(|machine| machine.start);
        let Some(start) = start else {
            return machine;
        };
        let mut body = Self::new(Rc::clone(&self.draft), machine, start);
        body.prefix.clone_from(&self.prefix);
        let result = flow(&mut body);
        if body.is_open() {
            body.finish(result.node(), at);
        }
        machine
    }
}
