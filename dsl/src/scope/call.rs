//! Calling tasks, and asking somebody and awaiting the signal.

mod payload;

use std::marker::PhantomData;

use self::payload::{invoke, payload};
use super::branches::{Branches, Of};
use super::{BranchEnd, Scope};
use crate::branch::{
    Arm, ArmValue, Join, Joined, PlainArm, PlainArmValue, RefusalCases, Returned, Yields,
};
use crate::contract::{
    Ask, CannotRefuse, Idempotent, Keyed, Licence, MayRepeat, OWN_FAILURES, Task, TaskError,
};
use crate::draft::{Answer, Does, Place, Retrier, Role, StateId, StateKind, TaskState, WaitUntil};
use crate::expression::node::{self, Context, EdgeId, NodeRef};
use crate::expression::{Expr, Instant, IntoExpr, Union};
use crate::retry::Retry;
use crate::workflow::TaskDescription;

/// Until when something may take. There is no default: every wait says how long.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub(super) WaitUntil);

impl Deadline {
    /// Until an instant. One that has passed gives the asking one more second.
    #[must_use]
    pub fn at<T: Instant>(instant: Expr<T>) -> Self {
        Self(WaitUntil::Instant(instant.node()))
    }

    /// For so many seconds, from when the step begins.
    #[must_use]
    pub fn within_seconds(seconds: impl IntoExpr<u32>) -> Self {
        Self(WaitUntil::Seconds(seconds.into_expr().node()))
    }
}

/// A call that does not say yet what happens when it fails.
#[must_use = "say what happens when it fails: `.or(…Cases { … })`"]
pub struct Call<'w, T: Task, L = <T as Task>::Licence> {
    scope: &'w mut Scope,
    name: String,
    input: NodeRef,
    key: Option<NodeRef>,
    retry: Option<Retry>,
    at: Place,
    of: PhantomData<fn() -> (T, L)>,
}

/// An asking that does not say yet what happens when it fails.
#[must_use = "say what happens when the asking fails: `.or(…Cases { … })`"]
pub struct Asking<'w, A: Ask, F> {
    scope: &'w mut Scope,
    name: String,
    input: NodeRef,
    deadline: Deadline,
    timed_out: F,
    retry: Option<Retry>,
    at: Place,
    of: PhantomData<fn() -> A>,
}

impl Scope {
    /// Calls a task. What follows says whether it is retried, and what happens when it is refused:
    /// `w.call("Accept order", AcceptOrder, request).retry(Retry::TRANSIENT).or(AcceptOrderErrorCases { … })`.
    #[track_caller]
    pub fn call<T: Task>(
        &mut self,
        name: &str,
        _task: T,
        input: impl IntoExpr<T::Input>,
    ) -> Call<'_, T> {
        Call {
            scope: self,
            name: name.to_owned(),
            input: input.into_expr().node(),
            key: None,
            retry: None,
            at: std::panic::Location::caller(),
            of: PhantomData,
        }
    }

    /// Calls a task that cannot refuse. One that may be repeated is retried with [`Retry::TRANSIENT`]; when that is not
    /// enough the execution fails. Where more must happen then, use [`call`](Self::call).
    #[track_caller]
    pub fn task<T>(
        &mut self,
        name: &str,
        _task: T,
        input: impl IntoExpr<T::Input>,
    ) -> Expr<T::Output>
    where
        T: Task,
        T::Error: CannotRefuse,
    {
        let retry = T::Licence::MAY_REPEAT.then_some(Retry::TRANSIENT);
        let at = std::panic::Location::caller();
        let (_, next, result) =
            self.place_task::<T>(name, input.into_expr().node(), None, retry, at);
        self.open = vec![next];
        Expr::new(result)
    }

    /// Asks somebody and awaits the signal, until the deadline.
    ///
    /// At the deadline `timed_out` asks once more, by a settling task that returns the same enum as the signal, so that
    /// news of that very moment joins the same match. `.or(…)` says what happens when the asking itself fails.
    #[track_caller]
    pub fn await_signal<A, F>(
        &mut self,
        name: &str,
        _ask: A,
        input: impl IntoExpr<A::Input>,
        deadline: Deadline,
        timed_out: F,
    ) -> Asking<'_, A, F>
    where
        A: Ask,
        F: PlainArm,
    {
        Asking {
            scope: self,
            name: name.to_owned(),
            input: input.into_expr().node(),
            deadline,
            timed_out,
            retry: None,
            at: std::panic::Location::caller(),
            of: PhantomData,
        }
    }

    fn place_task<T: Task>(
        &mut self,
        name: &str,
        input: NodeRef,
        key: Option<NodeRef>,
        retry: Option<Retry>,
        at: Place,
    ) -> (StateId, EdgeId, NodeRef) {
        self.describe(TaskDescription::of_task::<T>(), at);
        let members = payload(T::NAME, input, key, (false, retry.is_some()));
        let task = TaskState {
            resource: "arn:aws:states:::lambda:invoke",
            arguments: invoke(T::FUNCTION, members),
            answer: Answer::Member("Payload"),
            timeout: Some(WaitUntil::Seconds(node::literal(T::TIMEOUT_SECONDS))),
            retry: retriers(refusal_names::<T::Error>(), retry),
            does: Does::Task(T::NAME),
        };
        self.place_with_answer(name, task, at)
    }

    /// Places a task state with its way on, on which the answer is bound.
    pub(super) fn place_with_answer(
        &mut self,
        name: &str,
        task: TaskState,
        at: Place,
    ) -> (StateId, EdgeId, NodeRef) {
        let state = self.place(name, StateKind::Task(Box::new(task)), at);
        let next = self.edge_out(state, Role::Next, "", at);
        let result = self.bind(next, &self.full_name(name), node::context(Context::Result));
        (state, next, result)
    }

    pub(super) fn describe(&self, description: TaskDescription, at: Place) {
        let mut draft = self.draft();
        let name = description.name;
        if let Some(known) = draft.tasks.get(name)
            && known.function != description.function
        {
            let problem = crate::draft::error::Problem::TwoContracts {
                name,
                first: known.function,
                second: description.function,
            };
            drop(draft);
            self.refuse(problem, at, None);
            return;
        }
        draft.tasks.entry(name).or_insert(description);
    }
}

impl<'w, T: Task<Licence = Keyed>> Call<'w, T, Keyed> {
    /// States the key under which a repetition has no second effect; then it may be retried.
    pub fn key(self, key: impl IntoExpr<String>) -> Call<'w, T, Idempotent> {
        Call {
            scope: self.scope,
            name: self.name,
            input: self.input,
            key: Some(key.into_expr().node()),
            retry: self.retry,
            at: self.at,
            of: PhantomData,
        }
    }
}

impl<T: Task, L: Licence> Call<'_, T, L> {
    /// Tries again when it fails in another way than by a refusal.
    pub fn retry(mut self, retry: Retry) -> Self
    where
        L: MayRepeat,
    {
        self.retry = Some(retry);
        self
    }

    /// Says what happens when it fails; the value is the task's answer, or what the branches return in its place.
    pub fn or<C>(self, cases: C) -> Joined<Expr<T::Output>, C::Out>
    where
        C: RefusalCases<T::Error>,
        Expr<T::Output>: Join<C::Out>,
    {
        let (scope, name, at) = (self.scope, self.name, self.at);
        let (state, next, result) =
            scope.place_task::<T>(&name, self.input, self.key, self.retry, at);
        let went_well = BranchEnd {
            open: vec![next],
            returned: Returned::Value(result),
        };
        let of = Of::Refusals(<T::Error as TaskError>::REFUSALS);
        let mut branches = Branches::new(scope, state, &name, of, at);
        branches.came_back(went_well);
        cases.run(&mut branches);
        branches.join()
    }

    /// Says how it goes on with the answer, and what happens when it fails; for when the ways on have nothing in common
    /// with the task's answer.
    pub fn then<F, C>(self, then: F, cases: C) -> Joined<ArmValue<F, T::Output>, C::Out>
    where
        F: Arm<T::Output>,
        C: RefusalCases<T::Error>,
        ArmValue<F, T::Output>: Join<C::Out>,
    {
        let (scope, name, at) = (self.scope, self.name, self.at);
        let (state, next, result) =
            scope.place_task::<T>(&name, self.input, self.key, self.retry, at);
        let mut branch = scope.branch(next);
        let value = then(&mut branch, Expr::new(result)).settle();
        let went_well = scope.close(branch, &value, &name, at);
        let of = Of::Refusals(<T::Error as TaskError>::REFUSALS);
        let mut branches = Branches::new(scope, state, &name, of, at);
        branches.came_back(went_well);
        cases.run(&mut branches);
        branches.join()
    }
}

/// The signal, or what the deadline found in its place.
type Heard<A, F> = Joined<Expr<<A as Ask>::Signal>, PlainArmValue<F>>;

/// What comes of the signal, or what the deadline leads to.
type Continued<A, F, G> = Joined<ArmValue<G, <A as Ask>::Signal>, PlainArmValue<F>>;

impl<A: Ask, F: PlainArm> Asking<'_, A, F> {
    /// Asks again, with a new token, when the asking fails in another way than by a refusal or by the deadline. Where others have
    /// the token, only when the asking itself is out of order: what they fail it by is their answer.
    pub fn retry(mut self, retry: Retry) -> Self
    where
        A::Licence: MayRepeat,
    {
        self.retry = Some(retry);
        self
    }

    /// Says what happens when the asking fails; the value is the signal, or what the branches return in its place.
    pub fn or<C>(self, cases: C) -> Joined<Heard<A, F>, C::Out>
    where
        C: RefusalCases<A::Error>,
        Expr<A::Signal>: Join<PlainArmValue<F>>,
        Heard<A, F>: Join<C::Out>,
    {
        let (mut branches, timed_out) = self.place();
        branches.caught_plain("States.Timeout", "deadline", timed_out);
        cases.run(&mut branches);
        branches.join()
    }

    /// Says how it goes on with the signal, and what happens when the asking fails; for when the ways on have nothing in common
    /// with the signal. What the deadline leads to joins what comes of the signal, and not the signal.
    pub fn then<G, C>(self, then: G, cases: C) -> Joined<Continued<A, F, G>, C::Out>
    where
        G: Arm<A::Signal>,
        C: RefusalCases<A::Error>,
        ArmValue<G, A::Signal>: Join<PlainArmValue<F>>,
        Continued<A, F, G>: Join<C::Out>,
    {
        let (mut branches, timed_out) = self.place();
        branches.continue_with::<A::Signal, _>(then);
        branches.caught_plain("States.Timeout", "deadline", timed_out);
        cases.run(&mut branches);
        branches.join()
    }
}

impl<'w, A: Ask, F> Asking<'w, A, F> {
    /// The state, with the way on that the signal takes.
    fn place(self) -> (Branches<'w>, F) {
        let (scope, name, at) = (self.scope, self.name, self.at);
        scope.describe(TaskDescription::of_ask::<A>(), at);
        let retry = if A::Error::FROM_OUTSIDE {
            let own = |policy| Retrier {
                errors: OWN_FAILURES.map(str::to_owned).to_vec(),
                policy: Some(policy),
            };
            self.retry.map(own).into_iter().collect()
        } else {
            // The deadline comes first: to ask again after it would begin it anew. A signal that is none is not asked for again.
            let mut never = vec![
                "States.Timeout".to_owned(),
                "States.QueryEvaluationError".to_owned(),
            ];
            never.extend(refusal_names::<A::Error>());
            retriers(never, self.retry)
        };
        let members = payload(A::NAME, self.input, None, (true, self.retry.is_some()));
        let task = TaskState {
            resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
            arguments: invoke(A::FUNCTION, members),
            answer: Answer::Signal(A::Signal::shape()),
            timeout: Some(self.deadline.0),
            retry,
            does: Does::Ask(A::NAME),
        };
        let (state, next, result) = scope.place_with_answer(&name, task, at);
        let of = Of::Refusals(<A::Error as TaskError>::REFUSALS);
        let mut branches = Branches::new(scope, state, &name, of, at);
        branches.came_back(BranchEnd {
            open: vec![next],
            returned: Returned::Value(result),
        });
        (branches, self.timed_out)
    }
}

fn refusal_names<E: TaskError>() -> Vec<String> {
    E::REFUSALS
        .iter()
        .map(|refusal| refusal.name.to_owned())
        .collect()
}

/// What must not be retried first, because the first retrier that matches decides.
pub(super) fn retriers(never: Vec<String>, retry: Option<Retry>) -> Vec<Retrier> {
    let Some(policy) = retry else {
        return Vec::new();
    };
    let all = Retrier {
        errors: vec!["States.ALL".to_owned()],
        policy: Some(policy),
    };
    if never.is_empty() {
        return vec![all];
    }
    vec![
        Retrier {
            errors: never,
            policy: None,
        },
        all,
    ]
}
