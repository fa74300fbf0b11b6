//! What a person is shown beside AWS's sentence.

use super::*;
use crate::validate::explain::{Explainer, Explanation};

/// The text with the edit, and the explanation of the first finding.
fn explained(text: &str) -> (Explanation, Option<String>) {
    let checked = check(text, WorkflowKind::Standard);
    let explainer = Explainer::new(text);
    let explanation = explainer.explain(checked.diagnostics.first().expect("a finding"));
    let edited = explanation.suggestion.as_ref().map(|suggestion| {
        let mut edited = text.to_owned();
        let span = suggestion.span;
        edited.replace_range(span.start..span.end, &suggestion.replacement);
        edited
    });
    (explanation, edited)
}

/// The suggested edit leaves nothing that is an error.
#[track_caller]
fn check_mended(text: &str, title: &str, underlined: &str) {
    let (explanation, edited) = explained(text);
    assert_eq!(explanation.title, title);
    let span = explanation.span;
    assert_eq!(text.get(span.start..span.end), Some(underlined));
    let edited = edited.unwrap_or_else(|| panic!("no edit: {explanation:?}"));
    let mended = check(&edited, WorkflowKind::Standard);
    assert_eq!(
        lines(&mended.diagnostics, Severity::Error),
        [""; 0],
        "{edited}"
    );
}

#[test]
fn edits_mend() {
    check_mended(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Save ordr"}, "Save order": {"Type": "Succeed"}}}"#,
        "state \"A\" goes to \"Save ordr\", which does not exist",
        "\"Save ordr\"",
    );
    check_mended(
        r#"{"StartAt": "a", "States": {"A": {"Type": "Succeed"}}}"#,
        "the workflow starts at \"a\", which does not exist",
        "\"a\"",
    );
    check_mended(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Second": 3, "End": true}}}"#,
        "state \"A\": a Wait has no field \"Second\"",
        "\"Second\"",
    );
    check_mended(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Suceed"}}}"#,
        "Value should be one of the following: [Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map]",
        "\"Suceed\"",
    );
    check_mended(
        "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\n      \"Type\": \"Pass\"\n    }\n  }\n}",
        "the state does not say what comes next",
        "\"A\"",
    );
    check_mended(
        "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\",\n}}}",
        "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
        "}",
    );
    check_mended(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": "$.b"}, "End": true}}}"#,
        "The value of 'a' looks like a path or a function, but 'a' does not end in '.$'",
        "\"$.b\"",
    );
}

#[test]
fn an_inserted_line_keeps_the_indent() {
    let text = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\n      \"Type\": \"Task\",\n      \
                \"Resource\": \"arn:aws:states:us-east-1:111111111111:activity:a\",\n      \"Retry\": [{\"ErrorEquals\": [\"A\"]}],\n      \
                \"End\": true\n    }\n  }\n}";
    let (explanation, edited) = explained(text);
    assert_eq!(explanation.help, None, "the edit says it");
    assert!(
        edited
            .expect("an edit")
            .contains("activity:a\",\n      \"TimeoutSeconds\": 86400,\n      \"Retry\"")
    );
}

#[test]
fn places_that_belong_to_it() {
    let text = r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "E", "Branches": [
        {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "E"}}}]}, "E": {"Type": "Succeed"}}}"#;
    let (explanation, edited) = explained(text);
    assert_eq!(edited, None);
    let labels: Vec<&str> = explanation
        .related
        .iter()
        .map(|related| related.label.as_str())
        .collect();
    assert_eq!(labels, ["this one is in another branch or Map"]);
}

#[test]
fn advice_where_no_edit_can_be_given() {
    let help = |text: &str| explained(text).0.help.unwrap_or_default();
    let top_level = help(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% order.id %}", "End": true}}}"#,
    );
    assert!(top_level.contains("$states.input.order"), "{top_level}");
    let language = help(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "OutputPath": "$.a", "End": true}}}"#,
    );
    assert!(language.contains("\"Output\""), "{language}");
}
