//! `comanda graph`: a workflow's graph in the terminal, as it was written or as AWS runs it.

use std::{collections::BTreeMap, process::ExitCode};

use ascii_dag::{AUTO, Graph, RenderOptions};
use comanda_dsl::{StepKind, Workflow};
use serde_json::json;

use super::workflows;
use crate::{failure::Failure, output::Output};

/// A workflow's graph in the terminal.
#[derive(Debug, clap::Args)]
pub struct GraphArguments {
    /// The workflow: order-lifecycle, order-status, refund.
    #[arg(default_value = "order-lifecycle")]
    workflow: String,
    /// The states that AWS runs, with choices folded, instead of the steps as they were written.
    #[arg(long)]
    folded: bool,
}

/// Draws it.
pub fn run(arguments: &GraphArguments, output: &Output) -> Result<ExitCode, Failure> {
    let workflow = workflows::find(&arguments.workflow)?;
    let picture = if arguments.folded {
        folded(workflow)
    } else {
        written(workflow)
    };
    output.result(&json!(workflow.graph), &picture)?;
    Ok(ExitCode::SUCCESS)
}

/// The steps as they were written.
pub fn written(workflow: &Workflow) -> String {
    let graph = &workflow.graph;
    let labels: Vec<(&str, String)> = graph
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), label(&node.name, &node.kind)))
        .collect();
    let edges = graph.edges.iter().filter_map(|edge| {
        Some((
            edge.from.as_deref()?,
            edge.to.as_deref(),
            edge.label.as_str(),
        ))
    });
    draw(&labels, edges)
}

/// The states of the folded machine.
fn folded(workflow: &Workflow) -> String {
    let graph = &workflow.graph;
    let labels: Vec<(&str, String)> = graph
        .folded
        .keys()
        .map(|name| (name.as_str(), name.clone()))
        .collect();
    let edges = graph.transitions.iter().map(|transition| {
        (
            transition.from.as_str(),
            transition.to.as_deref(),
            transition.label.as_str(),
        )
    });
    draw(&labels, edges)
}

fn label(name: &str, kind: &StepKind) -> String {
    match kind {
        StepKind::Choice => format!("<{name}>"),
        StepKind::Ask(_) => format!("{name} (waits)"),
        StepKind::Child(child) => format!("{name} (runs {child})"),
        StepKind::Start(child) => format!("{name} (starts {child})"),
        _ => name.to_owned(),
    }
}

/// Ends are left out: every edge to one would cross the whole picture, and the steps before them say it.
fn draw<'a>(
    nodes: &[(&str, String)],
    edges: impl Iterator<Item = (&'a str, Option<&'a str>, &'a str)>,
) -> String {
    let mut picture = Graph::new();
    let mut ids = BTreeMap::new();
    for (name, label) in nodes {
        ids.insert(*name, picture.add_node(AUTO, label.as_str()));
    }
    for (from, to, label) in edges {
        let ends = (ids.get(from), to.and_then(|to| ids.get(to)));
        if let (Some(from), Some(to)) = ends {
            picture.add_edge(*from, *to, (!label.is_empty()).then_some(label));
        }
    }
    picture
        .compute_layout()
        .render_string(&RenderOptions::plain())
}
