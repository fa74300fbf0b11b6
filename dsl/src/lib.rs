//! Typed workflows that compile to the Amazon States Language.
//!
//! A workflow is a plain function that places steps in a [`Scope`] and passes typed handles ([`Expr`]) between them. It
//! runs once, when the program starts, and leaves a graph behind; nothing of it runs when an order does. rustc refuses
//! wrong data, forgotten cases and retries without a licence; [`Process::build`] refuses what rustc cannot see, with the
//! places in the source.
//!
//! ```
//! use comanda_dsl::{Expr, Handles, Idempotent, NoRefusal, Process, Retry, Scope, Task, Unexpected, constant};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, JsonSchema, Handles)]
//! #[serde(rename_all = "camelCase")]
//! struct Booking {
//!     customer_name: String,
//!     seats: u32,
//! }
//!
//! /// The contract that the workflow and the handler share.
//! struct HoldTable;
//!
//! impl Task for HoldTable {
//!     const NAME: &'static str = "HoldTable";
//!     const FUNCTION: &'static str = "bookings";
//!     const TIMEOUT_SECONDS: u32 = 10;
//!     type Input = Booking;
//!     type Output = String;
//!     type Error = NoRefusal;
//!     type Licence = Idempotent;
//! }
//!
//! const BOOKING: Process<Booking, String> = Process::standard("booking", book);
//!
//! fn book(w: &mut Scope, booking: Expr<Booking>) -> Expr<String> {
//!     w.when(
//!         "Is it a party?",
//!         booking.seats.more_than(12),
//!         |_| constant("please call us".to_owned()),
//!         |w| {
//!             w.call("Hold a table", HoldTable, booking)
//!                 .retry(Retry::TRANSIENT)
//!                 .or(Unexpected { unexpected: |_, why| why.error })
//!         },
//!     )
//! }
//!
//! let workflow = BOOKING.build()?;
//! assert_eq!(workflow.machine.start_at, "Is it a party?");
//! // The choice, the task, and the end that a caught error needs.
//! assert_eq!(workflow.paths.paths.iter().map(|path| path.transitions).max(), Some(3));
//! # Ok::<(), comanda_dsl::DefinitionErrors>(())
//! ```
//!
//! Who finds which mistake:
//!
//! | rustc, as you type | [`Process::build`], with both places | only the service |
//! |---|---|---|
//! | unknown fields, missing cases, fields and deadlines; wrong types; branches that disagree; a refusal not handled; a retry without a licence; values of another branch by name | a name used twice or too long; steps that can never run; values smuggled out of a branch; ends of another type; loops that never go round; what Express cannot do; rows that attributes cannot hold | permissions, payload sizes, quotas |
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
    AnyFailure, AnyRefusal, Arm, ArmValue, Cases, Ended, Failure, Join, Joined, OutsiderCases,
    PlainArm, PlainArmValue, RefusalCases, Unexpected, Yields, constant,
};
pub use comanda_dsl_derive::{Handles, TaskError};
pub use contract::{
    Ask, CannotRefuse, Idempotent, Keyed, Licence, MayRepeat, NoRefusal, Once, Outsider, Refusal,
    Task, TaskError,
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
pub use scope::{Again, Asking, Call, Child, ChildCases, Deadline, Leave, Queue, Scope, Table};
pub use workflow::{
    ErrorDescription, IntegrationDescription, Kind, Process, TaskDescription, Workflow,
};
