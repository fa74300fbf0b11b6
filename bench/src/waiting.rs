//! `waiting`: how much memory executions take that wait: in the engine alone, and in the local stack's scheduler.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use comanda_engine::{Execution, Status};
use serde_json::{Value, json};

use crate::{
    Failure,
    client::Client,
    core,
    flows::{self, Flow},
    servers::{Server, resident_bytes},
};

/// How many connections start executions.
const CONNECTIONS: usize = 16;

/// What `waiting` is asked.
#[derive(clap::Args)]
pub struct WaitingArguments {
    /// How many executions wait.
    #[arg(long, default_value_t = 1_000_000)]
    executions: usize,
    /// Only the engine, without the server.
    #[arg(long)]
    core: bool,
}

/// Measures, and prints a line for each.
pub async fn run(arguments: &WaitingArguments) -> Result<(), Failure> {
    // Kept, so that what the first ones take is not given to the next and missed there.
    let mut kept = Vec::new();
    for flow in waiting_flows() {
        kept.push(in_the_core(&flow, arguments.executions)?);
    }
    drop(kept);
    if !arguments.core {
        in_the_scheduler(&wait(), arguments.executions).await?;
    }
    Ok(())
}

fn waiting_flows() -> Vec<Flow> {
    let callback = flows::all().into_iter().filter(|flow| flow.calls_back);
    std::iter::once(wait()).chain(callback).collect()
}

fn wait() -> Flow {
    Flow {
        name: "wait",
        title: "a Wait of a day",
        definition: json!({
            "StartAt": "Wait",
            "States": { "Wait": { "Type": "Wait", "Seconds": 86_400, "End": true } }
        }),
        input: json!({ "total": 1 }),
        output: json!({ "total": 1 }),
        calls_back: false,
        executions_max: usize::MAX,
    }
}

fn in_the_core(flow: &Flow, count: usize) -> Result<Vec<Execution>, Failure> {
    let definition = core::compile(flow)?;
    let before = resident_bytes("self")?;
    let begun = Instant::now();
    let mut effects = Vec::new();
    let mut executions = Vec::with_capacity(count);
    for seed in 0..count {
        executions.push(core::begin(flow, &definition, seed as u64, &mut effects));
        effects.clear();
    }
    let seconds = begun.elapsed().as_secs_f64();
    let waiting = executions
        .iter()
        .filter(|execution| execution.status() == Status::Running);
    let waiting = waiting.count();
    if waiting != count {
        return Err(format!("only {waiting} of {count} executions wait").into());
    }
    tell(
        "core",
        flow,
        count,
        seconds,
        before,
        resident_bytes("self")?,
    );
    Ok(executions)
}

async fn in_the_scheduler(flow: &Flow, count: usize) -> Result<(), Failure> {
    let server = Server::ephemeral()?;
    let mut client = Client::connect(&server.address).await?;
    let request = json!({
        "name": "bench-wait",
        "definition": flow.definition.to_string(),
        "roleArn": "arn:aws:iam::123456789012:role/bench",
    });
    let made = client.states("CreateStateMachine", &request).await?;
    let machine = made.get("stateMachineArn").cloned().unwrap_or_default();
    let request = json!({ "stateMachineArn": machine, "input": flow.input.to_string() });
    let before = server.resident_bytes()?;
    let begun = Instant::now();
    let started = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = Client::connect(&server.address).await?;
        let work = start(client, request.clone(), Arc::clone(&started), count);
        workers.push(tokio::spawn(work));
    }
    let mut last = Value::Null;
    for worker in workers {
        last = worker.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let told = client.states("DescribeExecution", &last).await?;
    if told.get("status").and_then(Value::as_str) != Some("RUNNING") {
        return Err(format!("an execution does not wait: {told}").into());
    }
    tell(
        "HTTP --ephemeral",
        flow,
        count,
        seconds,
        before,
        server.resident_bytes()?,
    );
    Ok(())
}

/// Starts executions until there are enough; gives the last one.
async fn start(
    mut client: Client,
    request: Value,
    started: Arc<AtomicUsize>,
    count: usize,
) -> Result<Value, Failure> {
    let mut last = Value::Null;
    while started.fetch_add(1, Ordering::Relaxed) < count {
        let answer = client.states("StartExecution", &request).await?;
        last = json!({ "executionArn": answer.get("executionArn") });
    }
    Ok(last)
}

fn tell(place: &str, flow: &Flow, count: usize, seconds: f64, before: u64, after: u64) {
    let grown = after.saturating_sub(before);
    println!(
        "{place}, {}: {count} executions wait; {:.0} MiB resident, {:.0} bytes each; started in {seconds:.1} s",
        flow.title,
        grown as f64 / 1_048_576.0,
        grown as f64 / count as f64,
    );
}
