//! `comanda run`: one workflow in virtual time, without a server; a script says what outside parties do. For executions
//! of the running stack, see `comanda exec`.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use comanda_engine::HistoryEvent;
use comanda_simulation::{
    script::Script,
    world::{World, WorldError},
};
use serde_json::{Value, json};

use super::{telling, workflows};
use crate::{failure::Failure, output::Output};

/// One workflow in virtual time, told what outside parties do. (`comanda exec` shows executions of the running stack.)
#[derive(Debug, clap::Args)]
pub struct RunArguments {
    /// The workflow: order-lifecycle takes an order file, the others their own input.
    workflow: String,
    /// The input: for order-lifecycle a file of examples/orders/.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// What outside parties do, and when (examples/scripts/); without it they do nothing.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Decides every identifier: the same seed tells the same story.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it and tells the story.
pub fn run(arguments: &RunArguments, output: &Output) -> Result<ExitCode, Failure> {
    let workflow = workflows::find(&arguments.workflow)?;
    let input: Value = parse(&arguments.input)?;
    let script = match &arguments.script {
        None => Script::default(),
        Some(path) => Script::parse(&read(path)?).map_err(|error| {
            Failure::usage(format!("{}: {error}", path.display()))
                .help("a script looks like examples/scripts/pays-after-40-seconds.json")
        })?,
    };
    let started = script.start;
    let clock = Instant::now();
    let mut world = World::new(script, arguments.seed).map_err(|error| failure(&error))?;
    if workflow.name == "order-lifecycle" {
        world
            .place(&input)
            .map_err(|error| failure(&error.into()))?;
    } else {
        world
            .start(workflow.name, "run", input)
            .map_err(|error| failure(&error.into()))?;
    }
    world.run().map_err(|error| failure(&error))?;
    let took = clock.elapsed();
    tell(&world, started, took, output)
}

fn tell(
    world: &World,
    started: jiff::Timestamp,
    took: std::time::Duration,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let story = world.story();
    let end = end(world);
    let waited = comanda_workflows::story::plain_duration(world.now().duration_since(started));
    let text = format!(
        "{}\n\nThe workflow {}. {waited} passed in {:.1} ms.",
        telling::lines(&story),
        end.1,
        took.as_secs_f64() * 1000.0
    );
    let value = json!({ "story": story, "status": end.0, "output": end.2, "transitions": transitions(world) });
    output.result(&value, &text)?;
    Ok(if end.0 == "SUCCEEDED" {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Status, the sentence's end, and the output of the first execution.
fn end(world: &World) -> (&'static str, String, Option<Value>) {
    let time = world.time();
    let first = time.executions().next();
    let Some(execution) = first else {
        return ("NONE", "did not start".to_owned(), None);
    };
    let status = execution.status().as_str();
    let output = execution.output().map(|output| output.value().clone());
    let words = match (&output, execution.outcome()) {
        (Some(output), _) => format!(
            "ended: {}",
            output
                .as_str()
                .map_or_else(|| output.to_string(), str::to_owned)
        ),
        (None, Some(outcome)) => format!(
            "ended as {status}: {} {}",
            outcome.error.as_deref().unwrap_or_default(),
            outcome.cause.as_deref().unwrap_or_default()
        ),
        (None, None) => "still waits".to_owned(),
    };
    (status, words, output)
}

/// State transitions over all executions of the world, as Step Functions counts them.
pub fn transitions(world: &World) -> usize {
    world
        .executions()
        .iter()
        .map(|arn| transitions_of(world, arn))
        .sum()
}

/// State transitions of one execution.
pub fn transitions_of(world: &World, arn: &str) -> usize {
    let time = world.time();
    let entered =
        |event: &&HistoryEvent| format!("{:?}", event.event_type).ends_with("StateEntered");
    time.history(arn).iter().filter(entered).count()
}

fn failure(error: &WorldError) -> Failure {
    use comanda_simulation::world::PartyError;
    match error {
        WorldError::Party(PartyError::Refused { code, message }) => Failure::new(message.clone())
            .code(code.clone())
            .help("the order was refused; nothing was saved"),
        error => Failure::new(error.to_string()),
    }
}

fn parse(path: &PathBuf) -> Result<Value, Failure> {
    serde_json::from_str(&read(path)?).map_err(|error| {
        Failure::usage(format!("{} is not JSON: {error}", path.display()))
            .help("an order looks like examples/orders/pix-delivery.json")
    })
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))
}
