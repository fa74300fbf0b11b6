//! Branches: what one may return, how several come together, and the cases that name them.
//!
//! Everything here is about types; the graph is `scope`'s business.

use crate::contract::{NoRefusal, OWN_FAILURES, Outsider, TaskError};
use crate::expression::node::NodeRef;
use crate::expression::{Data, Expr, Structure};
use crate::scope::{Branches, Scope};

/// Says that a branch does not come back: its workflow, round or item has ended. Only steps that end something make one.
#[derive(Debug)]
#[must_use = "a branch that has ended returns its `Ended`, so that what follows knows"]
pub struct Ended(pub(crate) ());

/// What a branch comes back with: a value, nothing, or not at all.
pub trait Outcome: Sized {
    #[doc(hidden)]
    fn node(&self) -> Returned;
    #[doc(hidden)]
    fn of(joined: Option<NodeRef>) -> Self;
}

/// What a branch left behind.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Returned {
    Value(NodeRef),
    Nothing,
    Ended,
}

impl<T> Outcome for Expr<T> {
    fn node(&self) -> Returned {
        Returned::Value(Expr::node(*self))
    }

    fn of(joined: Option<NodeRef>) -> Self {
        // Without a branch that comes back the scope has ended, and a step after it is refused by the build.
        Self::new(
            joined.unwrap_or_else(|| crate::expression::node::literal(serde_json::Value::Null)),
        )
    }
}

impl Outcome for () {
    fn node(&self) -> Returned {
        Returned::Nothing
    }

    fn of(_: Option<NodeRef>) -> Self {}
}

impl Outcome for Ended {
    fn node(&self) -> Returned {
        Returned::Ended
    }

    fn of(_: Option<NodeRef>) -> Self {
        Self(())
    }
}

/// What a branch's closure may return: an `Expr`, a template, `()` or `Ended`.
#[diagnostic::on_unimplemented(
    message = "a branch cannot return `{Self}`",
    label = "not a value of a workflow",
    note = "return an `Expr`, a template (`OrderExpr {{ … }}`), nothing, or what ended the branch; a constant needs `constant(…)`"
)]
pub trait Yields {
    /// What it counts as.
    type Value: Outcome;
    #[doc(hidden)]
    fn settle(self) -> Self::Value;
}

#[diagnostic::do_not_recommend]
impl<T> Yields for Expr<T> {
    type Value = Self;
    fn settle(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl Yields for () {
    type Value = ();
    fn settle(self) {}
}

#[diagnostic::do_not_recommend]
impl Yields for Ended {
    type Value = Self;
    fn settle(self) -> Self {
        self
    }
}

/// A constant, as a handle: for a branch that returns one, or a loop that begins with one.
#[must_use]
pub fn constant<T: Data>(value: T) -> Expr<T> {
    crate::expression::IntoExpr::<T>::into_expr(value)
}

/// How two branches come together: the same type, or one of them has ended.
#[diagnostic::on_unimplemented(
    message = "the branches disagree: one returns `{Self}`, another `{B}`",
    label = "these branches cannot come together",
    note = "let both return the same type, or end one of them; a branch that forgot its value returns `()`"
)]
pub trait Join<B>: Outcome {
    /// What comes out.
    type Out: Outcome;
}

#[diagnostic::do_not_recommend]
impl<T> Join<Expr<T>> for Expr<T> {
    type Out = Self;
}

#[diagnostic::do_not_recommend]
impl<T> Join<Ended> for Expr<T> {
    type Out = Self;
}

#[diagnostic::do_not_recommend]
impl Join<()> for () {
    type Out = ();
}

#[diagnostic::do_not_recommend]
impl Join<Ended> for () {
    type Out = ();
}

#[diagnostic::do_not_recommend]
impl<B: Outcome> Join<B> for Ended {
    type Out = B;
}

/// What comes out where `A` and `B` come together.
pub type Joined<A, B> = <A as Join<B>>::Out;

/// A branch that is given something: `|w, news| …`.
pub trait Arm<P>: FnOnce(&mut Scope, Expr<P>) -> <Self as Arm<P>>::Returned {
    /// What the closure returns.
    type Returned: Yields;
}

impl<P, F, R> Arm<P> for F
where
    F: FnOnce(&mut Scope, Expr<P>) -> R,
    R: Yields,
{
    type Returned = R;
}

/// A branch that is given nothing: `|w| …`.
pub trait PlainArm: FnOnce(&mut Scope) -> <Self as PlainArm>::Returned {
    /// What the closure returns.
    type Returned: Yields;
}

impl<F, R> PlainArm for F
where
    F: FnOnce(&mut Scope) -> R,
    R: Yields,
{
    type Returned = R;
}

/// What an arm that is given a `P` comes back with.
pub type ArmValue<A, P> = <<A as Arm<P>>::Returned as Yields>::Value;

/// What an arm that is given nothing comes back with.
pub type PlainArmValue<A> = <<A as PlainArm>::Returned as Yields>::Value;

/// One closure for every case of `T`. Implemented by the `…Cases` structs that `#[derive(Handles)]` makes.
#[diagnostic::on_unimplemented(
    message = "these are not the cases of `{T}`",
    label = "cases of another type, or branches that cannot come together",
    note = "the cases of an enum `X` are `XCases {{ … }}`, and its branches must come together; an option is for `if_some`, a truth value for `when`"
)]
pub trait Cases<T> {
    /// What the branches come together to.
    type Out: Outcome;
    #[doc(hidden)]
    fn run(self, branches: &mut Branches<'_>);
}

/// One closure for every way in which a call can fail: each refusal of `E`, and `unexpected`. Implemented by the
/// `…Cases` structs that `#[derive(TaskError)]` makes, and by [`AnyRefusal`].
#[diagnostic::on_unimplemented(
    message = "this does not say what happens when a call is refused with `{E}`",
    label = "not the cases of `{E}`",
    note = "the cases of an error `XError` are `XErrorCases {{ …, unexpected }}`; `AnyRefusal {{ refused, unexpected }}` treats all alike"
)]
pub trait RefusalCases<E> {
    /// What the branches come together to.
    type Out: Outcome;
    #[doc(hidden)]
    fn run(self, branches: &mut Branches<'_>);
}

/// An error as the service tells it.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Failure {
    /// The error's name.
    pub error: String,
    /// What is known of the cause.
    pub cause: String,
}

/// A [`Failure`]'s fields.
#[derive(Debug)]
pub struct FailureHandles {
    /// The error's name.
    pub error: Expr<String>,
    /// What is known of the cause.
    pub cause: Expr<String>,
}

impl Structure for Failure {
    type Handles = FailureHandles;
    type Update = ();

    fn handles(of: Expr<Self>) -> FailureHandles {
        FailureHandles {
            error: crate::__private::field(of, "error", false),
            cause: crate::__private::field(of, "cause", false),
        }
    }

    fn update(_: Expr<Self>) {}

    fn changes((): ()) -> Vec<(&'static str, NodeRef)> {
        Vec::new()
    }
}

/// What happens when a call that cannot be refused fails all the same: an outage that outlasted the retries, a fault.
#[derive(Debug)]
pub struct Unexpected<U: Arm<Failure>> {
    /// The branch.
    pub unexpected: U,
}

impl<U: Arm<Failure>> RefusalCases<NoRefusal> for Unexpected<U> {
    type Out = ArmValue<U, Failure>;

    fn run(self, branches: &mut Branches<'_>) {
        branches.unexpected(self.unexpected);
    }
}

/// What happens when an ask fails whose token others have: their no, an answer of theirs that is none, and a failure of our own.
#[derive(Debug)]
pub struct OutsiderCases<N: Arm<Failure>, R: Arm<Failure>, U: Arm<Failure>>
where
    ArmValue<N, Failure>: Join<ArmValue<R, Failure>>,
    Joined<ArmValue<N, Failure>, ArmValue<R, Failure>>: Join<ArmValue<U, Failure>>,
{
    /// Whoever has the token failed the task.
    pub says_no: N,
    /// Whoever has the token completed it with what is no signal.
    pub unreadable: R,
    /// An outage that outlasted the retries, or a fault.
    pub unexpected: U,
}

impl<N, R, U> RefusalCases<Outsider> for OutsiderCases<N, R, U>
where
    N: Arm<Failure>,
    R: Arm<Failure>,
    U: Arm<Failure>,
    ArmValue<N, Failure>: Join<ArmValue<R, Failure>>,
    Joined<ArmValue<N, Failure>, ArmValue<R, Failure>>: Join<ArmValue<U, Failure>>,
{
    type Out = Joined<Joined<ArmValue<N, Failure>, ArmValue<R, Failure>>, ArmValue<U, Failure>>;

    fn run(self, branches: &mut Branches<'_>) {
        let own = OWN_FAILURES.map(str::to_owned).to_vec();
        branches.failure(own, "unexpected", self.unexpected);
        let none = vec!["States.QueryEvaluationError".to_owned()];
        branches.failure(none, "unreadable", self.unreadable);
        // By whatever name: it is theirs to choose.
        branches.failure(vec!["States.ALL".to_owned()], "says no", self.says_no);
    }
}

/// All refusals alike, where it makes no difference which: the customer was told by whoever refused.
#[derive(Debug)]
pub struct AnyRefusal<R: Arm<Failure>, U: Arm<Failure>>
where
    ArmValue<R, Failure>: Join<ArmValue<U, Failure>>,
{
    /// Refused, for one of the task's own reasons.
    pub refused: R,
    /// An outage that outlasted the retries, or a fault.
    pub unexpected: U,
}

impl<E, R, U> RefusalCases<E> for AnyRefusal<R, U>
where
    E: TaskError,
    R: Arm<Failure>,
    U: Arm<Failure>,
    ArmValue<R, Failure>: Join<ArmValue<U, Failure>>,
{
    type Out = Joined<ArmValue<R, Failure>, ArmValue<U, Failure>>;

    fn run(self, branches: &mut Branches<'_>) {
        branches.refused_anyhow(self.refused);
        branches.unexpected(self.unexpected);
    }
}

/// All that can go wrong alike, refusals and outages, where it makes no difference which.
#[derive(Debug)]
pub struct AnyFailure<F: Arm<Failure>> {
    /// The branch.
    pub failed: F,
}

impl<E, F> RefusalCases<E> for AnyFailure<F>
where
    E: TaskError,
    F: Arm<Failure>,
{
    type Out = ArmValue<F, Failure>;

    fn run(self, branches: &mut Branches<'_>) {
        branches.failure(vec!["States.ALL".to_owned()], "failed", self.failed);
    }
}
