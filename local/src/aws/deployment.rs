//! Our workflows on this machine: what a deployment fills into their definitions, and the machines themselves.

use comanda_asl::{WorkflowKind, print};
use comanda_dsl::{Kind, Workflow};

use super::{ApiError, AwsStack, names};

/// Why a workflow is not deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// Its definition has a `${…}` that this machine has nothing for.
    #[error("`{workflow}` needs `${{{name}}}`, and nothing on this machine is called that")]
    Unknown {
        /// The workflow.
        workflow: &'static str,
        /// What stands between the braces.
        name: String,
    },
    /// The service refused it.
    #[error("`{workflow}` is refused: {error}")]
    Refused {
        /// The workflow.
        workflow: &'static str,
        /// What the service says.
        error: ApiError,
    },
}

impl AwsStack {
    /// Deploys workflows: each is made, brought to its definition, or left as it is. Gives their ARNs.
    pub async fn deploy_workflows(
        &self,
        workflows: &[Workflow],
        events_queue_url: &str,
    ) -> Result<Vec<String>, DeployError> {
        let mut arns = Vec::new();
        for workflow in workflows {
            let text = print(&workflow.machine);
            let definition = filled_in(&text, |name| resolve(name, events_queue_url));
            let definition = definition.map_err(|name| DeployError::Unknown {
                workflow: workflow.name,
                name,
            })?;
            let kind = match workflow.kind {
                Kind::Standard => WorkflowKind::Standard,
                Kind::Express => WorkflowKind::Express,
            };
            let deployed = self.deploy(workflow.name, kind, &definition).await;
            arns.push(deployed.map_err(|error| DeployError::Refused {
                workflow: workflow.name,
                error,
            })?);
        }
        Ok(arns)
    }
}

/// `OrdersFunction` is `comanda-orders`, `OrderLifecycleStateMachine` is `order-lifecycle`.
fn resolve(name: &str, events_queue_url: &str) -> Option<String> {
    if name == "EventsQueueUrl" {
        return Some(events_queue_url.to_owned());
    }
    if let Some(service) = name.strip_suffix("Function") {
        return Some(names::function_arn(&format!("comanda-{}", kebab(service))));
    }
    let machine = name.strip_suffix("StateMachine")?;
    Some(names::machine_arn(&kebab(machine)))
}

/// `OrderLifecycle` → `order-lifecycle`.
fn kebab(pascal: &str) -> String {
    let mut kebab = String::new();
    for letter in pascal.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

/// The text with every `${Name}` replaced; the error is a name that nothing is known of.
fn filled_in(text: &str, resolve: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let name_ends = after.find(|c: char| !c.is_ascii_alphanumeric());
        match name_ends.map(|end| after.split_at(end)) {
            Some((name, end)) if end.starts_with('}') && !name.is_empty() => {
                filled.push_str(&resolve(name).ok_or_else(|| name.to_owned())?);
                rest = end.get(1..).unwrap_or_default();
            }
            // Not a substitution: an expression may have these characters.
            _ => {
                filled.push_str("${");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::{filled_in, resolve};

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let filled = filled_in(text, |name| resolve(name, "http://queue"));
        let filled = filled.as_deref().map_err(String::as_str);
        assert_eq!(filled, expected, "{text}");
    }

    #[test]
    fn names_of_a_deployment_are_filled_in() {
        check(
            r#"{"F": "${OrdersFunction}", "q": "${EventsQueueUrl}"}"#,
            Ok(
                r#"{"F": "arn:aws:lambda:sa-east-1:000000000000:function:comanda-orders", "q": "http://queue"}"#,
            ),
        );
        check(
            "${OrderLifecycleStateMachine}",
            Ok("arn:aws:states:sa-east-1:000000000000:stateMachine:order-lifecycle"),
        );
        check("{% '${' & $x & '}' %} ${}", Ok("{% '${' & $x & '}' %} ${}"));
        check("${Nobody}", Err("Nobody"));
    }
}
