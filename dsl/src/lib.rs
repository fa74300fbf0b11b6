//! Typed workflows that compile to the Amazon States Language.
//!
//! A workflow is a plain function that places steps in a [`Scope`] and passes typed handles ([`Expr`]) between them. It
//! runs once, when the program starts, and leaves a graph behind; nothing of it runs when an order does. rustc refuses
//! wrong data, forgotten cases and retries without a licence; [`Process::build`] refuses what rustc cannot see, with the
//! places in the source.
//!
//! This crate knows nothing of orders, of how a task works, and of how a state machine is run.

extern crate self as comanda_dsl;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod branch;
mod contract;
mod draft;
mod expression;
mod graph;
mod pass;
mod path;
mod print;
mod retry;
mod scope;
mod workflow;

pub use branch::{
    AnyFailure, AnyRefusal, Arm, ArmValue, Cases, Ended, Failure, Join, Joined, PlainArm,
    PlainArmValue, RefusalCases, Unexpected, Yields, constant,
};
pub use comanda_dsl_derive::{Handles, TaskError};
pub use contract::{
    Ask, CannotRefuse, Idempotent, Keyed, Licence, MayRepeat, NoRefusal, Once, Refusal, Task,
    TaskError,
};
pub use draft::error::{DefinitionError, DefinitionErrors, Problem, SourcePlace};
pub use expression::{
    Data, Element, Expr, Instant, Integer, IntoExpr, Structure, TextPart, Union, none, text,
    unchecked_jsonata,
};
pub use graph::{EdgeWhen, FoldedTransition, Graph, GraphEdge, GraphNode, StepKind};
pub use pass::Folding;
pub use path::{Path, Paths};
pub use retry::Retry;
pub use scope::{Again, Asking, Call, Child, ChildCases, Deadline, Queue, Scope, Table};
pub use workflow::{
    ErrorDescription, IntegrationDescription, Kind, Process, TaskDescription, Workflow,
};
