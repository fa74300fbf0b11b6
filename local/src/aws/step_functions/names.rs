//! Names and ARNs of Step Functions: what they may look like, and AWS' words where they do not.

use crate::aws::{
    error::ApiError,
    names::{ACCOUNT, REGION},
};

/// Characters that no name may have, besides spaces and control characters.
const FORBIDDEN: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

/// Names of machines, executions and activities.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let is_forbidden = |c: char| c.is_whitespace() || c.is_control() || FORBIDDEN.contains(c);
    if (1..=80).contains(&name.chars().count()) && !name.contains(is_forbidden) {
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

/// A machine's ARN, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineArn<'arn> {
    /// The ARN without what follows the name.
    pub machine: &'arn str,
    /// What follows it.
    pub qualifier: Option<Qualifier<'arn>>,
}

/// Which version of a machine, or which of its aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier<'arn> {
    /// A version's number.
    Version(u32),
    /// An alias' name; a name has more than digits.
    Alias(&'arn str),
}

/// Takes the ARN of a machine, of a version or of an alias apart.
pub fn machine_of(arn: &str) -> Result<MachineArn<'_>, ApiError> {
    check_arn(arn, &["stateMachine"])?;
    let (machine, qualifier) = match arn.match_indices(':').nth(6) {
        None => (arn, None),
        Some((colon, _)) => {
            let (machine, rest) = arn.split_at(colon);
            let text = rest.strip_prefix(':').unwrap_or(rest);
            let qualifier = text
                .parse()
                .map_or(Qualifier::Alias(text), Qualifier::Version);
            (machine, Some(qualifier))
        }
    };
    Ok(MachineArn { machine, qualifier })
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

/// `ResourceNotFound`, of a version or an alias.
pub fn no_resource() -> ApiError {
    ApiError::step_functions(
        "ResourceNotFound",
        "Request references a resource that does not exist.",
    )
}

/// `ValidationException`.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::step_functions("ValidationException", message)
}

#[cfg(test)]
mod tests {
    use super::{Qualifier, machine_of};

    #[track_caller]
    fn check(qualified: &str, expected: Option<Qualifier<'_>>) {
        let machine = "arn:aws:states:sa-east-1:000000000000:stateMachine:orders";
        let arn = format!("{machine}{qualified}");
        let parts = machine_of(&arn).expect("an ARN of a machine");
        assert_eq!((parts.machine, parts.qualifier), (machine, expected));
    }

    #[test]
    fn an_arn_says_which_version_or_alias() {
        check("", None);
        check(":12", Some(Qualifier::Version(12)));
        check(":live", Some(Qualifier::Alias("live")));
        check(":1.2", Some(Qualifier::Alias("1.2")));
        assert!(machine_of("arn:aws:states:sa-east-1:000000000000:activity:a").is_err());
    }
}
