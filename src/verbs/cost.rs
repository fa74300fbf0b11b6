//! `comanda cost`: billable transitions and price of each way through a workflow.

use std::process::ExitCode;

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
}

/// Prints the ways.
pub fn run(arguments: &CostArguments, output: &Output) -> Result<ExitCode, Failure> {
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
