//! `peers`: all flows at all targets, in turn within each round, so that whatever else the machine does meets them all.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{
    Failure, core,
    flows::{self, Flow},
    in_process,
    load::{Bounds, Deployed},
    servers::Server,
    table,
};

/// How many executions run at the same time.
const CONCURRENCIES: [usize; 2] = [1, 16];
/// A measurement that took so many times its time is not repeated.
const FAR_TOO_LONG: u32 = 4;

/// What `peers` is asked.
#[derive(clap::Args)]
pub struct PeersArguments {
    /// How long new executions are begun, in one measurement.
    #[arg(long, default_value_t = 1.5)]
    seconds: f64,
    /// How often everything is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only these flows.
    #[arg(long, value_name = "FLOW", value_parser = ["chain", "jsonata", "choice", "map", "callback"])]
    flow: Vec<String>,
    /// Only ours: nothing is installed or started that is not ours.
    #[arg(long)]
    ours: bool,
    /// Only the engine, without any server.
    #[arg(long)]
    core: bool,
    /// The numbers as JSON.
    #[arg(long)]
    json: bool,
}

/// What one target made of one flow.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// Executions a second, by concurrency: one for each round.
    pub rates: BTreeMap<usize, Vec<f64>>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Measured {
    /// The median of the rounds.
    pub fn rate(&self, concurrency: usize) -> Option<f64> {
        let mut rates = self.rates.get(&concurrency)?.clone();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied()
    }
}

/// All targets' results for one flow, in the table's order.
#[derive(Serialize)]
pub struct FlowResults {
    /// The flow's word.
    pub flow: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What each target made of it.
    pub targets: Vec<(&'static str, Measured)>,
}

/// The engine's column.
pub const CORE: &str = "core";
/// The column of the implementation that runs in its caller's process.
pub const IN_PROCESS: &str = "aws-local-stepfunctions";

/// Measures, and prints the table.
pub async fn run(arguments: &PeersArguments) -> Result<(), Failure> {
    let mut results = Vec::new();
    for flow in flows::all() {
        if arguments.flow.is_empty() || arguments.flow.iter().any(|name| name == flow.name) {
            eprintln!("Measuring {}.", flow.title);
            results.push(measure(&flow, arguments).await?);
        }
    }
    match arguments.json {
        true => println!("{}", serde_json::to_string_pretty(&results)?),
        false => println!("{}", table::text(&results, &CONCURRENCIES)),
    }
    Ok(())
}

async fn servers(arguments: &PeersArguments) -> Result<Vec<Server>, Failure> {
    let mut servers = Vec::new();
    if !arguments.core {
        servers.push(Server::ephemeral()?);
        servers.push(Server::durable()?);
        if !arguments.ours {
            servers.push(Server::ministack().await?);
            servers.push(Server::moto().await?);
        }
    }
    Ok(servers)
}

/// One flow at all targets. Servers are started afresh for it: none carries the histories of another flow.
async fn measure(flow: &Flow, arguments: &PeersArguments) -> Result<FlowResults, Failure> {
    let time = Duration::from_secs_f64(arguments.seconds);
    let servers = servers(arguments).await?;
    let mut core = Measured::default();
    let mut in_process = Measured::default();
    let mut served: Vec<(&Server, Measured, Option<Deployed<'_>>)> = Vec::new();
    let workers = CONCURRENCIES.into_iter().max().unwrap_or(1);
    for server in &servers {
        let deployed = Deployed::new(flow, &server.address, workers).await;
        let refused = deployed.as_ref().err().map(ToString::to_string);
        let measured = Measured {
            refused,
            ..Measured::default()
        };
        served.push((server, measured, deployed.ok()));
    }
    let has_node = !arguments.ours && !arguments.core && in_process::is_here();
    if !has_node {
        in_process.refused = Some("node and npm were not used".to_owned());
    }
    for _ in 0..arguments.rounds {
        for concurrency in CONCURRENCIES {
            core.note(concurrency, time, || core::measure(flow, concurrency, time));
            in_process.note(concurrency, time, || {
                in_process::measure(flow, concurrency, time)
            });
            for (_, measured, deployed) in &mut served {
                let Some(deployed) = deployed else { continue };
                let found = match measured.is_worth(concurrency, time) {
                    true => deployed.measure(Bounds { concurrency, time }).await,
                    false => continue,
                };
                measured.note(concurrency, time, || found);
            }
        }
    }
    let mut targets = vec![(CORE, core)];
    targets.extend(
        served
            .into_iter()
            .map(|(server, measured, _)| (server.name, measured)),
    );
    targets.push((IN_PROCESS, in_process));
    Ok(FlowResults {
        flow: flow.name,
        title: flow.title,
        targets,
    })
}

impl Measured {
    fn is_worth(&self, concurrency: usize, time: Duration) -> bool {
        let slowest = self.rates.get(&concurrency).and_then(|rates| rates.first());
        // With every worker running one execution at least, a slow target takes so long for one round.
        let is_slow = slowest.is_some_and(|rate| {
            concurrency as f64 / rate > time.as_secs_f64() * f64::from(FAR_TOO_LONG)
        });
        self.refused.is_none() && !is_slow
    }

    fn note(
        &mut self,
        concurrency: usize,
        time: Duration,
        measure: impl FnOnce() -> Result<f64, Failure>,
    ) {
        if self.is_worth(concurrency, time) {
            match measure() {
                Ok(rate) => self.rates.entry(concurrency).or_default().push(rate),
                Err(error) => self.refused = Some(error.to_string()),
            }
        }
    }
}
