//! Other workflows as steps: awaited, or started and left alone.

use std::marker::PhantomData;

use super::branches::{Branches, Of};
use super::call::retriers;
use super::service::SERVICE_SECONDS;
use super::{BranchEnd, Deadline, Scope};
use crate::branch::{Arm, ArmValue, Failure, Join, Joined, PlainArm, PlainArmValue, Returned};
use crate::draft::error::Problem;
use crate::draft::{Answer, Argument, Does, Place, Retrier, Role, StateKind, TaskState, WaitUntil};
use crate::expression::node::{self, NodeRef};
use crate::expression::{Data, Expr, IntoExpr};
use crate::retry::Retry;
use crate::workflow::{Kind, Process, machine_substitution};

/// What the service says of a second execution under a name that was used.
const ALREADY_EXISTS: &str = "StepFunctions.ExecutionAlreadyExistsException";

/// What goes wrong in starting, before there is a child. The same name and input once more is the same execution; a child
/// that failed by itself is not run again.
const START_HICCUPS: [&str; 3] = [
    "StepFunctions.SdkClientException",
    "StepFunctions.SfnException",
    "StepFunctions.ExecutionLimitExceededException",
];

/// A child workflow that does not say yet what happens when it fails.
#[must_use = "say what happens when it fails: `.or(ChildCases { already_ran: |w| …, unexpected: |w, why| … })`"]
pub struct Child<'w, I, O> {
    scope: &'w mut Scope,
    name: String,
    process: Process<I, O>,
    key: NodeRef,
    input: NodeRef,
    deadline: Deadline,
    at: Place,
    of: PhantomData<fn(I) -> O>,
}

/// How awaiting a child workflow can fail.
#[derive(Debug)]
pub struct ChildCases<R: PlainArm, U: Arm<Failure>>
where
    PlainArmValue<R>: Join<ArmValue<U, Failure>>,
{
    /// An execution of this key ran to its end before; its result is not known here.
    pub already_ran: R,
    /// The child failed, was stopped, or could not be started.
    pub unexpected: U,
}

/// What comes in the place of a child's result.
type Instead<R, U> = Joined<PlainArmValue<R>, ArmValue<U, Failure>>;

impl Scope {
    /// Runs another workflow and awaits its result, until the deadline at the latest, which counts as unexpected: the child
    /// should end before by its own. The key is the execution's name, so that one key is one execution.
    #[track_caller]
    pub fn child<I: Data, O: Data>(
        &mut self,
        name: &str,
        process: Process<I, O>,
        key: impl IntoExpr<String>,
        input: impl IntoExpr<I>,
        deadline: Deadline,
    ) -> Child<'_, I, O> {
        let at = std::panic::Location::caller();
        if process.kind() == Kind::Express {
            let what = "awaits an Express workflow by `.sync`";
            self.refuse(
                Problem::NotInExpress {
                    name: name.to_owned(),
                    what,
                },
                at,
                None,
            );
        }
        Child {
            key: key.into_expr().node(),
            input: input.into_expr().node(),
            scope: self,
            name: name.to_owned(),
            process,
            deadline,
            at,
            of: PhantomData,
        }
    }

    /// Starts another workflow and goes on. The key is the execution's name: one that was used is already started, which
    /// is as good.
    #[track_caller]
    pub fn start<I: Data, O: Data>(
        &mut self,
        name: &str,
        process: Process<I, O>,
        key: impl IntoExpr<String>,
        input: impl IntoExpr<I>,
    ) {
        let at = std::panic::Location::caller();
        let task = TaskState {
            resource: "arn:aws:states:::states:startExecution",
            arguments: start_arguments(
                process.name(),
                key.into_expr().node(),
                input.into_expr().node(),
            ),
            answer: Answer::Whole,
            timeout: Some(WaitUntil::Seconds(node::literal(SERVICE_SECONDS))),
            retry: retriers(vec![ALREADY_EXISTS.to_owned()], Some(Retry::TRANSIENT)),
            does: Does::Start(process.name()),
        };
        let state = self.place(name, StateKind::Task(Box::new(task)), at);
        let started = self.edge_out(state, Role::Next, "", at);
        let before = Role::Caught(vec![ALREADY_EXISTS.to_owned()]);
        let already = self.edge_out(state, before, "already started", at);
        self.open = vec![started, already];
    }
}

impl<I: Data, O: Data> Child<'_, I, O> {
    /// Says what happens when the child fails; the value is its result, or what the branches return in its place.
    pub fn or<R, U>(self, cases: ChildCases<R, U>) -> Joined<Expr<O>, Instead<R, U>>
    where
        R: PlainArm,
        U: Arm<Failure>,
        PlainArmValue<R>: Join<ArmValue<U, Failure>>,
        Expr<O>: Join<Instead<R, U>>,
    {
        let (scope, name, at) = (self.scope, self.name, self.at);
        let task = TaskState {
            resource: "arn:aws:states:::states:startExecution.sync:2",
            arguments: start_arguments(self.process.name(), self.key, self.input),
            answer: Answer::Member("Output"),
            timeout: Some(self.deadline.0),
            retry: vec![Retrier {
                errors: START_HICCUPS.iter().map(ToString::to_string).collect(),
                policy: Some(Retry::TRANSIENT),
            }],
            does: Does::Child(self.process.name()),
        };
        let (state, next, result) = scope.place_with_answer(&name, task, at);
        let went_well = BranchEnd {
            open: vec![next],
            returned: Returned::Value(result),
        };
        let mut branches = Branches::new(scope, state, &name, Of::Refusals(&[]), at);
        branches.came_back(went_well);
        branches.caught_plain(ALREADY_EXISTS, "already_ran", cases.already_ran);
        branches.unexpected(cases.unexpected);
        branches.join()
    }
}

fn start_arguments(process: &str, key: NodeRef, input: NodeRef) -> Vec<(&'static str, Argument)> {
    vec![
        (
            "StateMachineArn",
            Argument::Fixed(machine_substitution(process)),
        ),
        ("Name", Argument::Node(key)),
        ("Input", Argument::Node(input)),
    ]
}
