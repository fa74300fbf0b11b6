//! `lambda`: the program of all Lambda functions beside a small function in Python that does the same, under the same
//! Runtime API: processor time and wall time from the process's start to its first answer, memory, and warm answers.
//!
//! Both get a message of the events queue that is no event of ours, and put one row about it into the same table.

mod process;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use comanda_runtime_api::{Environment, Function};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use crate::{
    Failure,
    servers::{Server, python_environment, work_directory},
};

/// What Python functions on AWS use, pinned: a claim is about this.
const BOTO: &str = "boto3==1.44.8";
const HANDLER: &str = include_str!("handler.py");
const TIMEOUT: Duration = Duration::from_secs(60);

/// What `lambda` is asked.
#[derive(clap::Args)]
pub struct LambdaArguments {
    /// The program, as `just package` leaves it.
    #[arg(long, default_value = "target/lambda/x86_64/bootstrap")]
    program: PathBuf,
    /// How often each is started.
    #[arg(long, default_value_t = 15)]
    starts: usize,
    /// How many messages each that was started gets after its first.
    #[arg(long, default_value_t = 50)]
    warm: usize,
    /// Ends with an error if Python takes fewer times the processor time to its first answer.
    #[arg(long)]
    at_least: Option<f64>,
}

/// One of the two.
struct Side {
    name: &'static str,
    function: Function,
    bytes: Option<u64>,
    first_processor: Vec<f64>,
    first_wall: Vec<f64>,
    warm_processor: Vec<f64>,
    warm_wall: Vec<f64>,
    mebibytes: Vec<f64>,
}

/// Measures both in turns, and prints the table and the ratio.
pub async fn run(arguments: &LambdaArguments) -> Result<(), Failure> {
    let program = std::path::absolute(&arguments.program)?;
    let bytes = std::fs::metadata(&program).map_err(|_| {
        format!(
            "`{}` is not there; make it first: just package",
            program.display()
        )
    })?;
    let server = Server::ephemeral()?;
    let endpoint = format!("http://{}", server.address);
    let mut sides = [
        Side::new("bootstrap", ours(&program, &endpoint), Some(bytes.len())),
        Side::new("Python and boto3", python(&endpoint)?, None),
    ];
    // The first start of each is paid by the disk, and counted by nobody.
    for round in 0..=arguments.starts {
        for side in &mut sides {
            side.measure(round, arguments.warm).await?;
        }
        if round == 0 {
            sides.iter_mut().for_each(Side::forget);
        }
    }
    let [one, other] = &sides;
    let ratio = median(&other.first_processor) / median(&one.first_processor);
    println!("{}", text(&sides));
    println!(
        "Processor time to the first answer: {ratio:.0} × ({} starts each, medians)",
        arguments.starts
    );
    match arguments.at_least {
        Some(least) if ratio < least => Err(format!("that is less than {least:.0} ×").into()),
        _ => Ok(()),
    }
}

impl Side {
    fn new(name: &'static str, function: Function, bytes: Option<u64>) -> Self {
        Self {
            name,
            function,
            bytes,
            first_processor: Vec::new(),
            first_wall: Vec::new(),
            warm_processor: Vec::new(),
            warm_wall: Vec::new(),
            mebibytes: Vec::new(),
        }
    }

    fn forget(&mut self) {
        for measured in [
            &mut self.first_processor,
            &mut self.first_wall,
            &mut self.warm_processor,
            &mut self.warm_wall,
            &mut self.mebibytes,
        ] {
            measured.clear();
        }
    }

    async fn measure(&mut self, round: usize, warm: usize) -> Result<(), Failure> {
        let begun = Instant::now();
        let log = Arc::new(|_: &str| {});
        let mut environment = Environment::start(&self.function, log).await?;
        let id = environment.process_id();
        self.answer(&mut environment, round, 0).await?;
        self.first_wall.push(milliseconds(begun.elapsed()));
        let first = process::processor_milliseconds(id)?;
        self.first_processor.push(first);
        self.mebibytes.push(process::peak_mebibytes(id)?);
        for number in 1..=warm {
            let begun = Instant::now();
            self.answer(&mut environment, round, number).await?;
            self.warm_wall.push(milliseconds(begun.elapsed()));
        }
        let all = process::processor_milliseconds(id)?;
        if warm > 0 {
            // A mean of the round: what one answer takes is less than what the system counts.
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            self.warm_processor.push((all - first) / warm as f64);
        }
        Ok(())
    }

    async fn answer(
        &self,
        environment: &mut Environment,
        round: usize,
        number: usize,
    ) -> Result<(), Failure> {
        let event = json!({ "Records": [{
            "messageId": format!("message-{number}"),
            "body": format!("no event of ours: {} {round} {number}", self.name),
            "attributes": {"MessageGroupId": "bench"},
            "eventSource": "aws:sqs",
        }] });
        let answer = environment.invoke(event.to_string().into_bytes()).await;
        let answer = answer.map_err(|failure| format!("{}: {failure:?}", self.name))?;
        let answer: Value = serde_json::from_slice(&answer)?;
        match answer == json!({"batchItemFailures": []}) {
            true => Ok(()),
            false => Err(format!("{} did not put its row: {answer}", self.name).into()),
        }
    }
}

fn ours(program: &Path, endpoint: &str) -> Function {
    let variables = [
        ("AWS_SESSION_TOKEN", "session"),
        ("COMANDA_ACCOUNT", "000000000000"),
        ("COMANDA_PUBLIC_URL", endpoint),
        ("COMANDA_TWILIO_URL", endpoint),
        ("COMANDA_TWILIO_CONTENT_URL", endpoint),
    ];
    function("pos", program.to_owned(), Vec::new(), endpoint, &variables)
}

fn python(endpoint: &str) -> Result<Function, Failure> {
    let environment = python_environment("python-lambda", &[BOTO])?;
    let handler = work_directory()?.join("handler.py");
    std::fs::write(&handler, HANDLER)?;
    let arguments = vec![handler.to_string_lossy().into_owned()];
    let variables = [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_DEFAULT_REGION", "sa-east-1"),
    ];
    let program = environment.join("bin/python");
    Ok(function("pos", program, arguments, endpoint, &variables))
}

fn function(
    handler: &str,
    program: PathBuf,
    arguments: Vec<String>,
    endpoint: &str,
    variables: &[(&str, &str)],
) -> Function {
    let common = [("AWS_REGION", "sa-east-1"), ("AWS_ENDPOINT_URL", endpoint)];
    let variables = common.iter().chain(variables);
    Function {
        name: format!("bench-{handler}"),
        arn: format!("arn:aws:lambda:sa-east-1:000000000000:function:bench-{handler}"),
        handler: handler.to_owned(),
        timeout: TIMEOUT,
        program,
        arguments,
        variables: variables
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn text(sides: &[Side; 2]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "function",
        "program",
        "first answer: processor",
        "first answer: wall",
        "memory at its peak",
        "warm answer: processor",
        "warm answer: wall",
    ]);
    for side in sides {
        let size = side.bytes.map_or_else(
            || "–".to_owned(),
            |bytes| format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000),
        );
        table.add_row([
            side.name.to_owned(),
            size,
            format!("{:.1} ms", median(&side.first_processor)),
            format!("{:.0} ms", median(&side.first_wall)),
            format!("{:.1} MiB", median(&side.mebibytes)),
            format!("{:.2} ms", median(&side.warm_processor)),
            format!("{:.2} ms", median(&side.warm_wall)),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
