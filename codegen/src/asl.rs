//! The state machines' definitions, printed canonically.

use comanda_asl::StateMachine;
use comanda_dsl::Workflow;

use crate::{files::File, schemas::made_by};

/// `asl/order-lifecycle.asl.json`.
pub fn path(workflow: &Workflow) -> String {
    format!("asl/{}.asl.json", workflow.name)
}

/// The definition, which says itself where it comes from: it is what people meet in the AWS console.
pub fn file(workflow: &Workflow) -> File {
    let machine = StateMachine {
        comment: Some(made_by()),
        ..workflow.machine.clone()
    };
    File::new(path(workflow), comanda_asl::print(&machine))
}
