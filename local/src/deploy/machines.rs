//! State machines: the generated definition with the deployment's values filled in.

use comanda_asl::WorkflowKind;
use comanda_dsl::{Kind, Workflow};

use super::{DeployError, queues};
use crate::aws::{AwsStack, names};

/// A state machine to be made.
#[derive(Debug, Clone)]
pub struct Machine {
    /// `order-lifecycle`.
    pub name: String,
    /// Standard or Express.
    pub kind: WorkflowKind,
    /// ASL as generated, with `${OrdersFunction}` and the like still in it.
    pub definition: String,
}

impl Machine {
    /// The machine of a workflow.
    #[must_use]
    pub fn of(workflow: &Workflow) -> Self {
        Self {
            name: workflow.name.to_owned(),
            kind: match workflow.kind {
                Kind::Standard => WorkflowKind::Standard,
                Kind::Express => WorkflowKind::Express,
            },
            definition: comanda_asl::print(&workflow.machine),
        }
    }
}

/// Makes the machine, or gives it its new definition.
pub(super) async fn make(
    aws: &AwsStack,
    machine: &Machine,
    aws_url: &str,
) -> Result<(), DeployError> {
    let definition = fill_in(&machine.definition, aws_url).map_err(|place| DeployError {
        name: machine.name.clone(),
        detail: format!("its definition wants ${{{place}}}, which the local stack does not know"),
    })?;
    aws.deploy(&machine.name, machine.kind, &definition)
        .await
        .map(|_| ())
        .map_err(|error| DeployError::refused(&machine.name, &error))
}

/// Puts this stack's values where the generated definition leaves places; or names the place that has none.
fn fill_in(definition: &str, aws_url: &str) -> Result<String, String> {
    let mut filled = String::with_capacity(definition.len());
    let mut rest = definition;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        filled.push_str(before);
        filled.push_str(&value_of(name, aws_url).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value_of(name: &str, aws_url: &str) -> Option<String> {
    if let Some(service) = name.strip_suffix("Function") {
        return Some(names::function_arn(&format!("comanda-{}", kebab(service))));
    }
    if let Some(machine) = name.strip_suffix("StateMachine") {
        return Some(names::machine_arn(&kebab(machine)));
    }
    (name == "EventsQueueUrl").then(|| queues::url(aws_url, queues::EVENTS))
}

/// `OrderLifecycle` → `order-lifecycle`.
fn kebab(pascal: &str) -> String {
    let mut kebab = String::with_capacity(pascal.len() + 4);
    for (place, letter) in pascal.char_indices() {
        if letter.is_ascii_uppercase() && place > 0 {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::fill_in;

    #[track_caller]
    fn check(definition: &str, expected: Result<&str, &str>) {
        let filled = fill_in(definition, "http://127.0.0.1:4566");
        assert_eq!(filled.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn places_get_this_stacks_values() {
        check(
            r#"{"F": "${OrdersFunction}", "M": "${OrderStatusStateMachine}"}"#,
            Ok(
                r#"{"F": "arn:aws:lambda:sa-east-1:000000000000:function:comanda-orders", "M": "arn:aws:states:sa-east-1:000000000000:stateMachine:order-status"}"#,
            ),
        );
        check(
            "${EventsQueueUrl}",
            Ok("http://127.0.0.1:4566/000000000000/comanda-events.fifo"),
        );
        check(r#"{"a": "{% $x %}"}"#, Ok(r#"{"a": "{% $x %}"}"#));
        check("${MenuTable}", Err("MenuTable"));
        check("${Open", Err("Open"));
    }
}
