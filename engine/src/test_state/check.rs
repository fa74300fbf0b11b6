//! What a test must say, and must not.

use comanda_asl::{Pattern, Resource, State, StateKind};
use serde_json::Value;

use super::{StateAnswer, StateTest, TestStateError, service_answer, single};

pub(super) fn request(test: &StateTest, state: &State) -> Result<(), TestStateError> {
    let kind = state.kind.type_name();
    let mockable = matches!(
        state.kind,
        StateKind::Task(_) | StateKind::Map(_) | StateKind::Parallel(_)
    );
    match &test.mock {
        Some(_) if !mockable => {
            return invalid(&format!(
                "State type '{kind}' is not supported when a mock is specified"
            ));
        }
        None if matches!(state.kind, StateKind::Map(_) | StateKind::Parallel(_)) => {
            return Err(TestStateError::InvalidDefinition(
                "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, \
                 Pass, Succeed, Fail, Choice]"
                    .to_owned(),
            ));
        }
        None if matches!(state.kind, StateKind::Task(_)) && test.role_arn.is_none() => {
            return invalid("RoleArn must be specified when testing a Task state");
        }
        _ => {}
    }
    if let (StateKind::Task(task), None) = (&state.kind, &test.mock) {
        answers_at_once(&task.target())?;
    }
    if let Some(mock) = &test.mock
        && let StateAnswer::Result(result) = &mock.answer
    {
        mocked_result(state, result)?;
        if let StateKind::Task(task) = &state.kind {
            service_answer::judge(&task.target(), result, mock.validation)
                .map_err(TestStateError::Validation)?;
        }
        failures_are_possible(test, result)?;
    }
    if test
        .error_caused_by_state
        .as_deref()
        .is_some_and(|name| !single::is_inside(state, name))
    {
        return invalid("State not found in definition");
    }
    test.context.as_ref().map_or(Ok(()), context)
}

/// No more iterations can fail than there are: as many as results, or as what the reader would have read.
fn failures_are_possible(test: &StateTest, result: &Value) -> Result<(), TestStateError> {
    let iterations = iterations(test, result);
    match (test.map_iteration_failure_count, iterations) {
        (Some(failed), Some(iterations)) if failed > iterations => invalid(
            "Map iteration failure count must be less than or equal to the number of Map iterations",
        ),
        _ => Ok(()),
    }
}

/// How many iterations a tested Map has, where that can be told.
pub(super) fn iterations(test: &StateTest, result: &Value) -> Option<u64> {
    let read: Option<Value> = test
        .map_item_reader_data
        .as_deref()
        .and_then(|data| serde_json::from_str(data).ok());
    let items = read.as_ref().unwrap_or(result).as_array();
    items.map(|items| items.len() as u64)
}

/// Who answers later, or only when polled, cannot be tested without a mock.
fn answers_at_once(resource: &Resource) -> Result<(), TestStateError> {
    let what = match (resource, resource.pattern()) {
        (Resource::Activity { .. }, _) => "Activity tasks",
        (_, Pattern::RequestResponse) => return Ok(()),
        (_, Pattern::WaitForTaskToken) => "the '.waitForTaskToken' service integration pattern",
        (_, Pattern::Sync | Pattern::Sync2) => "the '.sync' service integration pattern",
    };
    Err(TestStateError::InvalidDefinition(format!(
        "TestState API does not support {what} unless a mock is specified."
    )))
}

fn invalid(words: &str) -> Result<(), TestStateError> {
    Err(TestStateError::Validation(words.to_owned()))
}

fn mocked_result(state: &State, result: &Value) -> Result<(), TestStateError> {
    match (&state.kind, result) {
        (StateKind::Map(map), Value::Array(_)) if map.result_writer.is_some() => {
            invalid("Mocked result must be a JSON object.")
        }
        (StateKind::Map(map), _) if map.result_writer.is_none() && !result.is_array() => {
            invalid("Mocked result must be an array.")
        }
        (StateKind::Parallel(_), other) if !other.is_array() => {
            invalid("Mocked result must be an array.")
        }
        (StateKind::Parallel(parallel), Value::Array(items))
            if items.len() != parallel.branches.len() =>
        {
            invalid(
                "Mocked result must contain the same number of items as number of Parallel branches.",
            )
        }
        _ => Ok(()),
    }
}

/// The fields a context object may have; those named alone may hold anything.
const FIELDS: [(&str, &[&str]); 5] = [
    (
        "Execution",
        &[
            "Id",
            "Input",
            "Name",
            "RoleArn",
            "StartTime",
            "RedriveCount",
            "RedriveTime",
        ],
    ),
    ("State", &["Name", "EnteredTime", "RetryCount"]),
    ("StateMachine", &["Id", "Name"]),
    ("Task", &["Token"]),
    ("Map", &["Item"]),
];

fn context(context: &Value) -> Result<(), TestStateError> {
    let wrong = |what: String| {
        Err(TestStateError::Validation(format!(
            "Invalid Context object provided: {what}"
        )))
    };
    let Some(fields) = context.as_object() else {
        return wrong("it must be a JSON object".to_owned());
    };
    for (name, value) in fields {
        let Some((_, known)) = FIELDS.iter().find(|(field, _)| field == name) else {
            return wrong(format!("Field '{name}' is not allowed"));
        };
        for (inner, value) in value.as_object().into_iter().flatten() {
            if !known.contains(&inner.as_str()) {
                return wrong(format!("Field '{inner}' is not allowed"));
            }
            let is_text = !matches!(
                inner.as_str(),
                "Input" | "RedriveCount" | "RetryCount" | "Item"
            );
            if is_text && !value.is_string() {
                return wrong(format!("{name}.{inner} must be a string"));
            }
        }
    }
    Ok(())
}
