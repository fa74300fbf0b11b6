//! From the text of a definition to what the engine runs, or AWS' refusal; and what is said about a definition that
//! nobody wants to create yet.

use std::sync::Arc;

use comanda_asl::{
    Diagnostic, Origin, StateMachine, WorkflowKind, json as asl_json,
    validate::{check, refusal},
};
use comanda_engine::Definition;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{StepFunctions, create::workflow_kind};
use crate::aws::error::ApiError;

/// AWS' bound on a definition's text.
const DEFINITION_BYTES: usize = 1_048_576;
/// So many findings at most, as at AWS.
const FINDINGS: usize = 100;

fn refused(why: impl std::fmt::Display) -> ApiError {
    ApiError::step_functions(
        "InvalidDefinition",
        format!("Invalid State Machine Definition: '{why}'"),
    )
}

/// Reads, checks and compiles a definition.
pub fn compile(text: &str, kind: WorkflowKind) -> Result<Arc<Definition>, ApiError> {
    if text.len() > DEFINITION_BYTES {
        return Err(refused(format!(
            "the definition has {} bytes, the limit is {DEFINITION_BYTES}",
            text.len()
        )));
    }
    let checked = check(text, kind);
    if let Some(refusal) = refusal(&checked, text) {
        return Err(ApiError::step_functions(refusal.exception, refusal.message));
    }
    let machine = checked
        .machine
        .ok_or_else(|| refused("not a state machine"))?;
    compile_machine(&machine)
}

/// Compiles a definition that was accepted once: a newer validator does not take it back.
pub fn compile_accepted(text: &str) -> Result<Arc<Definition>, ApiError> {
    let node = asl_json::read(text).map_err(refused)?;
    let machine = comanda_asl::from_value(&node.to_value());
    compile_machine(&machine.ok_or_else(|| refused("not a state machine"))?)
}

fn compile_machine(machine: &StateMachine) -> Result<Arc<Definition>, ApiError> {
    Definition::compile(machine).map(Arc::new).map_err(refused)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateRequest {
    definition: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    severity: Option<String>,
    max_results: Option<usize>,
}

impl StepFunctions {
    pub(super) async fn validate_definition(
        &self,
        request: ValidateRequest,
    ) -> Result<Value, ApiError> {
        let kind = workflow_kind(request.kind.as_deref())?;
        let checked = check(&request.definition, kind);
        let with_warnings = request.severity.as_deref() == Some("WARNING");
        // Our own advice is `comanda check`'s; clients of AWS' API expect AWS' findings.
        let is_asked = |finding: &&Diagnostic| {
            finding.origin != Origin::Advice && (with_warnings || finding.is_error())
        };
        let findings: Vec<Value> = checked
            .diagnostics
            .iter()
            .filter(is_asked)
            .map(finding)
            .collect();
        let limit = match request.max_results {
            None | Some(0) => FINDINGS,
            Some(limit) => limit.min(FINDINGS),
        };
        Ok(json!({
            "result": if checked.is_ok() { "OK" } else { "FAIL" },
            "diagnostics": findings.get(..limit).unwrap_or(&findings),
            "truncated": findings.len() > limit,
        }))
    }
}

fn finding(finding: &Diagnostic) -> Value {
    let mut told = json!({
        "severity": finding.severity.as_str(),
        "code": finding.code,
        "message": finding.message,
    });
    // Text that is not JSON has no places inside; AWS then gives the one that the reader's message ends with.
    let in_text = finding
        .message
        .split_once("\n at ")
        .map(|(_, at)| at.to_owned());
    let location = finding.location_text().or(in_text);
    if let (Some(told), Some(location)) = (told.as_object_mut(), location) {
        told.insert("location".to_owned(), location.into());
    }
    told
}
