//! One wrong definition for every sentence. The recorded answers of AWS are in the `conformance` target.

mod advice;
mod explain;
mod expressions;
mod schema;
mod semantics;

use serde_json::{Value, json};

use super::*;

/// A machine with the one given state, in front of an end.
fn machine_of(state: Value) -> Value {
    json!({"StartAt": "S", "States": {"S": state, "E": {"Type": "Succeed"}}})
}

/// The errors of a definition, as CreateStateMachine lists them.
#[track_caller]
fn check_errors(definition: &Value, expected: &[&str]) {
    let checked = check(&definition.to_string(), WorkflowKind::Standard);
    assert_eq!(
        lines(&checked.diagnostics, Severity::Error),
        expected,
        "{definition:#}"
    );
}

/// The same for a machine of one state; all are reached from it, or are expected not to be.
#[track_caller]
fn check_state(state: Value, expected: &[&str]) {
    let definition = machine_of(state);
    let checked = check(&definition.to_string(), WorkflowKind::Standard);
    let mut lines = lines(&checked.diagnostics, Severity::Error);
    lines.retain(|line| !line.starts_with("MISSING_TRANSITION_TARGET: State \"E\""));
    assert_eq!(lines, expected, "{definition:#}");
}

fn lines(diagnostics: &[Diagnostic], severity: Severity) -> Vec<String> {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity)
        .map(ToString::to_string)
        .collect()
}

#[test]
fn every_mistake_has_its_place_in_the_text() {
    let text = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Pass\", \"Next\": \"B\", \"Typo\": 1},\n    \
                \"C\": {\"Type\": \"Wait\", \"Seconds\": -1, \"End\": true}\n  }\n}";
    let places: Vec<(usize, usize, &str)> = check(text, WorkflowKind::Standard)
        .diagnostics
        .iter()
        .filter_map(|diagnostic| {
            let place = diagnostic.place?;
            let line = text.get(place.span.start..place.span.end)?;
            Some((
                place.position.line,
                place.position.column,
                line.get(..3).unwrap_or(line),
            ))
        })
        .collect();
    assert_eq!(
        places,
        [
            (4, 40, "\"Ty"),
            (5, 38, "-1"),
            (4, 35, "\"B\""),
            (5, 10, "{\"T")
        ]
    );
}

#[test]
fn text_that_is_no_definition() {
    #[track_caller]
    fn check_text(text: &str, expected: &str) {
        let checked = check(text, WorkflowKind::Standard);
        assert_eq!(
            lines(&checked.diagnostics, Severity::Error),
            [expected],
            "{text}"
        );
        assert_eq!(checked.machine, None);
    }
    let no_object = "SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object";
    check_text("", no_object);
    check_text("[1]", no_object);
    check_text(
        "{\"a\": x}",
        "INVALID_JSON_DESCRIPTION: Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token \
         'null', 'true' or 'false')\n at [Source: (String)\"{\"a\": x}\"; line: 1, column: 8]",
    );
}

#[test]
fn a_machine_made_in_rust_is_checked_alike() {
    let mut machine = StateMachine::starting_at("A");
    machine.states.insert(
        "A".to_owned(),
        crate::State::new(crate::Pass::default()).then("B"),
    );
    assert_eq!(
        lines(&validate(&machine, WorkflowKind::Standard), Severity::Error),
        [
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next",
            "MISSING_END_STATE: Workflow has no terminal state",
        ]
    );
}

#[test]
fn refusals() {
    let text = machine_of(json!({"Type": "Pass", "Next": "X", "Typo": 1})).to_string();
    let refusal =
        refusal(&check(&text, WorkflowKind::Standard), &text).map(|refusal| refusal.message);
    assert_eq!(
        refusal.as_deref(),
        Some(
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Field 'Typo' is not supported at /States/S, \
             MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/S/Next, \
             MISSING_TRANSITION_TARGET: State \"E\" is not reachable. at /States/E'"
        )
    );
}
