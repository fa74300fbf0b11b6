//! A workflow: as an engineer names it (`Process`), and as codegen, tour and console read it (`Workflow`).

use std::cell::RefCell;
use std::rc::Rc;

use comanda_asl::StateMachine;
use serde::Serialize;
use serde_json::Value;

use crate::contract::{Ask, Licence, Task, TaskError};
use crate::draft::error::{DefinitionError, DefinitionErrors, Problem};
use crate::draft::{Does, Draft, StateKind};
use crate::expression::node::{self, Context};
use crate::expression::{Data, Expr};
use crate::graph::Graph;
use crate::pass::{Folding, check};
use crate::path::Paths;
use crate::scope::Scope;

/// A workflow by its name and its function. Registering, starting and awaiting it all go by this.
pub struct Process<I, O> {
    name: &'static str,
    kind: Kind,
    body: fn(&mut Scope, Expr<I>) -> Expr<O>,
}

impl<I, O> Clone for Process<I, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, O> Copy for Process<I, O> {}

impl<I, O> std::fmt::Debug for Process<I, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Process({}, {:?})", self.name, self.kind)
    }
}

/// Which of Step Functions' two kinds of state machine a workflow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// Each step once, up to a year, paid by the transition; can await tokens and children.
    Standard,
    /// At least once, up to five minutes, paid by time; every step must bear repetition.
    Express,
}

impl<I: Data, O: Data> Process<I, O> {
    /// A Standard workflow.
    #[must_use]
    pub const fn standard(name: &'static str, body: fn(&mut Scope, Expr<I>) -> Expr<O>) -> Self {
        Self {
            name,
            kind: Kind::Standard,
            body,
        }
    }

    /// An Express workflow.
    #[must_use]
    pub const fn express(name: &'static str, body: fn(&mut Scope, Expr<I>) -> Expr<O>) -> Self {
        Self {
            name,
            kind: Kind::Express,
            body,
        }
    }

    /// The state machine's name: `order-lifecycle`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Standard or Express.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The graph as it is written, before any pass.
    #[track_caller]
    pub(crate) fn draft(&self) -> Draft {
        let at = std::panic::Location::caller();
        let mut draft = Draft::default();
        let output = (std::any::TypeId::of::<O>(), std::any::type_name::<O>());
        let machine = draft.add_machine(output, None, "Done".to_owned(), at);
        let start = draft.machine(machine).map(|machine| machine.start);
        let draft = Rc::new(RefCell::new(draft));
        if let Some(start) = start {
            let mut scope = Scope::new(Rc::clone(&draft), machine, start);
            let request = Expr::new(node::context(Context::ExecutionInput));
            let result = (self.body)(&mut scope, request);
            if scope.is_open() {
                scope.finish(result.node(), at);
            }
        }
        // A closure may have kept a scope's `Again` alive; the draft itself is then copied.
        Rc::try_unwrap(draft).map_or_else(|shared| shared.borrow().clone(), RefCell::into_inner)
    }
}

/// A task or ask that a workflow calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskDescription {
    /// Its name on the wire.
    pub name: &'static str,
    /// The service that answers it.
    pub function: &'static str,
    /// Whether it hands a token over and a signal is awaited.
    pub asks: bool,
    /// `idempotent`, `keyed` or `once`.
    pub licence: &'static str,
    /// How long one attempt may take; absent for an ask, whose deadline is the workflow's.
    pub timeout_seconds: Option<u32>,
    /// JSON Schema of its input.
    pub input: Value,
    /// JSON Schema of its output; of the signal for an ask.
    pub output: Value,
    /// Its refusals.
    pub errors: Vec<ErrorDescription>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDescription {
    /// The error's name.
    pub name: &'static str,
    /// JSON Schema of what it carries; absent where it carries nothing.
    pub payload: Option<Value>,
}

/// A direct integration that a workflow uses, or a workflow that it starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationDescription {
    /// The task state's resource.
    pub resource: &'static str,
    /// What it works on: a table, a queue, a workflow.
    pub target: String,
}

impl TaskDescription {
    pub(crate) fn of_task<T: Task>() -> Self {
        Self {
            name: T::NAME,
            function: T::FUNCTION,
            asks: false,
            licence: T::Licence::NAME,
            timeout_seconds: Some(T::TIMEOUT_SECONDS),
            input: schema::<T::Input>(),
            output: schema::<T::Output>(),
            errors: errors::<T::Error>(),
        }
    }

    pub(crate) fn of_ask<A: Ask>() -> Self {
        Self {
            name: A::NAME,
            function: A::FUNCTION,
            asks: true,
            licence: A::Licence::NAME,
            timeout_seconds: None,
            input: schema::<A::Input>(),
            output: schema::<A::Signal>(),
            errors: errors::<A::Error>(),
        }
    }
}

fn errors<E: TaskError>() -> Vec<ErrorDescription> {
    let described = E::REFUSALS.iter().zip(E::payload_schemas());
    let described = described.map(|(refusal, payload)| ErrorDescription {
        name: refusal.name,
        payload: (!payload.is_null()).then_some(payload),
    });
    described.collect()
}

pub(crate) fn schema<T: schemars::JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// `orders` → `${OrdersFunction}`.
pub(crate) fn function_substitution(service: &str) -> String {
    format!("${{{}Function}}", pascal(service))
}

/// `order-lifecycle` → `${OrderLifecycleStateMachine}`.
pub(crate) fn machine_substitution(name: &str) -> String {
    format!("${{{}StateMachine}}", pascal(name))
}

pub(crate) fn pascal(name: &str) -> String {
    let words = name.split(['-', '_', ' ']);
    let capitalised = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    capitalised.collect()
}

/// A workflow, built: everything that codegen, tour, console and engine need, as plain data.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// The state machine's name.
    pub name: &'static str,
    /// Standard or Express.
    pub kind: Kind,
    /// The folded state machine, with `${…}` for the deployment to fill in.
    pub machine: StateMachine,
    /// The graph as it was written.
    pub graph: Graph,
    /// The tasks it calls, by name.
    pub tasks: Vec<TaskDescription>,
    /// The workflows and services it uses without a function.
    pub integrations: Vec<IntegrationDescription>,
    /// JSON Schema of what it starts with.
    pub input: Value,
    /// JSON Schema of what it ends with.
    pub output: Value,
    /// The ways through it, with their cost.
    pub paths: Paths,
    /// How often `unchecked_jsonata` is used.
    pub unchecked_expressions: usize,
}

impl<I: Data, O: Data> Process<I, O> {
    /// Builds the workflow: runs its function once, checks the graph, folds and prints it.
    #[track_caller]
    pub fn build(&self) -> Result<Workflow, DefinitionErrors> {
        self.build_folded(Folding::Flattened)
    }

    /// Builds the workflow folded less far than it could be: for comparing, because all levels must come to the same end.
    #[track_caller]
    pub fn build_folded(&self, folding: Folding) -> Result<Workflow, DefinitionErrors> {
        let mut draft = self.draft();
        let errors = check::check(&draft, self.kind);
        if !errors.is_empty() {
            return Err(DefinitionErrors(
                errors
                    .into_iter()
                    .map(|error| error.of(self.name))
                    .collect(),
            ));
        }
        let folded = crate::pass::fold(draft.clone(), folding);
        crate::pass::name_variables(&mut draft);
        let machine = crate::print::machine::machine(&folded);
        self.check_printed(&machine)?;
        Ok(Workflow {
            name: self.name,
            kind: self.kind,
            machine,
            graph: crate::graph::describe(&draft, &folded),
            tasks: draft.tasks.values().cloned().collect(),
            integrations: integrations(&draft),
            input: schema::<I>(),
            output: schema::<O>(),
            paths: crate::path::paths(&folded),
            unchecked_expressions: crate::pass::flow::unchecked(&draft),
        })
    }
}

impl<I, O> Process<I, O> {
    /// What AWS would refuse although the draft was right.
    #[track_caller]
    fn check_printed(&self, machine: &StateMachine) -> Result<(), DefinitionErrors> {
        let kind = match self.kind {
            Kind::Standard => comanda_asl::WorkflowKind::Standard,
            Kind::Express => comanda_asl::WorkflowKind::Express,
        };
        let at = std::panic::Location::caller();
        let refused = comanda_asl::validate(machine, kind)
            .into_iter()
            .filter(comanda_asl::Diagnostic::is_error);
        let errors: Vec<DefinitionError> = refused
            .map(|diagnostic| Problem::Invalid {
                why: diagnostic.to_string(),
            })
            .map(|problem| DefinitionError::new(problem, at, None).of(self.name))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(DefinitionErrors(errors))
        }
    }
}

fn integrations(draft: &Draft) -> Vec<IntegrationDescription> {
    let started = draft.states().filter_map(|(_, state)| match &state.kind {
        StateKind::Task(task) => match task.does {
            Does::Child(name) | Does::Start(name) => Some(IntegrationDescription {
                resource: task.resource,
                target: name.to_owned(),
            }),
            _ => None,
        },
        _ => None,
    });
    let mut all: Vec<IntegrationDescription> =
        started.chain(draft.integrations.iter().cloned()).collect();
    all.sort();
    all.dedup();
    all
}
