//! Finding a workflow by the name that a person typed.

use comanda_dsl::Workflow;

use super::similar;
use crate::failure::Failure;

/// Every workflow, or the definition's mistakes.
pub fn all() -> Result<&'static [Workflow], Failure> {
    comanda_workflows::all().map_err(|errors| Failure::new(errors.to_string()))
}

/// The workflow of this name; a similar name is offered where there is none.
pub fn find(name: &str) -> Result<&'static Workflow, Failure> {
    let workflows = all()?;
    if let Some(workflow) = workflows.iter().find(|workflow| workflow.name == name) {
        return Ok(workflow);
    }
    let names: Vec<&str> = workflows.iter().map(|workflow| workflow.name).collect();
    let failure = Failure::usage(format!("workflow {name} does not exist"));
    Err(match similar(name, names.iter().copied()) {
        Some(similar) => failure.help(format!("a workflow with a similar name exists: {similar}")),
        None => failure.help(format!("there are: {}", names.join(", "))),
    })
}
