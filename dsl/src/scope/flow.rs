//! Choices, ends and waits.

use super::branches::{Branches, Of};
use super::{Deadline, Scope};
use crate::branch::{Arm, ArmValue, Cases, Ended, Join, Joined, PlainArm, PlainArmValue, Yields};
use crate::draft::error::{Problem, type_words};
use crate::draft::{Role, StateKind, WaitUntil};
use crate::expression::node::{self, Context};
use crate::expression::{Data, Expr, IntoExpr, Union};

impl Scope {
    /// Chooses by an enum's variant; every variant has its branch: `PaymentNewsCases { paid: |w, news| …, … }`.
    ///
    /// What the branches return comes together: all of one type, or some have ended.
    #[track_caller]
    pub fn match_on<T: Union, C: Cases<T>>(
        &mut self,
        name: &str,
        value: Expr<T>,
        cases: C,
    ) -> C::Out {
        let at = std::panic::Location::caller();
        let state = self.place(name, StateKind::Choice, at);
        let of = Of::Union(value.node(), T::shape());
        let mut branches = Branches::new(self, state, name, of, at);
        cases.run(&mut branches);
        branches.join()
    }

    /// Chooses by a condition.
    #[track_caller]
    pub fn when<Y, N>(
        &mut self,
        name: &str,
        condition: Expr<bool>,
        yes: Y,
        no: N,
    ) -> Joined<PlainArmValue<Y>, PlainArmValue<N>>
    where
        Y: PlainArm,
        N: PlainArm,
        PlainArmValue<Y>: Join<PlainArmValue<N>>,
    {
        let at = std::panic::Location::caller();
        let state = self.place(name, StateKind::Choice, at);
        let mut branches = Branches::new(self, state, name, Of::Conditions, at);
        branches.when(condition.node(), "yes", yes);
        branches.otherwise("no", no);
        branches.join()
    }

    /// Chooses by whether there is a value, which the first branch is given.
    #[track_caller]
    pub fn if_some<T, S, N>(
        &mut self,
        name: &str,
        value: Expr<Option<T>>,
        some: S,
        none: N,
    ) -> Joined<ArmValue<S, T>, PlainArmValue<N>>
    where
        S: Arm<T>,
        N: PlainArm,
        ArmValue<S, T>: Join<PlainArmValue<N>>,
    {
        let at = std::panic::Location::caller();
        let state = self.place(name, StateKind::Choice, at);
        let mut branches = Branches::new(self, state, name, Of::Conditions, at);
        branches.some(value.node(), some);
        branches.otherwise("none", none);
        branches.join()
    }

    /// Ends the workflow with its result; inside a Map the item, inside a Parallel the branch.
    #[track_caller]
    pub fn end<V, T>(&mut self, result: V) -> Ended
    where
        V: Yields<Value = Expr<T>>,
        T: Data,
    {
        let at = std::panic::Location::caller();
        let found = (std::any::TypeId::of::<T>(), std::any::type_name::<T>());
        self.check_end(found, at);
        self.finish(result.settle().node(), at);
        Ended(())
    }

    pub(crate) fn check_end(
        &self,
        found: (std::any::TypeId, &'static str),
        at: crate::draft::Place,
    ) {
        let machine = self.draft().machine(self.machine).cloned();
        if let Some(machine) = machine
            && machine.output.0 != found.0
        {
            let problem = Problem::WrongEnd {
                found: type_words(found.1),
                expected: type_words(machine.output.1),
                place: if machine.within.is_some() {
                    "item or branch"
                } else {
                    "workflow"
                },
            };
            self.refuse(problem, at, None);
        }
    }

    /// Ends the execution as failed, under an error name that alarms and people read.
    #[track_caller]
    pub fn fail(&mut self, name: &str, error: &str, cause: impl IntoExpr<String>) -> Ended {
        let at = std::panic::Location::caller();
        let kind = StateKind::Fail {
            error: error.to_owned(),
            cause: cause.into_expr().node(),
        };
        self.place(name, kind, at);
        self.ended_at = Some(at);
        Ended(())
    }

    /// Waits until an instant, or for a span.
    #[track_caller]
    pub fn wait(&mut self, name: &str, until: Deadline) {
        let at = std::panic::Location::caller();
        let state = self.place(name, StateKind::Wait(until.0), at);
        let next = self.edge_out(state, Role::Next, "", at);
        self.open = vec![next];
    }

    /// A fresh identifier (a random UUID), made once: everyone who reads the handle reads the same one.
    #[track_caller]
    pub fn uuid(&mut self, name: &str) -> Expr<String> {
        self.bind_once(name, Context::Uuid)
    }

    /// The instant of this moment in the workflow, taken once.
    #[track_caller]
    pub fn now<T: crate::expression::Instant>(&mut self, name: &str) -> Expr<T> {
        self.bind_once(name, Context::Now)
    }

    /// Binds between two meeting points, so that whatever is assigned later rides on an edge behind it: within one edge all
    /// assignments are simultaneous, and to copy this value would be to make it twice.
    #[track_caller]
    fn bind_once<T>(&mut self, name: &str, value: Context) -> Expr<T> {
        let at = std::panic::Location::caller();
        let name = self.full_name(name);
        let variable = self.draft().add_variable(&name);
        let before = self.place_join(name.clone(), at);
        let binding = self.edge_out(before, Role::Next, "", at);
        self.assign(&[binding], variable, node::context(value));
        self.open = vec![binding];
        let behind = self.place_join(name, at);
        self.open = vec![self.edge_out(behind, Role::Next, "", at)];
        Expr::new(node::variable(variable))
    }

    /// Whether anything can still be placed here.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }
}

impl From<Deadline> for WaitUntil {
    fn from(deadline: Deadline) -> Self {
        deadline.0
    }
}
