//! `comanda play`: runs any definition in virtual time, with its tasks answered from a mock file.

mod local;
mod mocks;
mod objects;
mod player;
mod read;
mod story;
mod trouble;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use comanda_asl::{WorkflowKind, json::Node, validate::explain::Explanation};
use comanda_engine::{
    Definition, EventType, Execution, HistoryEvent, Status, virtual_time::VirtualTime,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    check::{self, Kind, files},
    cost::dollars,
    given, similar,
};
use crate::{
    failure::Failure,
    output::Output,
    report::{self, Source},
};
use mocks::Mocks;
use player::Player;

/// When a play begins, unless the mocks say otherwise.
const START_SECONDS: i64 = 1_767_225_600;

/// Runs a definition, anybody's, in virtual time; what its tasks are answered stands in a mock file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda play examples/asl/reminder.asl.json --input '{\"invoice\": 7}' --mocks examples/asl/reminder.mocks.json
  comanda play order.asl.json --input order.json --mocks declined.json --expect FAILED
  comanda play order.asl.json --mocks mocks.json --at 'Price and validate'    what goes in there, and comes out
  comanda play order.asl.json --mocks mocks.json --history                    the history as AWS writes it

The mock file: docs/playing.md. Files for AWS Step Functions Local are taken as well.
Exit code: 0 it ended as expected, 1 it did not, 2 it cannot be played.
See also: comanda test-state, for one state alone; comanda run, for the workflows of this repository.")]
pub struct PlayArguments {
    /// The definition, or - for standard input.
    file: String,
    /// The input: JSON, a file that holds it, or - for standard input.
    #[arg(long, value_name = "JSON|FILE", default_value = "{}")]
    input: String,
    /// What tasks are answered.
    #[arg(long, value_name = "FILE")]
    mocks: Option<PathBuf>,
    /// The test case, in a file for AWS Step Functions Local.
    #[arg(long, value_name = "NAME", requires = "mocks")]
    case: Option<String>,
    /// Show all data of this state; may be given several times.
    #[arg(long = "at", value_name = "STATE")]
    at: Vec<String>,
    /// How the execution should end.
    #[arg(
        long,
        value_name = "STATUS",
        default_value = "SUCCEEDED",
        ignore_case = true
    )]
    expect: Expected,
    /// Print the history as AWS writes it, instead of the story.
    #[arg(long)]
    history: bool,
    /// The kind of workflow.
    #[arg(long = "type", value_name = "KIND", default_value = "standard")]
    kind: Kind,
    /// Decides every random number: the same seed plays the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// How an execution may stand at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum Expected {
    /// It ended well.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// Its own TimeoutSeconds passed.
    TimedOut,
    /// It still waits for something that never comes.
    Running,
}

/// Plays it and tells the story.
pub fn run(arguments: &PlayArguments, output: &Output) -> Result<ExitCode, Failure> {
    let mocks = match &arguments.mocks {
        Some(path) => read::read(files::read(path)?, arguments.case.as_deref())?,
        None => Mocks::default(),
    };
    let input = given::json("--input", &arguments.input)?;
    let start = mocks.start.unwrap_or_else(default_start);
    let mut time = VirtualTime::new(start, arguments.seed);
    let main = name(&arguments.file);
    let mut sources = BTreeMap::new();
    let source = definition(Path::new(&arguments.file), &mocks)?;
    let compiled_main = compiled(&source, arguments.kind.into())?;
    time.register(&main, arguments.kind.into(), compiled_main);
    sources.insert(main.clone(), source);
    for (name, workflow) in &mocks.workflows {
        let source = definition(&workflow.definition, &mocks)?;
        let definition = compiled(&source, workflow.kind)?;
        time.register_at(&workflow.arn, name, workflow.kind, definition);
        sources.insert(name.clone(), source);
    }
    let known = state_names(&sources);
    check_names(&mocks, &arguments.at, &known)?;
    let arn = time
        .start(&main, "play", input)
        .map_err(|error| Failure::new(error.to_string()))?;
    let mut player = Player::new(time, mocks, sources);
    let played = player.play();
    player.story.catch_up(&player.time);
    if let Err(failure) = played {
        tell_so_far(&player, &main, arguments, output);
        return Err(failure);
    }
    for unused in player.mocks.unused() {
        output.note(&format!("note: nothing asked for the mock \"{unused}\""));
    }
    tell(&player, &main, &arn, start, arguments, output)
}

fn default_start() -> Timestamp {
    Timestamp::from_second(START_SECONDS).unwrap_or_default()
}

/// A machine is called like its file.
fn name(file: &str) -> String {
    let name = Path::new(file)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    match name.split('.').next() {
        Some("" | "-") | None => "workflow".to_owned(),
        Some(stem) => stem.to_owned(),
    }
}

/// A definition's text, with the mocks' values in place of `${…}`.
fn definition(path: &Path, mocks: &Mocks) -> Result<Source, Failure> {
    let mut source = files::one(path)?;
    for (name, value) in &mocks.values {
        source.text = source.text.replace(&format!("${{{name}}}"), value);
    }
    Ok(source)
}

fn compiled(source: &Source, kind: WorkflowKind) -> Result<Arc<Definition>, Failure> {
    let machine = check::demand(source, kind)?;
    Definition::compile(&machine)
        .map(Arc::new)
        .map_err(|error| Failure::usage(format!("{}: {error}", source.name)))
}

/// All states of all definitions.
fn state_names(sources: &BTreeMap<String, Source>) -> BTreeSet<String> {
    sources
        .values()
        .filter_map(|source| comanda_asl::json::read(&source.text).ok())
        .flat_map(|root| state_names_of(&root))
        .collect()
}

/// All states of a definition, however deep inside.
pub fn state_names_of(node: &Node) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for member in node.members() {
        if member.name == "States" {
            names.extend(member.node.members().iter().map(|state| state.name.clone()));
        }
        names.extend(state_names_of(&member.node));
    }
    names.extend(node.elements().iter().flat_map(state_names_of));
    names
}

/// A mock for a state that does not exist would only be waited for in vain.
fn check_names(mocks: &Mocks, at: &[String], known: &BTreeSet<String>) -> Result<(), Failure> {
    let meant = |name: &str| similar(name, known.iter().map(String::as_str));
    let own = mocks
        .workflows
        .values()
        .flat_map(|workflow| &workflow.states);
    for (name, answers) in mocks.states.iter().chain(own) {
        let Some(source) = mocks.source.as_ref().filter(|_| !known.contains(name)) else {
            continue;
        };
        let explanation = Explanation {
            title: format!("no state is called \"{name}\""),
            span: answers.name_span,
            label: None,
            related: Vec::new(),
            suggestion: meant(name).map(|meant| comanda_asl::validate::explain::Suggestion {
                message: "a state with a similar name exists".to_owned(),
                span: answers.name_span,
                replacement: Value::from(meant).to_string(),
            }),
            help: None,
        };
        return Err(report::failure(source, "INVALID_MOCKS", &explanation));
    }
    match at.iter().find(|name| !known.contains(*name)) {
        None => Ok(()),
        Some(name) => {
            let failure = Failure::usage(format!("--at: no state is called \"{name}\""));
            Err(match meant(name) {
                Some(meant) => failure.help(format!(
                    "a state with a similar name exists: --at '{meant}'"
                )),
                None => failure,
            })
        }
    }
}

/// What happened before the play had to stop; a result only where it is read by a person.
fn tell_so_far(player: &Player, main: &str, arguments: &PlayArguments, output: &Output) {
    if !output.json {
        let lines = player.story.lines(&player.time, &arguments.at);
        output.note(&story::text(&lines, main));
    }
}

fn tell(
    player: &Player,
    main: &str,
    arn: &str,
    start: Timestamp,
    arguments: &PlayArguments,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let Some(execution) = player.time.execution(arn) else {
        return Err(Failure::new("the execution did not start"));
    };
    let history = player.time.history(arn);
    let lines = player.story.lines(&player.time, &arguments.at);
    let transitions = billable(player);
    let outcome = execution.outcome();
    let mut value = json!({
        "status": execution.status().as_str(),
        "output": execution.output().map(|output| output.value()),
        "error": outcome.and_then(|outcome| outcome.error.as_deref()),
        "cause": outcome.and_then(|outcome| outcome.cause.as_deref()),
        "startDate": start,
        "stopDate": outcome.map(|outcome| outcome.at),
        "billableTransitions": transitions,
        "events": history.len(),
        "story": lines,
        "executions": player.time.executions().map(|execution| json!({
            "executionArn": &*execution.start().execution_arn,
            "status": execution.status().as_str(),
        })).collect::<Vec<_>>(),
    });
    let text = if arguments.history {
        let history = json!({ "events": history });
        let text = serde_json::to_string_pretty(&history)
            .map_err(|error| Failure::new(error.to_string()))?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("history".to_owned(), history);
        }
        text
    } else {
        let last = outcome.map_or_else(|| player.time.now(), |outcome| outcome.at);
        format!(
            "{}\n{}",
            story::text(&lines, main),
            sum(execution, history, transitions, last.duration_since(start))
        )
    };
    output.result(&value, &text)?;
    let last = lines
        .iter()
        .rev()
        .filter(|line| line.workflow == main)
        .find_map(|line| line.state.as_deref());
    let drawn = last.and_then(|state| trouble::ending(player, main, history, state));
    judge(execution, arguments.expect, drawn, output)
}

fn judge(
    execution: &Execution,
    expect: Expected,
    drawn: Option<String>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let is_as_expected = match execution.status() {
        Status::Succeeded => expect == Expected::Succeeded,
        Status::Failed => expect == Expected::Failed,
        Status::TimedOut => expect == Expected::TimedOut,
        Status::Running => expect == Expected::Running,
        Status::Aborted => false,
    };
    if is_as_expected {
        return Ok(ExitCode::SUCCESS);
    }
    let status = execution.status().as_str();
    if expect != Expected::Succeeded {
        output.note(&format!(
            "error: the execution is {status}, which was not expected"
        ));
    } else if let Some(drawn) = drawn.filter(|_| !output.json) {
        output.note(&format!("\n{drawn}"));
    }
    Ok(ExitCode::FAILURE)
}

/// The last lines: what it cost, or what is still waited for.
fn sum(
    execution: &Execution,
    history: &[HistoryEvent],
    transitions: u32,
    took: jiff::SignedDuration,
) -> String {
    let mut text = String::new();
    if execution.status() == Status::Running {
        let states: Vec<&str> = execution.current_states().collect();
        text += &format!("Still waits in \"{}\".\n", states.join("\", \""));
    }
    let took = story::length(took);
    let events = history.len();
    let plural = if transitions == 1 { "" } else { "s" };
    let transitions = format!(
        "{transitions} billable transition{plural} (US$ {} in sa-east-1)",
        dollars(transitions)
    );
    text += &match execution.start().kind {
        WorkflowKind::Standard => {
            format!("{took} in virtual time, {transitions}, {events} of 25,000 events.")
        }
        WorkflowKind::Express => {
            format!(
                "{took} in virtual time, {events} events; Express is billed by time and memory."
            )
        }
    };
    let has_children = history
        .iter()
        .any(|event| event.event_type == EventType::MapRunStarted);
    if has_children {
        text += " The children of distributed Maps are not counted.";
    }
    text
}

/// State transitions of all Standard executions as AWS bills them: each state entered, and each try after the first.
fn billable(player: &Player) -> u32 {
    let time = &player.time;
    time.executions()
        .filter(|execution| execution.start().kind == WorkflowKind::Standard)
        .map(|execution| {
            let history = time.history(&execution.start().execution_arn);
            let entered = history
                .iter()
                .filter(|event| format!("{:?}", event.event_type).ends_with("StateEntered"));
            let tries = history.iter().filter(|event| {
                matches!(
                    event.event_type,
                    EventType::TaskScheduled
                        | EventType::LambdaFunctionScheduled
                        | EventType::ActivityScheduled
                )
            });
            let tasks = history
                .iter()
                .filter(|event| event.event_type == EventType::TaskStateEntered);
            // A task whose arguments fail is entered and never scheduled.
            let repeated = tries.count().saturating_sub(tasks.count());
            u32::try_from(entered.count() + repeated).unwrap_or(u32::MAX)
        })
        .fold(0, u32::saturating_add)
}
