//! `comanda cost`: billable transitions and price of each way through a workflow; with a volume, what an order costs in all,
//! beside the reference's design and the account's quotas.

mod mix;
mod prices;
mod quotas;
mod usage;
mod volume;

use std::{path::PathBuf, process::ExitCode};

use comanda_dsl::{Kind, Path, Workflow};
use serde_json::json;

use super::{tables::table, workflows};
use crate::{failure::Failure, output::Output};
use prices::{Price, Prices};

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
    /// The region: one of those that src/verbs/cost/prices.json has.
    #[arg(long, default_value = "sa-east-1")]
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
    let prices = Prices::load()?;
    let region = Region {
        name: &arguments.region,
        transition: prices.unit(&arguments.region, "standardTransition")?,
        request: prices.unit(&arguments.region, "expressRequest")?,
    };
    let value: Vec<_> = chosen
        .iter()
        .map(|workflow| {
            json!({ "workflow": workflow.name, "paths": workflow.paths, "region": region.name,
                "dollarsPerTransition": region.transition.dollars, "priceFrom": region.transition.from })
        })
        .collect();
    let mut texts: Vec<String> = chosen
        .iter()
        .map(|workflow| text(workflow, arguments.all, &region))
        .collect();
    texts.push(format!(
        "US$ {} a transition in {}: {}",
        region.transition.dollars, region.name, region.transition.from
    ));
    output.result(&value, &texts.join("\n\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// What the ways are priced by.
struct Region<'a> {
    name: &'a str,
    transition: &'a Price,
    request: &'a Price,
}

fn text(workflow: &Workflow, all: bool, region: &Region<'_>) -> String {
    if workflow.kind == Kind::Express {
        return format!(
            "{}: Express; US$ {} a request in {} ({}), and its time: no transitions",
            workflow.name, region.request.dollars, region.name, region.request.from
        );
    }
    let price = format!("US$ IN {}", region.name.to_uppercase());
    let mut paths: Vec<&Path> = workflow.paths.paths.iter().collect();
    paths.sort_by_key(|path| (path.transitions, path.labels.len()));
    if !all {
        paths = cheapest_to_each_end(&paths);
    }
    let rows = paths.iter().map(|path| {
        vec![
            path.transitions.to_string(),
            in_dollars(path.transitions, region.transition.dollars),
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
        table(&["TRANSITIONS", &price, "END", "BY WAY OF"], rows.collect())
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

/// The price of so many transitions in São Paulo, as people read small prices.
pub fn dollars(transitions: u32) -> String {
    in_dollars(transitions, SAO_PAULO_PER_THOUSAND_DOLLARS / 1000.0)
}

fn in_dollars(transitions: u32, each: f64) -> String {
    format!("{:.5}", f64::from(transitions) * each)
}

#[cfg(test)]
mod tests {
    use super::{Prices, dollars, in_dollars};

    #[test]
    fn each_region_has_its_own_price_and_sao_paulos_is_one() {
        let prices = Prices::load().unwrap();
        let of = |region| {
            let price = prices.unit(region, "standardTransition").unwrap();
            in_dollars(8, price.dollars)
        };
        assert_eq!(of("us-east-1"), "0.00020");
        assert_eq!(
            (of("sa-east-1"), dollars(8)),
            ("0.00030".to_owned(), "0.00030".to_owned())
        );
        let nowhere = prices
            .unit("mars-1", "standardTransition")
            .unwrap_err()
            .message;
        assert!(nowhere.contains("mars-1"), "{nowhere}");
    }
}
