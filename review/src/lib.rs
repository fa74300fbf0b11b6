//! Reads what codegen writes, before it is deployed: what a change means for executions that already run ([`diff`]), and
//! how far an execution can go ([`bounds`]).
//!
//! It works on the files alone, so that yesterday's release can be read as well as today's, and definitions that are not
//! ours. It does no I/O; what a workflow means to the business, and how its files are written, it does not know.

pub mod bounds;
pub mod diff;
mod machine;
mod release;
mod schema;

pub use release::{Contract, Machine, Release, ReleaseError};
