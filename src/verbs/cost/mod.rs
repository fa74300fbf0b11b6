//! `comanda cost`: billable transitions and price of each way through a workflow; with a volume, what an order costs in all,
//! beside the reference's design and the account's quotas.

mod prices;
mod usage;
mod volume;

use std::{path::PathBuf, process::ExitCode};

use comanda_dsl::{Kind, Path, Workflow};
use serde_json::json;

use super::{tables::table, workflows};
use crate::{failure::Failure, output::Output};

/// Price of a thousand Standard state transitions in São Paulo, in US dollars (RELIABILITY §6).
const SAO_PAULO_PER_THOUSAND_DOLLARS: f64 = 0.0375;

/// Billable transitions and price per path.
#[derive(Debug, clap::Args)]
pub struct CostArguments {
    /// The workflow; all where it is left out.
    workflow: Option<String>,
    /// Every way, not only the cheapest to each end.
    #[arg(long)]
    all: bool,
    /// What an order costs with everything that it uses, at so many orders a day for each store.
    #[arg(long, value_name = "ORDERS", conflicts_with_all = ["workflow", "all"])]
    orders_per_day: Option<f64>,
    /// Stores; each is a tenant of its own.
    #[arg(long, default_value_t = 1_000.0, requires = "orders_per_day")]
    stores: f64,
    /// Which share of orders goes which way, in place of the assumed mix (src/verbs/cost/mix.json shows the form).
    #[arg(long, value_name = "FILE", requires = "orders_per_day")]
    mix: Option<PathBuf>,
    /// The region: sa-east-1 or us-east-1.
    #[arg(long, default_value = "sa-east-1", requires = "orders_per_day")]
    region: String,
}

/// Prints the ways.
pub fn run(arguments: &CostArguments, output: &Output) -> Result<ExitCode, Failure> {
    if let Some(orders) = arguments.orders_per_day {
        let asked = volume::Asked {
            orders,
            stores: arguments.stores,
            mix: arguments.mix.as_deref(),
            region: &arguments.region,
        };
        return volume::run(&asked, output);
    }
    let chosen: Vec<&Workflow> = match &arguments.workflow {
        Some(name) => vec![workflows::find(name)?],
        None => workflows::all()?.iter().collect(),
    };
    let value: Vec<_> = chosen
        .iter()
        .map(|workflow| json!({ "workflow": workflow.name, "paths": workflow.paths }))
        .collect();
    let texts: Vec<String> = chosen
        .iter()
        .map(|workflow| text(workflow, arguments.all))
        .collect();
    output.result(&value, &texts.join("\n\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn text(workflow: &Workflow, all: bool) -> String {
    if workflow.kind == Kind::Express {
        return format!(
            "{}: Express; billed by requests and time, not by transitions",
            workflow.name
        );
    }
    let mut paths: Vec<&Path> = workflow.paths.paths.iter().collect();
    paths.sort_by_key(|path| (path.transitions, path.labels.len()));
    if !all {
        paths = cheapest_to_each_end(&paths);
    }
    let rows = paths.iter().map(|path| {
        vec![
            path.transitions.to_string(),
            dollars(path.transitions),
            if path.end.is_empty() {
                "fails".to_owned()
            } else {
                path.end.clone()
            },
            path.labels.join(", "),
        ]
    });
    let more = if workflow.paths.truncated {
        "\n(there are more ways than are listed)"
    } else if workflow.paths.once {
        "\n(the ways on which nothing is asked twice; a further round costs its own states again)"
    } else {
        ""
    };
    format!(
        "{}: {} ways\n{}{more}",
        workflow.name,
        workflow.paths.paths.len(),
        table(
            &["TRANSITIONS", "US$ IN SA-EAST-1", "END", "BY WAY OF"],
            rows.collect()
        )
    )
}

fn cheapest_to_each_end<'a>(paths: &[&'a Path]) -> Vec<&'a Path> {
    let mut kept: Vec<&Path> = Vec::new();
    for path in paths {
        if !kept.iter().any(|known| known.end == path.end) {
            kept.push(path);
        }
    }
    kept
}

/// The price of so many transitions, as people read small prices.
pub fn dollars(transitions: u32) -> String {
    format!(
        "{:.5}",
        f64::from(transitions) * SAO_PAULO_PER_THOUSAND_DOLLARS / 1000.0
    )
}
