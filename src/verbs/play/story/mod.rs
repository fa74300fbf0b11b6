//! What happened in a play, in the order it happened: from the histories, as lines that a person reads.

mod place;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use comanda_engine::{Details, EventType, HistoryEvent, virtual_time::VirtualTime};
use comanda_workflows::story::clock;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;

use place::Place;

/// Quiet times from this length on are shown as such.
const QUIET: SignedDuration = SignedDuration::from_secs(60);
/// A story of more lines than this is shown without its middle.
const LINES_MAX: usize = 400;
/// So many lines are then left at its start, and at its end.
const LINES_AT_ENDS: usize = 100;
/// States' names are padded to at most this.
const NAME_WIDTH_MAX: usize = 32;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// In which workflow.
    pub workflow: String,
    /// In which state; none for the execution itself.
    pub state: Option<String>,
    /// Inside which Parallel branches or Map items, from the outermost.
    pub inside: Vec<String>,
    /// What.
    pub text: String,
    /// Whole data, where it was asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<&'static str, Value>,
}

/// Keeps what happened while the play goes on: only then is it known what came after what in different executions.
#[derive(Debug, Default)]
pub struct Story {
    order: Vec<Happening>,
    /// By execution: the places of its events that were seen.
    seen: BTreeMap<Arc<str>, Vec<Place>>,
    /// Calls that the histories tell of, by workflow and state, and that were not made yet.
    scheduled: BTreeMap<(String, String), u64>,
}

#[derive(Debug)]
enum Happening {
    /// An event of an execution's history, by its index.
    Event(Arc<str>, usize),
    /// A call that no history knows.
    Call(Line),
}

impl Story {
    /// Notes what is new in the histories.
    pub fn catch_up(&mut self, time: &VirtualTime) {
        let arns: Vec<Arc<str>> = time
            .executions()
            .map(|execution| Arc::clone(&execution.start().execution_arn))
            .collect();
        for arn in arns {
            self.follow(time, &arn);
        }
    }

    /// A child is followed from where its parent starts it.
    fn follow(&mut self, time: &VirtualTime, arn: &Arc<str>) {
        let Some(execution) = time.execution(arn) else {
            return;
        };
        let workflow = &execution.start().state_machine_name;
        let history = time.history(arn);
        let mut index = self.seen.get(arn).map_or(0, Vec::len);
        while let Some(event) = history.get(index) {
            let places = self.seen.entry(Arc::clone(arn)).or_default();
            let place = Place::of(event, places);
            if is_call(event) {
                let state = place.state.clone().unwrap_or_default();
                let key = (workflow.to_string(), state);
                *self.scheduled.entry(key).or_default() += 1;
            }
            places.push(place);
            let child = child(event);
            // Of a child that ended, everything comes before its parent hears of it.
            if let Some((child, Order::Before)) = &child {
                self.follow(time, child);
            }
            self.order.push(Happening::Event(Arc::clone(arn), index));
            index += 1;
            if let Some((child, Order::After)) = &child {
                self.follow(time, child);
            }
        }
    }

    /// Notes a call, if no history tells of it: those of a distributed Map's children, its reader and its writer.
    pub fn call(&mut self, at: Timestamp, workflow: &str, state: &str, text: String) {
        let key = (workflow.to_owned(), state.to_owned());
        if let Some(count) = self.scheduled.get_mut(&key).filter(|count| **count > 0) {
            *count -= 1;
            return;
        }
        self.order.push(Happening::Call(Line {
            at,
            workflow: workflow.to_owned(),
            state: Some(state.to_owned()),
            inside: Vec::new(),
            text,
            data: BTreeMap::new(),
        }));
    }

    /// Everything in words; of the states in `shown`, with their whole data.
    pub fn lines(&self, time: &VirtualTime, shown: &[String]) -> Vec<Line> {
        self.order
            .iter()
            .filter_map(|happening| match happening {
                Happening::Call(line) => Some(line.clone()),
                Happening::Event(arn, index) => self.line(time, arn, *index, shown),
            })
            .collect()
    }

    fn line(
        &self,
        time: &VirtualTime,
        arn: &Arc<str>,
        index: usize,
        shown: &[String],
    ) -> Option<Line> {
        let history = time.history(arn);
        let event = history.get(index)?;
        let place = self.seen.get(arn)?.get(index)?;
        let is_shown = place
            .state
            .as_ref()
            .is_some_and(|state| shown.contains(state));
        let data = if is_shown {
            whole(event)
        } else {
            BTreeMap::new()
        };
        let text = words::of(event, history).or_else(|| {
            (!data.is_empty()).then(|| match &event.details {
                Some(Details::StateEnteredEventDetails(_)) => "is entered".to_owned(),
                _ => "is left".to_owned(),
            })
        })?;
        Some(Line {
            at: event.timestamp,
            workflow: time.execution(arn)?.start().state_machine_name.to_string(),
            state: place.state.clone(),
            inside: place.labels(),
            text,
            data,
        })
    }
}

fn is_call(event: &HistoryEvent) -> bool {
    matches!(
        event.event_type,
        EventType::TaskScheduled
            | EventType::LambdaFunctionScheduled
            | EventType::ActivityScheduled
    )
}

/// The lines as a person reads them; `main` is the workflow that needs no name.
pub fn text(lines: &[Line], main: &str) -> String {
    let labels: Vec<String> = lines.iter().map(|line| label(line, main)).collect();
    let width = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0)
        .min(NAME_WIDTH_MAX);
    let mut drawn = String::new();
    let mut before: Option<Timestamp> = None;
    let spans_days =
        lines.first().map(|line| date(line.at)) != lines.last().map(|line| date(line.at));
    let left_out = if lines.len() > LINES_MAX {
        LINES_AT_ENDS..lines.len() - LINES_AT_ENDS
    } else {
        0..0
    };
    for (index, (line, label)) in lines.iter().zip(&labels).enumerate() {
        if left_out.contains(&index) {
            if index == left_out.start {
                let count = left_out.len();
                drawn += &format!("            … {count} lines are left out; --json has them\n");
            }
            before = Some(line.at);
            continue;
        }
        let gap = before.map_or(SignedDuration::ZERO, |before| {
            line.at.duration_since(before)
        });
        if gap >= QUIET {
            drawn += &format!("            │ {}\n", length(gap));
        }
        if spans_days && before.map(date) != Some(date(line.at)) {
            drawn += &format!("  {}\n", date(line.at));
        }
        before = Some(line.at);
        let time = clock(line.at, &TimeZone::UTC);
        drawn += &format!("  {time}  {label:<width$}  {}\n", line.text);
        for (name, value) in &line.data {
            let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
            drawn += &format!(
                "              {name}: {}\n",
                pretty.replace('\n', "\n              ")
            );
        }
    }
    drawn
}

fn date(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn label(line: &Line, main: &str) -> String {
    let mut label = String::new();
    if line.workflow != main {
        label += &format!("{}: ", line.workflow);
    }
    for inside in &line.inside {
        label += &format!("{inside} ");
    }
    label + line.state.as_deref().unwrap_or_default()
}

/// Whether a child's events belong before or behind its parent's.
enum Order {
    Before,
    After,
}

/// The execution that an event of its parent is about.
fn child(event: &HistoryEvent) -> Option<(Arc<str>, Order)> {
    let arn = |document: &Value| document["ExecutionArn"].as_str().map(Arc::from);
    match &event.details {
        Some(Details::TaskSubmittedEventDetails(output)) if &*output.resource_type == "states" => {
            Some((arn(&output.output)?, Order::After))
        }
        Some(Details::TaskSucceededEventDetails(output)) if &*output.resource_type == "states" => {
            let order = if output.resource.contains(".sync") {
                Order::Before
            } else {
                Order::After
            };
            Some((arn(&output.output)?, order))
        }
        Some(Details::TaskFailedEventDetails(failed)) if &*failed.resource_type == "states" => {
            let cause: Value = serde_json::from_str(failed.cause.as_deref()?).ok()?;
            Some((arn(&cause)?, Order::Before))
        }
        _ => None,
    }
}

/// Everything that went in or came out.
fn whole(event: &HistoryEvent) -> BTreeMap<&'static str, Value> {
    match &event.details {
        Some(Details::StateEnteredEventDetails(entered)) => {
            BTreeMap::from([("input", entered.input.value().clone())])
        }
        Some(Details::StateExitedEventDetails(exited)) => {
            let mut data = BTreeMap::from([("output", exited.output.value().clone())]);
            if let Some(variables) = &exited.assigned_variables {
                let variables = variables.iter().map(|(name, text)| {
                    let value = serde_json::from_str(text).unwrap_or_default();
                    (name.to_string(), value)
                });
                data.insert("variables", Value::Object(variables.collect()));
            }
            data
        }
        _ => BTreeMap::new(),
    }
}

/// A length of time in its two largest units: `1 d 2 h`, `1 min 30 s`, `250 ms`.
pub fn length(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        let count = left / size;
        left %= size;
        // The unit behind the largest says enough, and what comes behind that nothing.
        match (count, parts.is_empty()) {
            (0, true) => {}
            (0, false) => break,
            _ => parts.push(format!("{count} {name}")),
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() {
        return format!("{} ms", duration.subsec_millis());
    }
    parts.join(" ")
}

/// A cause without AWS's words about where it happened: that is shown anyway.
pub fn cause_words(cause: &str) -> &str {
    cause
        .strip_prefix("An error occurred while executing the state '")
        .and_then(|rest| rest.split_once("). "))
        .map_or(cause, |(_, rest)| rest)
}

/// A text cut to a length that fits on a line.
pub fn short(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
    format!("{kept}…")
}
