//! One event in words. Events that say nothing to a person have none.

use std::collections::BTreeMap;

use comanda_engine::{Details, ErrorDetails, EventType, HistoryEvent, Json, StateExited};
use jiff::SignedDuration;

use super::{cause_words, length, short};

/// Data on a line is cut to this.
const DATA_CHARACTERS: usize = 70;
/// A cause may be a little longer.
const CAUSE_CHARACTERS: usize = 100;

pub fn of(event: &HistoryEvent, history: &[HistoryEvent]) -> Option<String> {
    let text = match &event.details {
        Some(Details::ExecutionStartedEventDetails(started)) => {
            format!("starts with {}", data(&started.input))
        }
        Some(Details::ExecutionSucceededEventDetails(succeeded)) => {
            format!("SUCCEEDED with {}", data(&succeeded.output))
        }
        Some(Details::ExecutionFailedEventDetails(error)) => {
            format!("FAILED{}", error_words(error))
        }
        Some(Details::ExecutionTimedOutEventDetails(error)) => {
            format!("TIMED_OUT{}", error_words(error))
        }
        Some(Details::ExecutionAbortedEventDetails(error)) => {
            format!("ABORTED{}", error_words(error))
        }
        Some(Details::StateExitedEventDetails(exited)) => return left(exited, event, history),
        Some(Details::EvaluationFailedEventDetails(failed)) => {
            let location = failed.location.as_deref().unwrap_or("an expression");
            let cause = short(cause_words(&failed.cause), CAUSE_CHARACTERS);
            format!(
                "cannot evaluate {location}: {cause}{}",
                then(event, history)
            )
        }
        // A distributed Map does not know how many there are before it has read them.
        Some(Details::MapStateStartedEventDetails(_))
            if following(event, history)
                .is_some_and(|next| next.event_type == EventType::MapRunStarted) =>
        {
            return None;
        }
        Some(Details::MapStateStartedEventDetails(started)) => match started.length {
            Some(1) => "goes through 1 item".to_owned(),
            Some(length) => format!("goes through {length} items"),
            None => "goes through its items".to_owned(),
        },
        Some(Details::MapIterationFailedEventDetails(iteration)) => {
            format!("item {} fails", iteration.index)
        }
        Some(Details::MapRunFailedEventDetails(error)) => format!("fails{}", error_words(error)),
        details => {
            return details
                .as_ref()
                .and_then(|details| task(details, event, history))
                .or_else(|| plain(event, history));
        }
    };
    Some(text)
}

/// A Pass shows what it made, a Choice where it leads; of the others, the events before have said it.
fn left(exited: &StateExited, event: &HistoryEvent, history: &[HistoryEvent]) -> Option<String> {
    match event.event_type {
        EventType::PassStateExited => {
            let assigned = exited.assigned_variables.iter().flat_map(BTreeMap::keys);
            let names: Vec<&str> = assigned.map(|name| &**name).collect();
            let sets = match names.as_slice() {
                [] => String::new(),
                names => format!(", and sets ${}", names.join(", $")),
            };
            Some(format!("gives {}{sets}", data(&exited.output)))
        }
        EventType::ChoiceStateExited => {
            Some(format!("goes to \"{}\"", next_state(event, history)?))
        }
        _ => None,
    }
}

/// What happened to a task.
fn task(details: &Details, event: &HistoryEvent, history: &[HistoryEvent]) -> Option<String> {
    let failed =
        |error: &ErrorDetails| format!("fails{}{}", error_words(error), then(event, history));
    Some(match details {
        Details::TaskScheduledEventDetails(scheduled) => called(
            &format!("{}:{}", scheduled.resource_type, scheduled.resource),
            &scheduled.parameters,
        ),
        Details::LambdaFunctionScheduledEventDetails(scheduled)
        | Details::ActivityScheduledEventDetails(scheduled) => {
            called(last_part(&scheduled.resource), &scheduled.input)
        }
        Details::TaskSubmittedEventDetails(_) => match limit(event, history) {
            Some(limit) => format!("waits for the answer, at most {limit}"),
            None => "waits for the answer, without a limit".to_owned(),
        },
        Details::TaskSucceededEventDetails(answer) => {
            answered(&answer.resource_type, &answer.output)
        }
        Details::LambdaFunctionSucceededEventDetails(answer)
        | Details::ActivitySucceededEventDetails(answer) => {
            format!("is answered {}", data(&answer.output))
        }
        Details::TaskFailedEventDetails(task) => failed(&ErrorDetails {
            error: task.error.clone(),
            cause: task.cause.clone(),
        }),
        Details::LambdaFunctionFailedEventDetails(error)
        | Details::ActivityFailedEventDetails(error) => failed(error),
        Details::TaskTimedOutEventDetails(_)
        | Details::LambdaFunctionTimedOutEventDetails(_)
        | Details::ActivityTimedOutEventDetails(_) => {
            format!("has timed out{}", then(event, history))
        }
        _ => return None,
    })
}

/// Events whose type says it all.
fn plain(event: &HistoryEvent, history: &[HistoryEvent]) -> Option<String> {
    use EventType as E;
    Some(match event.event_type {
        E::WaitStateEntered => wait(event, history),
        E::SucceedStateEntered => "ends".to_owned(),
        E::FailStateEntered => "ends with an error".to_owned(),
        E::ParallelStateStarted => "starts its branches".to_owned(),
        E::ParallelStateSucceeded => "has all its branches' results".to_owned(),
        E::ParallelStateFailed => format!("fails{}", then(event, history)),
        E::MapStateSucceeded => "has all its items' results".to_owned(),
        E::MapStateFailed => format!("fails{}", then(event, history)),
        E::MapRunStarted => "starts an execution for each item".to_owned(),
        E::MapRunSucceeded => "has all its executions' results".to_owned(),
        E::ExecutionTimedOut => "TIMED_OUT".to_owned(),
        E::ExecutionAborted => "ABORTED".to_owned(),
        E::ExecutionFailed => "FAILED".to_owned(),
        _ => return None,
    })
}

fn data(json: &Json) -> String {
    short(json.text(), DATA_CHARACTERS)
}

/// Of a function that is called through the service, its name and its payload say it all.
fn called(what: &str, parameters: &Json) -> String {
    match (parameters["FunctionName"].as_str(), &parameters["Payload"]) {
        (Some(name), payload) if what.starts_with("lambda:invoke") => {
            format!("calls {} with {}", last_part(name), shortened(payload))
        }
        _ => format!("calls {what} with {}", data(parameters)),
    }
}

fn answered(resource_type: &str, output: &Json) -> String {
    match output.get("Payload").filter(|_| resource_type == "lambda") {
        Some(payload) => format!("is answered {}", shortened(payload)),
        None => format!("is answered {}", data(output)),
    }
}

fn shortened(value: &serde_json::Value) -> String {
    short(&value.to_string(), DATA_CHARACTERS)
}

fn error_words(details: &ErrorDetails) -> String {
    let error = details.error.as_deref().unwrap_or_default();
    match details.cause.as_deref().filter(|cause| !cause.is_empty()) {
        Some(cause) => format!(
            ": {error} ({})",
            short(cause_words(cause), CAUSE_CHARACTERS)
        ),
        None if error.is_empty() => String::new(),
        None => format!(": {error}"),
    }
}

/// What follows from a failure: another try, or another state.
fn then(event: &HistoryEvent, history: &[HistoryEvent]) -> String {
    let Some(next) = following(event, history) else {
        return String::new();
    };
    let is_try = matches!(
        next.event_type,
        EventType::TaskScheduled
            | EventType::LambdaFunctionScheduled
            | EventType::ActivityScheduled
            | EventType::ParallelStateStarted
            | EventType::MapStateStarted
    );
    if is_try {
        let pause = next.timestamp.duration_since(event.timestamp);
        return format!("; tries again {}", after(pause));
    }
    match (&next.details, next_state(next, history)) {
        (Some(Details::StateExitedEventDetails(_)), Some(state)) => {
            format!("; caught, goes to \"{state}\"")
        }
        _ => String::new(),
    }
}

fn after(pause: SignedDuration) -> String {
    if pause.is_zero() {
        "at once".to_owned()
    } else {
        format!("after {}", length(pause))
    }
}

/// The event that comes right after this one in the same branch.
fn following<'history>(
    event: &HistoryEvent,
    history: &'history [HistoryEvent],
) -> Option<&'history HistoryEvent> {
    let place = usize::try_from(event.id).ok()?;
    history
        .get(place..)?
        .iter()
        .find(|next| next.previous_event_id == event.id)
}

fn next_state<'history>(
    event: &HistoryEvent,
    history: &'history [HistoryEvent],
) -> Option<&'history str> {
    match &following(event, history)?.details {
        Some(Details::StateEnteredEventDetails(entered)) => Some(&entered.name),
        _ => None,
    }
}

fn wait(event: &HistoryEvent, history: &[HistoryEvent]) -> String {
    match following(event, history) {
        Some(exit) => format!(
            "waits {}",
            length(exit.timestamp.duration_since(event.timestamp))
        ),
        None => "waits".to_owned(),
    }
}

/// How long a submitted task may take.
fn limit(event: &HistoryEvent, history: &[HistoryEvent]) -> Option<String> {
    let mut id = event.previous_event_id;
    loop {
        let before = history.get(usize::try_from(id).ok()?.checked_sub(1)?)?;
        if let Some(Details::TaskScheduledEventDetails(scheduled)) = &before.details {
            let seconds = i64::try_from(scheduled.timeout_in_seconds?).ok()?;
            return Some(length(SignedDuration::from_secs(seconds)));
        }
        id = before.previous_event_id;
    }
}

fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
