//! Names and ARNs of Step Functions: what they may look like, and AWS' words where they do not.

use crate::aws::{
    error::ApiError,
    names::{ACCOUNT, REGION},
};

/// Names of machines, executions and activities.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let forbidden = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '<' | '>'
                    | '{'
                    | '}'
                    | '['
                    | ']'
                    | '?'
                    | '*'
                    | '"'
                    | '#'
                    | '%'
                    | '\\'
                    | '^'
                    | '|'
                    | '~'
                    | '`'
                    | '$'
                    | '&'
                    | ','
                    | ';'
                    | ':'
                    | '/'
            )
    };
    if (1..=80).contains(&name.chars().count()) && !name.contains(forbidden) {
        Ok(())
    } else {
        Err(ApiError::step_functions(
            "InvalidName",
            format!("Invalid Name: '{name}'"),
        ))
    }
}

/// The ARN of an execution.
pub fn execution_arn(machine: &str, name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{name}")
}

/// The ARN of an Express execution; names may repeat, the id may not.
pub fn express_arn(machine: &str, name: &str, id: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:express:{machine}:{name}:{id}")
}

/// That this is the ARN of one of these kinds of Step Functions' things (`stateMachine`, `execution`, …).
pub fn check_arn(arn: &str, kinds: &[&str]) -> Result<(), ApiError> {
    let invalid = |why: String| {
        Err(ApiError::step_functions(
            "InvalidArn",
            format!("Invalid Arn: '{why}'"),
        ))
    };
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    match parts.as_slice() {
        ["arn", _, "states", _, _, kind, name] if !name.is_empty() => {
            if kinds.contains(kind) {
                Ok(())
            } else {
                invalid(format!("Resource type not valid in this context: {kind}"))
            }
        }
        ["arn", ..] => invalid(format!("Invalid ARN: {arn}")),
        _ => invalid(format!("Invalid ARN prefix: {arn}")),
    }
}

/// `StateMachineDoesNotExist`.
pub fn no_machine(arn: &str) -> ApiError {
    ApiError::step_functions(
        "StateMachineDoesNotExist",
        format!("State Machine Does Not Exist: '{arn}'"),
    )
}

/// `ExecutionDoesNotExist`.
pub fn no_execution(arn: &str) -> ApiError {
    ApiError::step_functions(
        "ExecutionDoesNotExist",
        format!("Execution Does Not Exist: '{arn}'"),
    )
}
