//! Which states an execution visited, in which order and how it left them: from its history.

use std::collections::BTreeMap;

use comanda_codegen::graph::progress::{Outcome, Visit};
use comanda_workflows::story::Event;
use jiff::Timestamp;
use serde_json::Value;

/// One visit with what went in and came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    /// The visit as the graph marks it.
    pub visit: Visit,
    /// When the state was entered.
    pub entered: Timestamp,
    /// When it was left.
    pub left: Option<Timestamp>,
    /// What went in.
    pub input: Value,
    /// What came out.
    pub output: Option<Value>,
    /// Errors on the way, each with its cause.
    pub errors: Vec<(String, String)>,
    /// How often its task was scheduled: more than once where it was tried again.
    pub tries: usize,
}

/// All visits, in the order of the history.
#[must_use]
pub fn stays(events: &[Event]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    // The visit that each event belongs to.
    let mut place: BTreeMap<i64, usize> = BTreeMap::new();
    for event in events {
        let mut here = place.get(&event.previous).copied();
        if event.kind.ends_with("StateEntered") {
            stays.push(entered(event, here));
            here = Some(stays.len() - 1);
        } else if let Some(stay) = here.and_then(|at| stays.get_mut(at)) {
            happened(stay, event);
        }
        match event.kind.as_str() {
            "ExecutionSucceeded" => {
                if let Some(stay) = here.and_then(|at| stays.get_mut(at)) {
                    stay.visit.outcome = Outcome::Ended;
                }
            }
            "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted" => {
                // What was not left is where it ended: the failed state, or all that were under way.
                for stay in stays.iter_mut().filter(|stay| stay.left.is_none()) {
                    stay.visit.outcome = Outcome::Failed;
                }
            }
            "ExecutionRedriven" => {
                // What had not been left goes on; a failed one is done again.
                for stay in stays.iter_mut().filter(|stay| stay.left.is_none()) {
                    stay.visit.outcome = Outcome::Running;
                }
            }
            _ => {}
        }
        if let Some(here) = here {
            place.insert(event.id, here);
        }
    }
    stays
}

fn entered(event: &Event, after: Option<usize>) -> Stay {
    Stay {
        visit: Visit {
            state: event.text("name").unwrap_or_default().to_owned(),
            after,
            outcome: Outcome::Running,
        },
        entered: event.at,
        left: None,
        input: event.json("input").unwrap_or_default(),
        output: None,
        errors: Vec::new(),
        tries: 0,
    }
}

fn happened(stay: &mut Stay, event: &Event) {
    let kind = event.kind.as_str();
    if kind.ends_with("StateExited") {
        stay.left = Some(event.at);
        stay.output = event.json("output");
        stay.visit.outcome = match stay.visit.outcome {
            // The error that came last was caught: had the task succeeded after it, this would be set back.
            Outcome::Caught => Outcome::Caught,
            _ => Outcome::Left,
        };
    } else if kind.ends_with("Scheduled") {
        stay.tries += 1;
        stay.visit.outcome = Outcome::Running;
    } else if kind.starts_with("Execution") || kind.contains("Iteration") {
        // Told of the whole, not of the state.
    } else if kind.ends_with("Failed") || kind.ends_with("TimedOut") {
        let text = |key| event.text(key).unwrap_or_default().to_owned();
        stay.errors.push((text("error"), text("cause")));
        stay.visit.outcome = Outcome::Caught;
    } else if kind.ends_with("Succeeded") {
        stay.visit.outcome = Outcome::Running;
    }
}

#[cfg(test)]
mod tests {
    use comanda_codegen::graph::progress::Outcome;
    use comanda_workflows::story::Event;
    use serde_json::{Value, json};

    use super::stays;

    fn events(of: &[(&str, Value)]) -> Vec<Event> {
        of.iter()
            .enumerate()
            .map(|(position, (kind, details))| Event {
                id: i64::try_from(position).unwrap() + 1,
                previous: i64::try_from(position).unwrap(),
                at: jiff::Timestamp::from_second(i64::try_from(position).unwrap()).unwrap(),
                kind: (*kind).into(),
                details: details.clone(),
            })
            .collect()
    }

    #[track_caller]
    fn check(of: &[(&str, Value)], expected: &[(&str, Outcome, usize)]) {
        let stays = stays(&events(of));
        let found: Vec<(&str, Outcome, usize)> = stays
            .iter()
            .map(|stay| (stay.visit.state.as_str(), stay.visit.outcome, stay.tries))
            .collect();
        assert_eq!(found, expected);
    }

    fn named(name: &str) -> Value {
        json!({ "name": name })
    }

    #[test]
    fn a_history_is_a_walk() {
        use Outcome::{Caught, Ended, Failed, Left, Running};
        let accept = [
            ("ExecutionStarted", Value::Null),
            ("TaskStateEntered", named("Accept order")),
            ("TaskScheduled", Value::Null),
        ];
        let with = |more: &[(&'static str, Value)]| [accept.to_vec(), more.to_vec()].concat();

        check(&accept, &[("Accept order", Running, 1)]);
        check(
            &with(&[
                ("TaskFailed", json!({"error": "Outage", "cause": ""})),
                ("TaskScheduled", Value::Null),
                ("TaskSucceeded", json!({"output": "{}"})),
                ("TaskStateExited", named("Accept order")),
                ("TaskStateEntered", named("Await payment")),
            ]),
            &[("Accept order", Left, 2), ("Await payment", Running, 0)],
        );
        check(
            &with(&[
                ("TaskTimedOut", json!({"error": "States.Timeout"})),
                ("TaskStateExited", named("Accept order")),
                ("TaskStateEntered", named("Settle payment")),
                ("TaskScheduled", Value::Null),
                ("TaskSucceeded", json!({"output": "{}"})),
                ("TaskStateExited", named("Settle payment")),
                ("ExecutionSucceeded", json!({"output": "{}"})),
            ]),
            &[("Accept order", Caught, 1), ("Settle payment", Ended, 1)],
        );
        check(
            &with(&[
                (
                    "TaskFailed",
                    json!({"error": "Unexpected", "cause": "no row"}),
                ),
                (
                    "ExecutionFailed",
                    json!({"error": "Unexpected", "cause": "no row"}),
                ),
            ]),
            &[("Accept order", Failed, 1)],
        );
        check(
            &with(&[("ExecutionAborted", Value::Null)]),
            &[("Accept order", Failed, 1)],
        );
        check(
            &with(&[
                ("ExecutionAborted", Value::Null),
                ("ExecutionRedriven", json!({"redriveCount": 1})),
            ]),
            &[("Accept order", Running, 1)],
        );
    }
}
