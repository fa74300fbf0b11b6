//! What is compared in each family.

use std::path::Path;

use comanda_asl::{
    Checked, Origin, StateMachine, check, from_value, print, to_value,
    validate::{refusal, variable_references},
};
use serde_json::{Value, json};

use super::{
    cases::{self, kind, name, text},
    report::Report,
};

/// The recordings that are about definitions, and all others as definitions that AWS took.
pub fn recorded(directory: &Path) -> Vec<Report> {
    let mut validate = Report::new("validate");
    let mut create = Report::new("create");
    let mut variables = Report::new("variable_references");
    let mut accepted = Report::new("accepted");
    for case in cases::recorded(directory) {
        match case["kind"].as_str() {
            Some("validate") => validate.case(name(&case), validated(&case)),
            Some("create") => create.case(name(&case), refused(&case)),
            Some("variable_references") => variables.case(name(&case), referenced(&case)),
            // A few recordings came without their definitions.
            Some("execution") if has_definition(&case) => accepted.case(name(&case), taken(&case)),
            _ => {}
        }
    }
    vec![validate, create, variables, accepted]
}

/// Definitions that others judged, and definitions from the wild.
pub fn definitions(directory: &Path) -> Vec<Report> {
    let mut reports: Vec<Report> = ["asl-validator", "statelint", "aws-asl-language-service"]
        .into_iter()
        .map(|family| {
            let mut report = Report::new(family);
            for item in cases::items(directory, &format!("{family}.json")) {
                if let Some(is_valid) = item["valid"].as_bool() {
                    report.case(name(&item), judged(&item, is_valid));
                }
            }
            report
        })
        .collect();
    let mut samples = Report::new("workflows-collection");
    let mut printed = Report::new("printed");
    for item in cases::items(directory, "workflows-collection.json") {
        samples.case(name(&item), deployed(&item));
        printed.case(name(&item), prints_back(&item["definition"]));
    }
    reports.extend([samples, printed]);
    reports
}

fn has_definition(case: &Value) -> bool {
    case["definition"].is_object()
        || case["definition_text"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
}

fn validated(case: &Value) -> Result<(), String> {
    let checked = check(&text(case), kind(case));
    let diagnostics: Vec<Value> = checked
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| {
            let location = diagnostic
                .location_text()
                .or_else(|| place_in_broken_text(&diagnostic.message));
            let mut json = json!({
                "code": diagnostic.code,
                "message": diagnostic.message,
                "severity": diagnostic.severity.as_str(),
            });
            if let Some(location) = location {
                json["location"] = location.into();
            }
            json
        })
        .collect();
    let result = if checked.is_ok() { "OK" } else { "FAIL" };
    same(
        &json!({"diagnostics": diagnostics, "result": result, "truncated": false}),
        &case["expected"],
    )
}

/// Of text that is not JSON, AWS's location is the end of Jackson's message.
fn place_in_broken_text(message: &str) -> Option<String> {
    message
        .split_once("\n at ")
        .map(|(_, place)| place.to_owned())
}

fn refused(case: &Value) -> Result<(), String> {
    let text = text(case);
    let checked = check(&text, kind(case));
    let refusal = refusal(&checked, &text);
    let expected = case["expected"]["exception"]["message"]
        .as_str()
        .unwrap_or_default();
    // botocore's own words around the message.
    let prefix =
        "An error occurred (InvalidDefinition) when calling the CreateStateMachine operation: ";
    let expected = expected.strip_prefix(prefix).unwrap_or(expected);
    same(
        &json!(refusal.map(|refusal| refusal.message)),
        &json!(expected),
    )
}

fn referenced(case: &Value) -> Result<(), String> {
    let machine = from_value(&case["definition"]).ok_or("is no machine")?;
    same(
        &json!(variable_references(&machine)),
        &case["expected"]["variableReferences"],
    )
}

/// AWS ran it: there can be no error of anybody, except about the recorder's own placeholders for ARNs.
fn taken(case: &Value) -> Result<(), String> {
    let text = text(case);
    let is_placeholder = |message: &str| {
        message.contains("Value is not a valid resource ARN") && text.contains("_arn\"")
    };
    let checked = check(&text, kind(case));
    none_of(errors(&checked, None).filter(|message| !is_placeholder(message)))?;
    prints_back(&case["definition"])
}

/// Samples are deployed by their authors: neither language nor service may mind.
fn deployed(item: &Value) -> Result<(), String> {
    none_of(errors(&check(&text(item), kind(item)), None))
}

/// Validators judge the language, not the service.
fn judged(item: &Value, is_valid: bool) -> Result<(), String> {
    let checked = check(&text(item), kind(item));
    let mut errors = errors(&checked, Some(Origin::Language));
    if is_valid {
        none_of(errors)
    } else {
        errors
            .next()
            .map(|_| ())
            .ok_or_else(|| "is taken, and should be refused".to_owned())
    }
}

fn prints_back(definition: &Value) -> Result<(), String> {
    let machine = from_value(definition).ok_or("is no machine")?;
    same(&to_value(&machine), definition)?;
    let again: Option<StateMachine> = serde_json::from_str(&print(&machine))
        .ok()
        .and_then(|value| from_value(&value));
    if again == Some(machine) {
        Ok(())
    } else {
        Err("what is printed reads otherwise".to_owned())
    }
}

fn none_of(errors: impl Iterator<Item = String>) -> Result<(), String> {
    let errors: Vec<String> = errors.collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.join("\n"))
    }
}

/// The errors of one party, or of all.
fn errors(checked: &Checked, origin: Option<Origin>) -> impl Iterator<Item = String> {
    checked
        .diagnostics
        .iter()
        .filter(move |diagnostic| {
            diagnostic.is_error() && origin.is_none_or(|origin| diagnostic.origin == origin)
        })
        .map(ToString::to_string)
}

fn same(actual: &Value, expected: &Value) -> Result<(), String> {
    if actual == expected {
        Ok(())
    } else {
        Err(format!("is       {actual}\nshould be {expected}"))
    }
}
