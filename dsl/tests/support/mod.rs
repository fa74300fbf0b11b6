//! Running a workflow in virtual time, at every level of folding, with services that answer from a closure.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::sync::Arc;

use comanda_asl::{WorkflowKind, from_value, print, to_value};
use comanda_dsl::{Data, Folding, Process};
use comanda_engine::virtual_time::{Answer, TaskCall, TaskError, VirtualTime};
use comanda_engine::{Definition, Json};
use serde_json::{Value, json};

/// Compares what is printed with the reviewed file. `UPDATE_GOLDEN=1` writes it anew.
#[track_caller]
pub fn check_golden<I: Data, O: Data>(process: Process<I, O>) {
    let workflow = process.build().unwrap_or_else(|errors| panic!("{errors}"));
    let printed = print(&workflow.machine);
    let path = format!(
        "{}/tests/golden/{}.asl.json",
        env!("CARGO_MANIFEST_DIR"),
        workflow.name
    );
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    assert_eq!(
        printed,
        std::fs::read_to_string(&path).unwrap_or_default(),
        "{path} is stale"
    );
}

/// What a service answers: its whole result, or an error's name and cause.
pub type Served = Result<Value, (&'static str, String)>;

/// A Lambda function's answer.
pub fn payload(value: Value) -> Served {
    Ok(json!({ "Payload": value }))
}

/// A Lambda function's refusal.
pub fn refusal(error: &'static str, payload: &Value) -> Served {
    let cause = json!({ "errorMessage": payload.to_string(), "errorType": error, "trace": [] });
    Err((error, cause.to_string()))
}

/// Runs the workflow at every level of folding; each must come to the same output with the same calls.
#[track_caller]
pub fn check_run<I: Data, O: Data>(
    process: Process<I, O>,
    input: Value,
    serve: impl Fn(&str, &Value) -> Served,
    expected: Value,
) {
    let runs = LEVELS.map(|folding| run(&compile(&process, folding), input.clone(), &serve));
    for (calls, output) in &runs {
        assert_eq!(output, &expected, "{calls:#?}");
        assert_eq!(Some(calls), runs.first().map(|(calls, _)| calls));
    }
}

/// Every level of folding.
pub const LEVELS: [Folding; 3] = [Folding::Settled, Folding::Threaded, Folding::Flattened];

/// The workflow, ready to run.
pub fn compile<I: Data, O: Data>(process: &Process<I, O>, folding: Folding) -> Arc<Definition> {
    let workflow = process
        .build_folded(folding)
        .unwrap_or_else(|errors| panic!("{errors}"));
    // The deployment's substitutions stay as they are: nobody looks at them here.
    let text = to_value(&workflow.machine)
        .to_string()
        .replace("${", "substituted-{");
    let machine = from_value(&serde_json::from_str(&text).unwrap()).unwrap();
    Arc::new(Definition::compile(&machine).unwrap())
}

/// Runs a workflow: the arguments of its calls, and its output.
pub fn run(
    definition: &Arc<Definition>,
    input: Value,
    serve: &impl Fn(&str, &Value) -> Served,
) -> (Vec<Value>, Value) {
    let mut world = VirtualTime::new("2026-11-22T12:00:00Z".parse().unwrap(), 1);
    world.register("workflow", WorkflowKind::Standard, Arc::clone(definition));
    let arn = world.start("workflow", "one", Json::new(input)).unwrap();
    let mut calls = Vec::new();
    let mut tasks = |call: &TaskCall, _| {
        let arguments: Value = (*call.request.arguments).clone();
        let action = call
            .request
            .resource
            .trim_start_matches("arn:aws:states:::")
            .to_owned();
        let answer = serve(&action, &arguments);
        calls.push(arguments);
        Answer::Now(match answer {
            Ok(value) => Ok(Json::new(value)),
            Err((error, cause)) => Err(TaskError::new(error, cause)),
        })
    };
    world.run(&mut tasks, None);
    let execution = world.execution(&arn).unwrap();
    let output = execution.output().map_or_else(
        || json!(format!("{:?}", execution.outcome())),
        |output| output.value().clone(),
    );
    (calls, output)
}
