//! Loops. Every loop has a bound, and says what happens when it is reached.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use super::{BranchEnd, Scope};
use crate::branch::{Ended, Join, Joined, Yields};
use crate::draft::error::Problem;
use crate::draft::{MachineId, Place, Role, StateId, StateKind, Target};
use crate::expression::node::{self, EdgeId, NodeRef, Operator, Variable};
use crate::expression::{Data, Expr, IntoExpr};

/// The way round a loop once more.
pub struct Again<S> {
    rounds: Rc<RefCell<Rounds>>,
    of: PhantomData<fn(S)>,
}

struct Rounds {
    name: String,
    machine: MachineId,
    state: Variable,
    counter: Variable,
    /// The edges that go round again.
    again: Vec<EdgeId>,
    at: Place,
}

impl<S> Clone for Again<S> {
    fn clone(&self) -> Self {
        Self {
            rounds: Rc::clone(&self.rounds),
            of: PhantomData,
        }
    }
}

impl<S> std::fmt::Debug for Again<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Again")
            .field("name", &self.rounds.borrow().name)
            .finish()
    }
}

impl<S: Data> Again<S> {
    /// Goes round once more, with what the next round starts from. Past the bound the loop's `exhausted` runs instead.
    #[track_caller]
    pub fn with(&self, w: &mut Scope, next: impl IntoExpr<S>) -> Ended {
        let at = std::panic::Location::caller();
        let next = next.into_expr().node();
        let mut rounds = self.rounds.borrow_mut();
        if rounds.machine == w.machine {
            w.assign(&w.open, rounds.state, next);
            rounds.again.append(&mut w.open);
        } else {
            w.refuse(
                Problem::AgainOutside {
                    name: rounds.name.clone(),
                },
                at,
                Some(rounds.at),
            );
            w.open.clear();
        }
        w.ended_at = Some(at);
        Ended(())
    }

    /// Which round this is, from 1.
    #[must_use]
    pub fn round(&self) -> Expr<u32> {
        Expr::new(node::variable(self.rounds.borrow().counter))
    }
}

impl Scope {
    /// Goes round at most `bound` times. `body` gets the way round, and what the round starts from: `initial`, then what
    /// `again.with` was given. What `body` returns, the loop comes to; `exhausted` runs when a round beyond the bound was
    /// wanted, and its value joins.
    #[track_caller]
    pub fn repeat<S, B, BR, X, XR>(
        &mut self,
        name: &str,
        bound: u32,
        initial: Expr<S>,
        body: B,
        exhausted: X,
    ) -> Joined<BR::Value, XR::Value>
    where
        S: Data,
        B: FnOnce(&mut Self, &Again<S>, Expr<S>) -> BR,
        BR: Yields,
        X: FnOnce(&mut Self, Expr<S>) -> XR,
        XR: Yields,
        BR::Value: Join<XR::Value>,
    {
        let at = std::panic::Location::caller();
        if bound == 0 {
            self.refuse(
                Problem::ZeroBound {
                    name: name.to_owned(),
                },
                at,
                None,
            );
        }
        let (head, again) = self.enter_loop::<S>(name, initial.node(), at);
        let state = Expr::<S>::new(node::variable(again.rounds.borrow().state));
        let mut round = self.branch(self.edge_out(head, Role::Next, "", at));
        let value = body(&mut round, &again, state).settle();
        let mut ends: Vec<BranchEnd> = vec![self.close(round, &value, name, at)];
        let going_round = std::mem::take(&mut again.rounds.borrow_mut().again);
        if going_round.is_empty() {
            self.refuse(
                Problem::NeverAgain {
                    name: name.to_owned(),
                },
                at,
                None,
            );
            return self.join(ends, name, at);
        }
        self.open = going_round;
        let check = self.place(name, StateKind::Choice, at);
        let counter = again.rounds.borrow().counter;
        let counted = node::variable(counter);
        let more = node::binary(Operator::Less, counted, node::literal(bound));
        let back = self.edge_out(check, Role::When(more), "again", at);
        let next = node::binary(Operator::Plus, counted, node::literal(1));
        self.assign(&[back], counter, next);
        self.lead_back(back, head);
        let mut after = self.branch(self.edge_out(check, Role::Otherwise, "exhausted", at));
        let value = exhausted(&mut after, state).settle();
        ends.push(self.close(after, &value, name, at));
        self.join(ends, name, at)
    }

    fn enter_loop<S>(&mut self, name: &str, initial: NodeRef, at: Place) -> (StateId, Again<S>) {
        let full = self.full_name(name);
        let (state, counter) = {
            let mut draft = self.draft();
            (
                draft.add_variable(&format!("{full} state")),
                draft.add_variable(&format!("{full} round")),
            )
        };
        self.assign(&self.open, state, initial);
        self.assign(&self.open, counter, node::literal(1));
        let head = self.place_join(format!("{full}: begin"), at);
        let rounds = Rounds {
            name: full,
            machine: self.machine,
            state,
            counter,
            again: Vec::new(),
            at,
        };
        (
            head,
            Again {
                rounds: Rc::new(RefCell::new(rounds)),
                of: PhantomData,
            },
        )
    }

    fn lead_back(&self, edge: EdgeId, head: StateId) {
        if let Some(edge) = self.draft().edge_mut(edge) {
            edge.to = Target::State(head);
        }
    }
}
