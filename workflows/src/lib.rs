//! One file per business process, in the workflow DSL, and the contracts of its tasks.
//!
//! A workflow decides the order of things; what a task does is `tasks/`' business. Both see the same types in
//! [`contracts`], so that a workflow cannot call what no handler offers.

pub mod contracts;
pub mod story;
