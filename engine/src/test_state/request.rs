//! Reads what `TestState` is asked, in the service's own JSON, and writes what it answers. Transport is left to others.

use std::sync::Arc;

use comanda_asl::{Checked, Diagnostic, StateMachine, WorkflowKind, check, validate};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::constraints::Constraints;
use super::{
    FieldValidation, InspectionLevel, Mock, StateAnswer, StateTest, TestStateError, TestedState,
};
use crate::json::Json;

/// The name that a state without a machine goes by.
pub(super) const ALONE: &str = "StateName";

/// What can only be said about a state among others.
const AMONG_OTHERS: [&str; 2] = ["MISSING_TRANSITION_TARGET", "MISSING_END_STATE"];

/// Where and when a state is tested.
#[derive(Debug, Clone)]
pub struct TestWorld {
    /// The region of the execution that is made up.
    pub region: Arc<str>,
    /// Its account.
    pub account_id: Arc<str>,
    /// What time it is.
    pub now: Timestamp,
    /// Where random numbers and ids come from.
    pub seed: u64,
}

/// Reads the body of a request. Everything that can be said about the request alone is said here.
pub fn read_request(body: &Value, world: &TestWorld) -> Result<StateTest, TestStateError> {
    constraints(body)?;
    let text = |field: &str| body[field].as_str();
    let mock = mock(&body["mock"], body["revealSecrets"] == true)?;
    let definition = definition(text("definition").unwrap_or_default())?;
    let configuration = &body["stateConfiguration"];
    Ok(StateTest {
        definition,
        state_name: text("stateName").map(str::to_owned),
        input: input(text("input").unwrap_or("{}"))?,
        context: document(text("context"), "context")?,
        variables: variables(text("variables"))?,
        mock,
        answer: None,
        role_arn: text("roleArn").map(Arc::from),
        reveal_secrets: body["revealSecrets"] == true,
        inspection_level: match text("inspectionLevel") {
            Some("DEBUG") => InspectionLevel::Debug,
            Some("TRACE") => InspectionLevel::Trace,
            _ => InspectionLevel::Info,
        },
        region: Arc::clone(&world.region),
        account_id: Arc::clone(&world.account_id),
        retrier_retry_count: configuration["retrierRetryCount"].as_u64().unwrap_or(0),
        map_iteration_failure_count: configuration["mapIterationFailureCount"].as_u64(),
        map_item_reader_data: configuration["mapItemReaderData"]
            .as_str()
            .map(str::to_owned),
        error_caused_by_state: configuration["errorCausedByState"]
            .as_str()
            .map(str::to_owned),
        now: world.now,
        seed: world.seed,
    })
}

/// The body of the answer, with as much as the inspection level shows.
pub fn write_response(tested: TestedState, level: InspectionLevel) -> Value {
    let mut response = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            response.insert(name.to_owned(), value);
        }
    };
    put(
        "output",
        tested.output.map(|output| Value::from(output.text())),
    );
    put("error", tested.error.as_deref().map(Value::from));
    put("cause", tested.cause.as_deref().map(Value::from));
    if level != InspectionLevel::Info {
        put("inspectionData", Some(Value::Object(tested.inspection)));
    }
    put("nextState", tested.next_state.map(Value::from));
    put("status", Some(Value::from(tested.status.as_str())));
    Value::Object(response)
}

fn constraints(body: &Value) -> Result<(), TestStateError> {
    let (mock, configuration) = (&body["mock"], &body["stateConfiguration"]);
    let mut constraints = Constraints::default();
    constraints.required("definition", &body["definition"]);
    constraints.length("definition", &body["definition"], 1, 1_048_576);
    constraints.length("roleArn", &body["roleArn"], 1, 256);
    constraints.length("input", &body["input"], 0, 262_144);
    constraints.length("variables", &body["variables"], 0, 262_144);
    constraints.length("stateName", &body["stateName"], 1, 80);
    constraints.length("context", &body["context"], 0, 262_144);
    constraints.one_of(
        "inspectionLevel",
        &body["inspectionLevel"],
        &["INFO", "DEBUG", "TRACE"],
    );
    constraints.length("mock.result", &mock["result"], 0, 262_144);
    constraints.one_of(
        "mock.fieldValidationMode",
        &mock["fieldValidationMode"],
        &["STRICT", "PRESENT", "NONE"],
    );
    for field in ["retrierRetryCount", "mapIterationFailureCount"] {
        constraints.at_least(
            &format!("stateConfiguration.{field}"),
            &configuration[field],
            0,
        );
    }
    constraints.length(
        "stateConfiguration.errorCausedByState",
        &configuration["errorCausedByState"],
        1,
        80,
    );
    constraints.verdict().map_err(TestStateError::Validation)
}

fn mock(mock: &Value, reveals_secrets: bool) -> Result<Option<Mock>, TestStateError> {
    if mock.is_null() {
        return Ok(None);
    }
    if reveals_secrets {
        return invalid("TestState does not support RevealSecrets when a mock is specified.");
    }
    let mocked = |answer| {
        let validation = match mock["fieldValidationMode"].as_str() {
            Some("PRESENT") => FieldValidation::Present,
            Some("NONE") => FieldValidation::None,
            _ => FieldValidation::Strict,
        };
        Ok(Some(Mock { answer, validation }))
    };
    let error = &mock["errorOutput"];
    match mock["result"].as_str() {
        Some(_) if !error.is_null() => invalid(
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        Some(result) => {
            let Ok(document) = Json::from_text(result) else {
                return invalid("Mocked result must be valid JSON");
            };
            mocked(StateAnswer::Result(document))
        }
        None if error.is_null() => {
            invalid("A test mock should have one of the following fields: [result, errorOutput].")
        }
        None => {
            let text = |field: &str| error[field].as_str().map(Into::into);
            mocked(StateAnswer::Error {
                error: text("error"),
                cause: text("cause"),
            })
        }
    }
}

fn definition(text: &str) -> Result<StateMachine, TestStateError> {
    let is_machine =
        serde_json::from_str::<Value>(text).is_ok_and(|document| document.get("States").is_some());
    let mut whole = text.to_owned();
    if !is_machine && text.trim_start().starts_with('{') {
        whole = format!(r#"{{"StartAt":"{ALONE}","States":{{"{ALONE}":{text}}}}}"#);
    }
    let checked = check(&whole, WorkflowKind::Standard);
    // A state that is tested alone may go on to states that are not there.
    let counts = |finding: &Diagnostic| is_machine || !AMONG_OTHERS.contains(&finding.code);
    let diagnostics = checked.diagnostics.into_iter().filter(counts).collect();
    let checked = Checked {
        machine: checked.machine,
        diagnostics,
    };
    if let Some(refusal) = validate::refusal(&checked, &whole) {
        return Err(TestStateError::InvalidDefinition(refusal.message));
    }
    checked.machine.ok_or_else(|| {
        TestStateError::InvalidDefinition(
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object'"
                .to_owned(),
        )
    })
}

fn input(text: &str) -> Result<Json, TestStateError> {
    crate::input::read(text).map_err(TestStateError::InvalidExecutionInput)
}

fn document(text: Option<&str>, what: &str) -> Result<Option<Value>, TestStateError> {
    text.map(serde_json::from_str)
        .transpose()
        .or_else(|_| invalid(&format!("The provided {what} must be valid JSON")))
}

fn variables(text: Option<&str>) -> Result<Map<String, Value>, TestStateError> {
    match document(text, "variables")? {
        None => Ok(Map::new()),
        Some(Value::Object(variables)) => Ok(variables),
        Some(_) => invalid("The provided variables must be a JSON object"),
    }
}

fn invalid<T>(words: &str) -> Result<T, TestStateError> {
    Err(TestStateError::Validation(words.to_owned()))
}
