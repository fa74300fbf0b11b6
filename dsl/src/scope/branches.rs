//! The branches of one step while they are being run: what the derived `…Cases` talk to.

use super::{BranchEnd, Scope};
use crate::branch::{Arm, ArmValue, Failure, Outcome, PlainArm, PlainArmValue, Yields};
use crate::contract::Refusal;
use crate::draft::{Place, Role, StateId};
use crate::expression::Expr;
use crate::expression::node::{self, Context, EdgeId, NodeRef};
use crate::expression::shape::UnionShape;

/// The branches of one step. Only derived code uses it.
#[doc(hidden)]
pub struct Branches<'w> {
    scope: &'w mut Scope,
    state: StateId,
    name: String,
    of: Of,
    ends: Vec<BranchEnd>,
    at: Place,
}

impl std::fmt::Debug for Branches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Branches")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What the branches tell apart.
pub(super) enum Of {
    /// An enum's variants.
    Union(NodeRef, &'static UnionShape),
    /// Conditions, stated one by one.
    Conditions,
    /// Ways to fail.
    Refusals(&'static [Refusal]),
}

impl<'w> Branches<'w> {
    pub(super) fn new(scope: &'w mut Scope, state: StateId, name: &str, of: Of, at: Place) -> Self {
        Self {
            scope,
            state,
            name: name.to_owned(),
            of,
            ends: Vec::new(),
            at,
        }
    }

    /// The variant or refusal of this index, which carries something.
    pub fn payload<P, A: Arm<P>>(&mut self, index: usize, arm: A) {
        match self.of {
            Of::Union(value, shape) => {
                let edge = self.variant_edge(value, shape, index);
                self.run(edge, node::payload(value, shape, index, edge), arm);
            }
            Of::Refusals(refusals) => {
                let Some(refusal) = refusals.get(index) else {
                    return;
                };
                let edge = self.caught(vec![refusal.name.to_owned()], refusal.case);
                let payload = self.bind(edge, refusal.case, node::context(Context::Refusal));
                self.run(edge, payload, arm);
            }
            Of::Conditions => {}
        }
    }

    /// The variant or refusal of this index, which carries nothing.
    pub fn unit<A: PlainArm>(&mut self, index: usize, arm: A) {
        let edge = match self.of {
            Of::Union(value, shape) => self.variant_edge(value, shape, index),
            Of::Refusals(refusals) => {
                let Some(refusal) = refusals.get(index) else {
                    return;
                };
                self.caught(vec![refusal.name.to_owned()], refusal.case)
            }
            Of::Conditions => return,
        };
        self.run_plain(edge, arm);
    }

    /// Any refusal.
    pub(crate) fn refused_anyhow<A: Arm<Failure>>(&mut self, arm: A) {
        let Of::Refusals(refusals) = self.of else {
            return;
        };
        let names: Vec<String> = refusals
            .iter()
            .map(|refusal| refusal.name.to_owned())
            .collect();
        // A Catch of no errors is not allowed; a task without refusals has no such branch.
        if !names.is_empty() {
            self.failure(names, "refused", arm);
        }
    }

    /// Whatever else goes wrong. Comes last.
    pub fn unexpected<A: Arm<Failure>>(&mut self, arm: A) {
        self.failure(vec!["States.ALL".to_owned()], "unexpected", arm);
    }

    pub(crate) fn failure<A: Arm<Failure>>(&mut self, errors: Vec<String>, label: &str, arm: A) {
        let edge = self.caught(errors, label);
        let failure = node::object(vec![
            ("error", node::context(Context::ErrorName)),
            ("cause", node::context(Context::ErrorCause)),
        ]);
        let failure = self.bind(edge, label, failure);
        self.run(edge, failure, arm);
    }

    pub(super) fn caught_plain<A: PlainArm>(&mut self, error: &str, label: &str, arm: A) {
        let edge = self.caught(vec![error.to_owned()], label);
        self.run_plain(edge, arm);
    }

    pub(super) fn when<A: PlainArm>(&mut self, condition: NodeRef, label: &str, arm: A) {
        let edge = self
            .scope
            .edge_out(self.state, Role::When(condition), label, self.at);
        self.run_plain(edge, arm);
    }

    pub(super) fn some<P, A: Arm<P>>(&mut self, value: NodeRef, arm: A) {
        let role = Role::When(node::is_some(value));
        let edge = self.scope.edge_out(self.state, role, "some", self.at);
        self.run(edge, node::unwrapped(value, edge), arm);
    }

    pub(super) fn otherwise<A: PlainArm>(&mut self, label: &str, arm: A) {
        let edge = self
            .scope
            .edge_out(self.state, Role::Otherwise, label, self.at);
        self.run_plain(edge, arm);
    }

    /// The way on where nothing failed.
    pub(super) fn came_back(&mut self, end: BranchEnd) {
        self.ends.push(end);
    }

    /// Lets the branches so far come together to one value, which a further branch goes on with.
    pub(super) fn continue_with<P, A: Arm<P>>(&mut self, arm: A) {
        let ends = std::mem::take(&mut self.ends);
        let given: Expr<P> = self.scope.join(ends, &self.name, self.at);
        let open = std::mem::take(&mut self.scope.open);
        let mut branch = self.scope.branch_of(open);
        let value: ArmValue<A, P> = arm(&mut branch, given).settle();
        let end = self.scope.close(branch, &value, &self.name, self.at);
        self.ends.push(end);
    }

    /// Lets the branches come together.
    pub(super) fn join<V: Outcome>(self) -> V {
        let Self {
            scope,
            name,
            ends,
            at,
            ..
        } = self;
        scope.join(ends, &name, at)
    }

    /// The last variant is the default: a value that is no variant at all takes it, instead of ending the execution with
    /// an error that nobody handles. What comes from outside is checked before, where it comes in.
    fn variant_edge(&self, value: NodeRef, shape: &'static UnionShape, index: usize) -> EdgeId {
        let case = shape.variant(index).map_or("", |variant| variant.case);
        let role = if index + 1 == shape.variants.len() {
            Role::Otherwise
        } else {
            Role::When(node::is(value, shape, index))
        };
        self.scope.edge_out(self.state, role, case, self.at)
    }

    fn caught(&self, errors: Vec<String>, label: &str) -> EdgeId {
        self.scope
            .edge_out(self.state, Role::Caught(errors), label, self.at)
    }

    fn bind(&self, edge: EdgeId, case: &str, value: NodeRef) -> NodeRef {
        self.scope.bind(
            edge,
            &format!("{} {}", self.name, case.replace('_', " ")),
            value,
        )
    }

    fn run<P, A: Arm<P>>(&mut self, edge: EdgeId, given: NodeRef, arm: A) {
        let mut branch = self.scope.branch(edge);
        let value: ArmValue<A, P> = arm(&mut branch, Expr::new(given)).settle();
        let end = self.scope.close(branch, &value, &self.name, self.at);
        self.ends.push(end);
    }

    fn run_plain<A: PlainArm>(&mut self, edge: EdgeId, arm: A) {
        let mut branch = self.scope.branch(edge);
        let value: PlainArmValue<A> = arm(&mut branch).settle();
        let end = self.scope.close(branch, &value, &self.name, self.at);
        self.ends.push(end);
    }
}
