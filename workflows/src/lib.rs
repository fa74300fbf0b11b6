//! One file per business process, in the workflow DSL, and the contracts of its tasks.
//!
//! A workflow decides the order of things; what a task does is `tasks/`' business. Both see the same types in
//! [`contracts`], so that a workflow cannot call what no handler offers.

#![deny(unused_must_use)]

pub mod contracts;
pub mod conversation;
mod dialogue;
pub mod order_lifecycle;
pub mod order_status;
mod payment;
pub mod reconciliation;
pub mod refund;
mod registration;
pub mod story;

use std::sync::LazyLock;

use comanda_dsl::{DefinitionErrors, Workflow};

/// Every workflow, built once: the graphs never change while the program runs.
///
/// A mistake in a definition is an error here and not a panic, so that `comanda build` can show all of them.
pub fn all() -> Result<&'static [Workflow], &'static DefinitionErrors> {
    static ALL: LazyLock<Result<Vec<Workflow>, DefinitionErrors>> = LazyLock::new(|| {
        Ok(vec![
            order_lifecycle::ORDER_LIFECYCLE.build()?,
            order_status::ORDER_STATUS.build()?,
            reconciliation::RECONCILIATION.build()?,
            refund::REFUND.build()?,
            conversation::CONVERSATION.build()?,
        ])
    });
    ALL.as_deref()
}
