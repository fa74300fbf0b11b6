//! `Catch`: which errors its rules (and those of `Retry`) are for, and what they make of them.

use serde_json::{Value, json};

use crate::definition::{Flow, Next, StatePlan};
use crate::failure::{Failure, Reported, names};
use crate::flow::{Completion, View, evaluate_all, evaluate_or, fill_all};
use crate::json::Json;

/// Whether one of the names of a rule is for an error.
pub(crate) fn matches(rules: &[Box<str>], reported: &Reported) -> bool {
    let error = reported.error.as_deref().unwrap_or("");
    rules.iter().any(|rule| match &**rule {
        names::ALL => error != names::RUNTIME,
        // A wildcard too, and not only for what came from a task.
        names::TASK_FAILED => ![
            names::TIMEOUT,
            names::HEARTBEAT_TIMEOUT,
            names::DATA_LIMIT_EXCEEDED,
            names::RUNTIME,
        ]
        .contains(&error),
        names::HEARTBEAT_TIMEOUT => reported.heartbeat || error == names::HEARTBEAT_TIMEOUT,
        rule => rule == error,
    })
}

/// The first rule of `Catch` that fits, and what it makes of the error.
pub(crate) fn caught(
    view: &View<'_>,
    plan: &StatePlan,
    reported: &Reported,
) -> Option<(usize, Result<Completion, Failure>)> {
    let place = plan
        .catch
        .iter()
        .position(|catching| matches(&catching.errors, reported))?;
    let catching = plan.catch.get(place)?;
    let error_output = Json::new(error_output(reported));
    let next = Next::State(catching.next);
    let completion = || match &plan.flow {
        Flow::Paths(_) => {
            let assigned = fill_all(&catching.assign, &view.scope(&error_output))?;
            let output = view.place(&catching.result_path, error_output.clone())?;
            Ok(Completion {
                output,
                assigned,
                next,
            })
        }
        Flow::Jsonata(_) => {
            let surroundings = view.surroundings(None, Some(&error_output));
            let output = evaluate_or(catching.output.as_ref(), &surroundings, &error_output)?;
            let assigned = evaluate_all(&catching.assign, &surroundings)?;
            Ok(Completion {
                output,
                assigned,
                next,
            })
        }
    };
    Some((place, completion()))
}

/// What a `Catch` has to work with.
fn error_output(reported: &Reported) -> Value {
    let cause = match (&reported.cause, reported.error.as_deref()) {
        // A timeout has no cause in history, and an empty one here.
        (None, Some(names::TIMEOUT)) => Some(""),
        (cause, _) => cause.as_deref(),
    };
    json!({ "Error": reported.error.as_deref(), "Cause": cause })
}
