//! Parts that may be left from anywhere inside: what would be a `break` with a value.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use super::{BranchEnd, Scope};
use crate::branch::{Ended, Join, Joined, Returned, Yields};
use crate::draft::error::Problem;
use crate::draft::{MachineId, Place};
use crate::expression::node::{EdgeId, NodeRef};
use crate::expression::{Data, Expr, IntoExpr};

/// The way out of a part.
pub struct Leave<T> {
    part: Rc<RefCell<Part>>,
    of: PhantomData<fn(T)>,
}

struct Part {
    name: String,
    machine: MachineId,
    /// The ways on which it was left, and with what.
    left: Vec<(Vec<EdgeId>, NodeRef)>,
    at: Place,
}

impl<T> Clone for Leave<T> {
    fn clone(&self) -> Self {
        Self {
            part: Rc::clone(&self.part),
            of: PhantomData,
        }
    }
}

impl<T> std::fmt::Debug for Leave<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leave")
            .field("name", &self.part.borrow().name)
            .finish()
    }
}

impl<T: Data> Leave<T> {
    /// Leaves the part, which then comes to this value. It costs no step.
    #[track_caller]
    pub fn with(&self, w: &mut Scope, value: impl IntoExpr<T>) -> Ended {
        let at = std::panic::Location::caller();
        let value = value.into_expr().node();
        let mut part = self.part.borrow_mut();
        let open = std::mem::take(&mut w.open);
        if part.machine == w.machine {
            part.left.push((open, value));
        } else {
            let name = part.name.clone();
            w.refuse(Problem::LeaveOutside { name }, at, Some(part.at));
        }
        w.ended_at = Some(at);
        Ended(())
    }
}

impl Scope {
    /// Runs a part that `leave.with` may leave from anywhere inside. What `body` returns and what it is left with join. The
    /// name is no step's: it names the value.
    #[track_caller]
    pub fn until_left<T, B, R>(&mut self, name: &str, body: B) -> Joined<R::Value, Expr<T>>
    where
        T: Data,
        B: FnOnce(&mut Self, &Leave<T>) -> R,
        R: Yields,
        R::Value: Join<Expr<T>>,
    {
        let at = std::panic::Location::caller();
        let leave = Leave {
            part: Rc::new(RefCell::new(Part {
                name: self.full_name(name),
                machine: self.machine,
                left: Vec::new(),
                at,
            })),
            of: PhantomData,
        };
        let open = std::mem::take(&mut self.open);
        let mut inside = self.branch_of(open);
        let value = body(&mut inside, &leave).settle();
        let mut ends = vec![self.close(inside, &value, name, at)];
        let left = std::mem::take(&mut leave.part.borrow_mut().left);
        if left.is_empty() {
            let name = name.to_owned();
            self.refuse(Problem::NeverLeft { name }, at, None);
        }
        ends.extend(left.into_iter().map(|(open, value)| BranchEnd {
            open,
            returned: Returned::Value(value),
        }));
        self.join(ends, name, at)
    }
}
