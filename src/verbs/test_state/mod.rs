//! `comanda test-state`: one state alone, with given data and, where it would call somebody, a given answer.

use std::{path::Path, process::ExitCode, sync::Arc};

use comanda_asl::{Severity, WorkflowKind, check, json, validate::explain::Explainer};
use comanda_engine::test_state::{
    TestStateError, TestStatus, TestWorld, pending_call, read_request, test_state, write_response,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    check::{demand, files},
    given, similar,
};
use crate::{
    failure::Failure,
    output::Output,
    report::{self, Source},
};

/// One state alone: what it makes of its input, and where it leads. Answers as AWS's TestState does.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda test-state order.asl.json --state 'How paid?' --input '{\"payment\": \"PIX\"}'
  comanda test-state order.asl.json --state 'Price' --input order.json --mock-result '{\"total\": 10}' --inspection-level DEBUG
  comanda test-state order.asl.json --state 'Price' --mock-error Lambda.TooManyRequestsException --retries 2
  comanda test-state state.json --input '{}'            a file that holds one state

Exit code: 0 the state succeeds, or its error is caught; 1 it fails, or would be tried again; 2 it cannot be tested.
See also: comanda play, for a whole definition.")]
pub struct TestStateArguments {
    /// A definition, or one state; - for standard input.
    file: String,
    /// Which state, also one inside a Map or Parallel; where it starts, if none is named.
    #[arg(long, value_name = "NAME")]
    state: Option<String>,
    /// The state's input: JSON, or a file that holds it.
    #[arg(long, value_name = "JSON|FILE", default_value = "{}")]
    input: String,
    /// The context object, in place of one that is made up.
    #[arg(long, value_name = "JSON|FILE")]
    context: Option<String>,
    /// The variables that the state finds.
    #[arg(long, value_name = "JSON|FILE")]
    variables: Option<String>,
    /// What a Task, Map or Parallel is answered.
    #[arg(long, value_name = "JSON|FILE", conflicts_with = "mock_error")]
    mock_result: Option<String>,
    /// The error that it is answered.
    #[arg(long, value_name = "NAME")]
    mock_error: Option<String>,
    /// What is said about the error.
    #[arg(long, value_name = "TEXT", requires = "mock_error")]
    mock_cause: Option<String>,
    /// How strictly a mocked result is held against the service's API.
    #[arg(
        long,
        value_name = "MODE",
        default_value = "STRICT",
        ignore_case = true
    )]
    field_validation: FieldValidation,
    /// How much of the data's way is shown.
    #[arg(long, value_name = "LEVEL", default_value = "INFO", ignore_case = true)]
    inspection_level: Level,
    /// How often the state was tried again before.
    #[arg(long, value_name = "COUNT")]
    retries: Option<u64>,
    /// How many items of a Map failed.
    #[arg(long, value_name = "COUNT")]
    failed_items: Option<u64>,
    /// What a Map's item reader reads.
    #[arg(long, value_name = "JSON|FILE")]
    items: Option<String>,
    /// The state inside a Map or Parallel that the mocked error comes from.
    #[arg(long, value_name = "NAME")]
    error_from: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum Level {
    /// The outcome.
    Info,
    /// The steps of input and output too.
    Debug,
    /// All that, and for HTTP tasks request and response.
    Trace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum FieldValidation {
    /// What is there must fit, and what is required must be there.
    Strict,
    /// What is there must fit.
    Present,
    /// Not at all.
    None,
}

/// A role is asked for by AWS; nothing here runs as one.
const ROLE: &str = "arn:aws:iam::000000000000:role/test";

/// Tests it.
pub fn run(arguments: &TestStateArguments, output: &Output) -> Result<ExitCode, Failure> {
    let source = files::one(Path::new(&arguments.file))?;
    let name = checked(&source, arguments.state.as_deref())?;
    let body = request(arguments, &source)?;
    let world = TestWorld {
        region: Arc::from("sa-east-1"),
        account_id: Arc::from("000000000000"),
        now: Timestamp::UNIX_EPOCH,
        seed: 1,
    };
    let refused = |error: TestStateError| Failure::usage(error.to_string()).code(error.exception());
    let test = read_request(&body, &world).map_err(refused)?;
    let has_answer = arguments.mock_result.is_some() || arguments.mock_error.is_some();
    if let Some(call) = pending_call(&test)
        .map_err(refused)?
        .filter(|_| !has_answer)
    {
        return Err(Failure::usage(format!(
            "\"{name}\" calls {} with {}, and nothing is called here",
            call.resource,
            call.arguments.text()
        ))
        .code("NO_MOCK")
        .help("say what it is answered: --mock-result '{…}', or --mock-error NAME"));
    }
    let level = test.inspection_level;
    let tested = test_state(&test).map_err(refused)?;
    let is_well = matches!(
        tested.status,
        TestStatus::Succeeded | TestStatus::CaughtError
    );
    let response = write_response(tested, level);
    output.result(&response, &words(&response, &name))?;
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The name of the state to be tested, in a text without mistakes.
fn checked(source: &Source, wanted: Option<&str>) -> Result<String, Failure> {
    let root = json::read(&source.text).ok();
    let Some(root) = root.filter(|root| root.get("States").is_none() && root.get("Type").is_some())
    else {
        demand(source, WorkflowKind::Standard)?;
        let root = json::read(&source.text).unwrap_or_else(|_| json::Node::from(&Value::Null));
        let name = wanted
            .or_else(|| root.text_of("StartAt"))
            .unwrap_or_default();
        let names = super::play::state_names_of(&root);
        if names.contains(name) {
            return Ok(name.to_owned());
        }
        let failure = Failure::usage(format!("{} has no state \"{name}\"", source.name));
        return Err(match similar(name, names.iter().map(String::as_str)) {
            Some(meant) => failure.help(format!(
                "a state with a similar name exists: --state '{meant}'"
            )),
            None => failure,
        });
    };
    drop(root);
    alone(source)?;
    Ok(wanted.unwrap_or("the state").to_owned())
}

/// A state without a machine: what can only be said about a state among others is not said.
fn alone(source: &Source) -> Result<(), Failure> {
    const BEFORE: &str = "{\"StartAt\":\"StateName\",\"States\":{\"StateName\":";
    let text = format!("{BEFORE}{}}}}}", source.text);
    let explainer = Explainer::new(&text);
    let mut drawn = String::new();
    for diagnostic in check(&text, WorkflowKind::Standard).diagnostics {
        let is_among_others = matches!(
            diagnostic.code,
            "MISSING_TRANSITION_TARGET" | "MISSING_END_STATE"
        );
        if diagnostic.severity != Severity::Error || is_among_others {
            continue;
        }
        let mut explanation = explainer.explain(&diagnostic);
        explanation.move_back(BEFORE.len());
        explanation.title = explanation.title.replace("state \"StateName\": ", "");
        drawn += &report::draw(source, diagnostic.severity, diagnostic.code, &explanation);
        drawn += "\n\n";
    }
    if drawn.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!("the state in {} is wrong", source.name)).drawn(drawn))
}

/// The request as AWS's TestState takes it.
fn request(arguments: &TestStateArguments, source: &Source) -> Result<Value, Failure> {
    let text = |option: &str, given: &Option<String>| match given {
        None => Ok(Value::Null),
        Some(given) => Ok(Value::from(given::json(option, given)?.text())),
    };
    let validation = match arguments.field_validation {
        FieldValidation::Strict => "STRICT",
        FieldValidation::Present => "PRESENT",
        FieldValidation::None => "NONE",
    };
    let mock = match (&arguments.mock_result, &arguments.mock_error) {
        (None, None) => Value::Null,
        (Some(_), _) => json!({
            "result": text("--mock-result", &arguments.mock_result)?,
            "fieldValidationMode": validation,
        }),
        (None, Some(error)) => json!({
            "errorOutput": { "error": error, "cause": arguments.mock_cause },
            "fieldValidationMode": validation,
        }),
    };
    Ok(json!({
        "definition": source.text,
        "stateName": arguments.state,
        "roleArn": ROLE,
        "input": given::json("--input", &arguments.input)?.text(),
        "context": text("--context", &arguments.context)?,
        "variables": text("--variables", &arguments.variables)?,
        "mock": mock,
        "inspectionLevel": match arguments.inspection_level {
            Level::Info => "INFO",
            Level::Debug => "DEBUG",
            Level::Trace => "TRACE",
        },
        "stateConfiguration": {
            "retrierRetryCount": arguments.retries,
            "mapIterationFailureCount": arguments.failed_items,
            "mapItemReaderData": text("--items", &arguments.items)?,
            "errorCausedByState": arguments.error_from,
        },
    }))
}

/// The answer as a person reads it.
fn words(response: &Value, name: &str) -> String {
    let text = |field: &str| response[field].as_str().unwrap_or_default();
    let status = text("status");
    let mut words = format!("\"{name}\": {status}");
    match response["nextState"].as_str() {
        Some(next) => words += &format!(", goes to \"{next}\""),
        None if status == "SUCCEEDED" => words += ", and ends there",
        None => {}
    }
    let delay = response
        .pointer("/inspectionData/errorDetails/retryBackoffIntervalSeconds")
        .and_then(Value::as_u64);
    if let Some(delay) = delay {
        words += &format!(", tries again after {delay} s");
    }
    words += "\n";
    let mut rows: Vec<(String, String)> = Vec::new();
    let steps = response["inspectionData"].as_object();
    for (step, data) in steps.into_iter().flatten() {
        let shown = data
            .as_str()
            .map_or_else(|| data.to_string(), str::to_owned);
        rows.push((step.clone(), shown));
    }
    for field in ["error", "cause", "output"] {
        if let Some(value) = response[field].as_str() {
            rows.push((field.to_owned(), value.to_owned()));
        }
    }
    let width = rows.iter().map(|(step, _)| step.len()).max().unwrap_or(0);
    for (step, data) in rows {
        words += &format!("\n  {step:<width$}  {data}");
    }
    words
}
