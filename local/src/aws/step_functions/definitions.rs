//! From the text of a definition to what the engine runs, or AWS' refusal.

use std::sync::Arc;

use comanda_asl::{StateMachine, json};
use comanda_engine::Definition;

use crate::aws::error::ApiError;

/// AWS' bound on a definition's text.
const DEFINITION_BYTES: usize = 1_048_576;

fn refused(why: impl std::fmt::Display) -> ApiError {
    ApiError::step_functions(
        "InvalidDefinition",
        format!("Invalid State Machine Definition: '{why}'"),
    )
}

/// Reads, checks and compiles a definition.
pub fn compile(text: &str) -> Result<Arc<Definition>, ApiError> {
    if text.len() > DEFINITION_BYTES {
        return Err(refused(format!(
            "the definition has {} bytes, the limit is {DEFINITION_BYTES}",
            text.len()
        )));
    }
    let machine = read(text)?;
    let compiled = Definition::compile(&machine).map_err(refused)?;
    Ok(Arc::new(compiled))
}

fn read(text: &str) -> Result<StateMachine, ApiError> {
    let node =
        json::read(text).map_err(|error| refused(format!("INVALID_JSON_DESCRIPTION: {error}")))?;
    comanda_asl::from_value(&node.to_value())
        .ok_or_else(|| refused("SCHEMA_VALIDATION_FAILED: not a state machine"))
}
