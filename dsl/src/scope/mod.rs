//! `Scope`: what a workflow function is given to place its steps in.
//!
//! A scope knows which edges lead nowhere yet. Placing a step ties them to it; a branch has a scope of its own, and what
//! it leaves open goes on behind the step that branched. Nothing is printed here: steps are put into the draft.

mod bodies;
mod branches;
mod call;
mod child;
mod flow;
mod leave;
mod repeat;
mod service;

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

pub use branches::Branches;
pub use call::{Asking, Call, Deadline};
pub use child::{Child, ChildCases};
pub use leave::Leave;
pub use repeat::Again;
pub use service::{Queue, Table};

use crate::branch::{Outcome, Returned};
use crate::draft::error::{DefinitionError, Problem};
use crate::draft::{Draft, MachineId, Place, StateId, StateKind, Target};
use crate::expression::node::{self, EdgeId, NodeRef, Variable};

/// Where the next step goes.
///
/// The closure of a branch gets its own scope, by the same name `w` by custom: a step placed with the outer one inside
/// the branch is refused by rustc ("closure requires unique access to `*w`"), because it would belong to no branch.
pub struct Scope {
    draft: Rc<RefCell<Draft>>,
    machine: MachineId,
    open: Vec<EdgeId>,
    prefix: String,
    /// The step that ended this scope, for the message about a step behind it.
    ended_at: Option<Place>,
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Scope {
    pub(crate) fn new(draft: Rc<RefCell<Draft>>, machine: MachineId, start: EdgeId) -> Self {
        Self {
            draft,
            machine,
            open: vec![start],
            prefix: String::new(),
            ended_at: None,
        }
    }

    /// Places what follows under a prefix: `w.prefixed("Deposit", |w| take_payment(w, booking))` names the sub-flow's step
    /// "Await payment" `Deposit: Await payment`. So a sub-flow can be used twice.
    pub fn prefixed<R>(&mut self, prefix: &str, flow: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.prefix.clone();
        self.prefix.push_str(prefix);
        self.prefix.push_str(": ");
        let result = flow(self);
        self.prefix = before;
        result
    }

    fn draft(&self) -> RefMut<'_, Draft> {
        self.draft.borrow_mut()
    }

    fn refuse(&self, problem: Problem, at: Place, other: Option<Place>) {
        self.draft()
            .errors
            .push(DefinitionError::new(problem, at, other));
    }

    fn full_name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Puts a state behind everything that is open. The caller adds its out-edges and says what is open then.
    fn place(&mut self, name: &str, kind: StateKind, at: Place) -> StateId {
        let name = self.full_name(name);
        let length = name.chars().count();
        if !(1..=80).contains(&length) {
            self.refuse(
                Problem::NameLength {
                    name: name.clone(),
                    length,
                },
                at,
                None,
            );
        }
        let first = self.draft().names.get(&name).copied();
        if let Some(first) = first {
            self.refuse(
                Problem::DuplicateName { name: name.clone() },
                at,
                Some(first),
            );
        }
        if self.open.is_empty() {
            self.refuse(Problem::NeverRuns { name: name.clone() }, at, self.ended_at);
        }
        let state = {
            let mut draft = self.draft.borrow_mut();
            draft.names.entry(name.clone()).or_insert(at);
            draft.add_state(self.machine, name, kind, at)
        };
        self.lead_to(state);
        state
    }

    /// Puts a nameless meeting point behind everything that is open.
    fn place_join(&mut self, name: String, at: Place) -> StateId {
        let state = self
            .draft()
            .add_state(self.machine, name, StateKind::Join, at);
        self.lead_to(state);
        state
    }

    fn lead_to(&mut self, state: StateId) {
        let mut draft = self.draft.borrow_mut();
        for id in self.open.drain(..) {
            if let Some(edge) = draft.edge_mut(id) {
                edge.to = Target::State(state);
            }
        }
    }

    /// A new edge out of a state, leading nowhere yet.
    fn edge_out(&self, state: StateId, role: crate::draft::Role, label: &str, at: Place) -> EdgeId {
        let mut draft = self.draft();
        let id = draft.add_edge(role, label.to_owned(), at);
        if let Some(state) = draft.state_mut(state) {
            state.out.push(id);
        }
        id
    }

    /// A scope for a branch that is entered by one edge.
    fn branch(&self, entered_by: EdgeId) -> Self {
        self.branch_of(vec![entered_by])
    }

    fn branch_of(&self, open: Vec<EdgeId>) -> Self {
        Self {
            draft: Rc::clone(&self.draft),
            machine: self.machine,
            open,
            prefix: self.prefix.clone(),
            ended_at: None,
        }
    }

    fn assign(&self, edges: &[EdgeId], variable: Variable, value: NodeRef) {
        let mut draft = self.draft();
        for id in edges {
            if let Some(edge) = draft.edge_mut(*id) {
                // Edges that are still open have no reader yet, so a later assignment may see the earlier ones' values.
                let value = crate::pass::substitute(value, &edge.assigns);
                edge.assigns.retain(|(assigned, _)| *assigned != variable);
                edge.assigns.push((variable, value));
            }
        }
    }

    /// Binds a value to a new variable on an edge.
    fn bind(&self, edge: EdgeId, after: &str, value: NodeRef) -> NodeRef {
        let variable = self.draft().add_variable(after);
        self.assign(&[edge], variable, value);
        node::variable(variable)
    }

    /// Ends every open way with a value.
    pub(crate) fn finish(&mut self, value: NodeRef, at: Place) {
        let mut draft = self.draft.borrow_mut();
        for id in self.open.drain(..) {
            if let Some(edge) = draft.edge_mut(id) {
                edge.to = Target::Finish(crate::pass::substitute(value, &edge.assigns));
            }
        }
        drop(draft);
        self.ended_at = Some(at);
    }
}

/// A branch that has run: what it left open, and what it came back with.
struct BranchEnd {
    open: Vec<EdgeId>,
    returned: Returned,
}

impl Scope {
    /// Takes a branch's end, and checks that one that says to have ended has.
    fn close<V: Outcome>(&self, mut branch: Self, value: &V, name: &str, at: Place) -> BranchEnd {
        let returned = value.node();
        if matches!(returned, Returned::Ended) && !branch.open.is_empty() {
            self.refuse(
                Problem::NotEnded {
                    name: name.to_owned(),
                },
                at,
                None,
            );
        }
        BranchEnd {
            open: std::mem::take(&mut branch.open),
            returned,
        }
    }

    /// Lets branches come together: what they left open is open here, and their value is one.
    fn join<V: Outcome>(&mut self, ends: Vec<BranchEnd>, name: &str, at: Place) -> V {
        let coming_back: Vec<(Vec<EdgeId>, NodeRef)> = ends
            .iter()
            .filter(|end| !end.open.is_empty())
            .filter_map(|end| match end.returned {
                Returned::Value(value) => Some((end.open.clone(), value)),
                Returned::Nothing | Returned::Ended => None,
            })
            .collect();
        self.open.extend(ends.into_iter().flat_map(|end| end.open));
        if self.open.is_empty() {
            self.ended_at = Some(at);
        }
        let joined = match coming_back.as_slice() {
            [] => None,
            // One way only: nothing has to be chosen, and the value is as it is.
            [(_, value)] => Some(*value),
            several => {
                let variable = self.draft().add_variable(name);
                for (edges, value) in several {
                    self.assign(edges, variable, value);
                }
                Some(node::variable(variable))
            }
        };
        V::of(joined)
    }
}
