//! Cases as data: made from a seed, run, and small enough to be printed.

use std::collections::BTreeMap;
use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::intrinsic::Call;
use comanda_engine::jsonata::Expression;
use comanda_engine::jsonpath::JsonPath;
use comanda_engine::{Definition, Effect, Event, Execution, Json, Start, TaskId, TimerId, step};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::chance::Chance;
use super::{data, expressions, machines, texts};

/// How many events one execution is sent at most.
const EVENTS_MAX: usize = 60;

/// The case of that number.
pub fn make(seed: u64, index: u64) -> Value {
    let chance = &mut Chance::new(seed, index);
    match chance.below(8) {
        0 => {
            let mut text = machines::definition(chance).to_string();
            if chance.once_in(2) {
                text = texts::damaged(chance, text);
            }
            if chance.once_in(200) {
                text = format!(
                    "{}{text}",
                    chance
                        .one_of(&["[", "{\"a\":", "{\"States\":{\"A\":"])
                        .repeat(chance.below(20_000))
                );
            }
            json!({ "text": text })
        }
        1 => json!({ "path": texts::path(chance), "data": data::value(chance, 4) }),
        2 => {
            json!({ "call": texts::call(chance, 3), "data": data::value(chance, 4), "choices": [0] })
        }
        3 | 4 => {
            json!({ "expression": expressions::expression(chance, 4), "data": data::value(chance, 4), "choices": [0] })
        }
        _ => {
            let choices: Vec<u64> = (0..EVENTS_MAX).map(|_| chance.next() % 1_000_000).collect();
            json!({ "definition": machines::definition(chance), "data": data::value(chance, 4), "choices": choices })
        }
    }
}

/// Runs a case. What is wrong comes back; what is worse panics, hangs or ends the process.
pub fn run(case: &Value) -> Result<(), String> {
    let field = |name: &str| case.get(name).and_then(Value::as_str);
    let data = case.get("data").unwrap_or(&Value::Null);
    if let Some(text) = field("text") {
        return read(text);
    }
    if let Some(text) = field("path") {
        if let Ok(path) = JsonPath::parse(text) {
            let _ = path.select(data);
        }
        return Ok(());
    }
    let computing = |text: &str, what: &str| machines::computing(what, text);
    let document = if let Some(text) = field("call") {
        let _ = Call::parse(text);
        computing(text, "call")
    } else if let Some(text) = field("expression") {
        let _ = Expression::parse(text);
        computing(text, "expression")
    } else {
        case.get("definition").cloned().unwrap_or(Value::Null)
    };
    let choices = case.get("choices").and_then(Value::as_array);
    let choices: Vec<u64> = choices
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
        .collect();
    drive(&document, data, &choices)
}

fn read(text: &str) -> Result<(), String> {
    for kind in [WorkflowKind::Standard, WorkflowKind::Express] {
        let checked = comanda_asl::check(text, kind);
        for diagnostic in &checked.diagnostics {
            let _ = diagnostic.to_string();
        }
        let _ = comanda_asl::validate::refusal(&checked, text);
        let Some(machine) = checked.machine else {
            continue;
        };
        let printed = comanda_asl::print(&machine);
        let again = comanda_asl::check(&printed, kind).machine;
        if again.as_ref() != Some(&machine) {
            return Err(format!(
                "printed and read again it is another machine: {printed}"
            ));
        }
        let _ = comanda_asl::validate::variable_references(&machine);
        let _ = Definition::compile(&machine);
    }
    Ok(())
}

/// What an execution waits for.
#[derive(Default)]
struct Open {
    tasks: Vec<TaskId>,
    timers: BTreeMap<TimerId, Timestamp>,
}

impl Open {
    fn note(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::RunTask(request) => self.tasks.push(request.task),
                Effect::CancelTask { task } => self.tasks.retain(|open| open != task),
                Effect::SetTimer { timer, at } => {
                    self.timers.insert(*timer, *at);
                }
                Effect::CancelTimer { timer } => {
                    self.timers.remove(timer);
                }
                _ => {}
            }
        }
    }

    /// The next event, and the time it comes at.
    fn event(&mut self, chance: &mut Chance, now: Timestamp) -> Option<(Event, Timestamp)> {
        if self.tasks.is_empty() && self.timers.is_empty() {
            return None;
        }
        let place = chance.below(self.tasks.len());
        let task = self.tasks.get(place).copied();
        let any = TaskId(chance.below(40) as u64);
        let task = if chance.once_in(20) {
            any
        } else {
            task.unwrap_or(any)
        };
        let mut over = || self.tasks.retain(|open| *open != task);
        let event = match chance.below(12) {
            0..=3 => {
                over();
                Event::TaskSucceeded {
                    task,
                    output: Json::new(answer(chance)),
                }
            }
            4 => {
                over();
                let error = chance
                    .one_of(&["Busy", "", "States.Runtime", "States.DataLimitExceeded"])
                    .to_owned();
                Event::TaskFailed {
                    task,
                    error: Some(error),
                    cause: None,
                }
            }
            5 => Event::Heartbeat { task },
            6 => Event::TaskSubmitted {
                task,
                output: Json::new(data::value(chance, 2)),
            },
            7 => Event::ActivityStarted {
                task,
                worker_name: Some("w".to_owned()),
            },
            8 if chance.once_in(5) => Event::Stop {
                error: None,
                cause: Some("enough".to_owned()),
            },
            9 => Event::TimerFired {
                timer: TimerId(chance.below(60) as u64),
            },
            _ => {
                let first = self.timers.iter().min_by_key(|(_, at)| **at);
                let (timer, at) = first.map(|(timer, at)| (*timer, *at))?;
                self.timers.remove(&timer);
                return Some((Event::TimerFired { timer }, at.max(now)));
            }
        };
        Some((event, now))
    }
}

/// What a task is answered with: often what a store would say.
fn answer(chance: &mut Chance) -> Value {
    match chance.below(8) {
        0 => json!({ "Body": "a,b\n1,2\n\"3,4\n" }),
        1 => json!({ "Body": "{\"items\":[1,2,3]}\n[1]\n" }),
        2 => {
            json!({ "Body": { "fileSchema": "Bucket, Key", "files": [{ "key": "k" }, {}] }, "Contents": [] })
        }
        3 => {
            json!({ "Contents": [{ "Key": "k", "Size": 1 }], "IsTruncated": true, "NextContinuationToken": "t" })
        }
        _ => data::value(chance, 3),
    }
}

fn start(document: &Value, input: &Value) -> Start {
    Start {
        execution_arn: "arn:aws:states:sa-east-1:000000000000:execution:machine:one".into(),
        execution_name: "one".into(),
        state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:aws:iam::000000000000:role/comanda".into(),
        // As good as any other choice, and the document decides it.
        kind: if document.to_string().len().is_multiple_of(3) {
            WorkflowKind::Express
        } else {
            WorkflowKind::Standard
        },
        input: Json::new(input.clone()),
        seed: 1,
    }
}

fn drive(document: &Value, input: &Value, choices: &[u64]) -> Result<(), String> {
    let text = document.to_string();
    read(&text)?;
    let Some(machine) = comanda_asl::from_value(document) else {
        return Ok(());
    };
    let Ok(definition) = Definition::compile(&machine) else {
        return Ok(());
    };
    let mut execution = Execution::new(Arc::new(definition), start(document, input));
    let mut now: Timestamp = "2026-01-01T00:00:00Z"
        .parse()
        .map_err(|error| format!("{error}"))?;
    let (mut open, mut last) = (Open::default(), 0);
    let mut event = Event::Begin;
    let mut choices = choices.iter();
    loop {
        let mut effects = Vec::new();
        step(&mut execution, event, now, &mut effects);
        last = check(&effects, last)?;
        open.note(&effects);
        let Some(choice) = choices.next() else {
            return Ok(());
        };
        match open.event(&mut Chance::new(*choice, 0), now) {
            Some((next, at)) => (event, now) = (next, at),
            None => return Ok(()),
        }
    }
}

/// How much of what a step did is written and read again.
const CHECKED_BYTES: usize = 64 * 1024 * 1024;

/// Effects can be kept, and a history counts its events.
fn check(effects: &[Effect], mut last: u64) -> Result<u64, String> {
    for effect in effects {
        if let Effect::Record(event) = effect {
            if event.id != last + 1 || event.previous_event_id >= event.id {
                return Err(format!(
                    "event {} follows {} and {last}",
                    event.id, event.previous_event_id
                ));
            }
            last = event.id;
        }
    }
    // One by one: all that a step did may be more than fits into one text. A loop over large data does the same thousands
    // of times, of which the first ones say enough.
    let mut checked = 0;
    for effect in effects {
        if checked > CHECKED_BYTES {
            break;
        }
        let kept = serde_json::to_string(effect)
            .map_err(|error| format!("an effect cannot be kept: {error}"))?;
        checked += kept.len();
        if kept.len() < 100_000 {
            serde_json::from_str::<Effect>(&kept)
                .map_err(|error| format!("an effect cannot be read again: {error}"))?;
        }
    }
    Ok(last)
}
