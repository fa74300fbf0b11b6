//! Finding a workflow by the name that a person typed.

use comanda_dsl::Workflow;

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
    let similar = names.iter().max_by(|a, b| {
        let likeness = |candidate: &str| strsim::jaro_winkler(candidate, name);
        likeness(a).total_cmp(&likeness(b))
    });
    let failure = Failure::usage(format!("workflow {name} does not exist"));
    Err(match similar {
        Some(similar) if strsim::jaro_winkler(similar, name) > 0.8 => {
            failure.help(format!("a workflow with a similar name exists: {similar}"))
        }
        _ => failure.help(format!("there are: {}", names.join(", "))),
    })
}
