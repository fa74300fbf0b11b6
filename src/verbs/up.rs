//! `comanda up`: the whole stack on this machine, until it is interrupted.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use comanda_local::{
    aws::{Data, StackError},
    console::Happening,
    journal::JournalError,
    processes::ProcessesError,
    simulators::{asaas, twilio},
    stack::{Facts, Options, Port, Stack, StartError},
};

use comanda_workflows::story::clock;
use jiff::tz::TimeZone;
use serde_json::json;

use super::telling;
use crate::{failure::Failure, output::Output};

/// The port of console, API, webhooks and simulators.
const PORT: u16 = 4500;
/// The port of every AWS service.
const AWS_PORT: u16 = 4566;

/// Where `just package` leaves this machine's program.
#[cfg(target_arch = "aarch64")]
const BOOTSTRAP: &str = "target/lambda/arm64/bootstrap";
#[cfg(not(target_arch = "aarch64"))]
const BOOTSTRAP: &str = "target/lambda/x86_64/bootstrap";

/// The whole stack on this machine.
#[derive(Debug, clap::Args)]
pub struct UpArguments {
    /// Console, API, webhooks and simulators; the next free port where 4500 is taken and none was asked for.
    #[arg(long)]
    port: Option<u16>,
    /// DynamoDB, SQS and Step Functions; the next free port where 4566 is taken and none was asked for.
    #[arg(long)]
    aws_port: Option<u16>,
    /// Where everything is kept.
    #[arg(long, value_name = "DIR", default_value = ".comanda")]
    data: PathBuf,
    /// Keep nothing.
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// Minutes between two sweeps of the books; 0 for none (`comanda reconcile` sweeps at once).
    #[arg(long, default_value_t = comanda_codegen::deployed::SWEEP_MINUTES)]
    sweep_minutes: u32,
    /// Run our functions as on AWS: the deployed program, in processes of its own (`just package` makes it).
    #[arg(long, value_name = "PROGRAM", num_args = 0..=1, default_missing_value = BOOTSTRAP)]
    processes: Option<PathBuf>,
    /// Also print the log (RUST_LOG chooses what of it).
    #[arg(long)]
    logs: bool,
}

/// Starts it, says where everything is, and waits for Ctrl-C.
pub async fn run(arguments: &UpArguments, output: &Output) -> Result<ExitCode, Failure> {
    if arguments.logs {
        comanda_local::logs::to_stderr();
    }
    let clock = Instant::now();
    let options = Options {
        port: arguments.port.map_or(Port::From(PORT), Port::Exactly),
        aws_port: arguments
            .aws_port
            .map_or(Port::From(AWS_PORT), Port::Exactly),
        data: if arguments.ephemeral {
            Data::Ephemeral
        } else {
            Data::Directory(arguments.data.clone())
        },
        asaas_pace: asaas::Pace::default(),
        twilio_pace: twilio::Pace::default(),
        sweep_every: match arguments.sweep_minutes {
            0 => None,
            minutes => Some(Duration::from_secs(60 * u64::from(minutes))),
        },
        functions: arguments.processes.clone(),
    };
    let mut stack = Stack::start(options)
        .await
        .map_err(|error| failure(&error, arguments))?;
    let facts = stack.facts().clone();
    moved("", PORT, arguments.port, &facts.url, output);
    moved("aws-", AWS_PORT, arguments.aws_port, &facts.aws_url, output);
    output.result(&facts, &screen(&facts, clock.elapsed().as_secs_f64()))?;
    let console = Arc::clone(stack.console());
    let zone = console.zone.clone();
    // Ends with the stack; until then a line for each thing that happens to an order.
    let telling = console.follow(|happening| tell(&happening, &zone, output));
    tokio::select! {
        () = telling => Ok(ExitCode::SUCCESS),
        signal = interrupted() => {
            signal?;
            stack.stop().await;
            output.note(match arguments.ephemeral {
                true => "\nStopped. Nothing is kept.",
                false => "\nStopped. What was running goes on at the next start.",
            });
            Ok(ExitCode::SUCCESS)
        }
        error = stack.failed() => {
            let failure = failure(&error, arguments);
            stack.stop().await;
            Err(failure)
        }
    }
}

/// `10:02:11  0001  order accepted             2 items, R$ 44,80, PIX`.
fn tell(Happening { number, line }: &Happening, zone: &TimeZone, output: &Output) {
    let happened = telling::line(&line.says, &line.detail);
    let text = format!("{}  {number}  {happened}", clock(line.at, zone));
    let value = json!({
        "at": line.at, "order": number, "says": line.says, "detail": line.detail, "state": line.state,
    });
    output.event(&value, &text);
}

/// Ctrl-C, or the polite signal of a process manager.
async fn interrupted() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error| Failure::new(format!("signals cannot be listened to: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(failed),
        _ = terminate.recv() => Ok(()),
    }
}

fn screen(facts: &Facts, seconds: f64) -> String {
    let data = match &facts.data {
        Some(directory) => format!(
            "{:<33} kept; throw away with --ephemeral",
            directory.display()
        ),
        None => "nowhere                           kept until this stops".to_owned(),
    };
    let port = facts.url.rsplit(':').next().unwrap_or_default();
    let other = if port == PORT.to_string() {
        String::new()
    } else {
        format!(" --url {}", facts.url)
    };
    format!(
        "Comanda is up, in {seconds:.1} s. Everything is on this machine: no account, no Docker, nothing sent out.\n\n\
         \x20 Phone     {phone:<33} write as a customer\n\
         \x20 Orders    {url:<33} every order: its story, its graph, its history\n\
         \x20 API       {api:<33} POST an order\n\
         \x20 AWS       {aws:<33} DynamoDB, SQS and Step Functions for any AWS SDK\n\
         \x20 Data      {data}\n\n\
         In a second terminal:\n\n\
         \x20 cargo run -- order place examples/orders/pix-delivery.json{other}\n\
         \x20 cargo run -- asaas pay 1{other}          the customer pays order 0001\n\
         \x20 cargo run -- pos listen{pos}           be the store: type `confirm 1 35`\n\
         \x20 cargo run -- messages{other}             what the customer received\n\n\
         Stop with Ctrl-C.",
        url = facts.url,
        phone = format!("{}/phone", facts.url),
        api = format!("{}/api/orders", facts.url),
        aws = facts.aws_url,
        pos = if facts.aws_url.ends_with(":4566") {
            String::new()
        } else {
            format!(" --endpoint {}", facts.aws_url)
        },
    )
}

/// Says so where another port was taken than the usual one.
fn moved(which: &str, usual: u16, asked: Option<u16>, url: &str, output: &Output) {
    let got = url.rsplit(':').next().unwrap_or_default();
    if asked.is_none() && got != usual.to_string() {
        output.note(&format!("Port {usual} is taken by another program; using {got}. (--{which}port chooses another.)"));
    }
}

fn failure(error: &StartError, arguments: &UpArguments) -> Failure {
    let message = chain(error);
    match error {
        StartError::Aws(StackError::Journal(JournalError::AlreadyUp { process, .. })) => {
            let url = Facts::read(&arguments.data)
                .map_or_else(|| "another terminal".to_owned(), |facts| facts.url);
            Failure::usage(format!(
                "Comanda is already up here: {url} (process {process})"
            ))
            .help(format!(
                "use that one, or start another with: comanda up --data {}-2",
                arguments.data.display()
            ))
        }
        StartError::Processes(ProcessesError::NoProgram { .. }) => Failure::usage(message).help(
            "make it: just package, or say which it is: comanda up --processes target/debug/bootstrap",
        ),
        StartError::Listen(_) => Failure::usage(message)
            .help("choose another port with --port or --aws-port, or leave them out"),
        _ => Failure::new(message),
    }
}

/// An error with what caused it, as one sentence.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
