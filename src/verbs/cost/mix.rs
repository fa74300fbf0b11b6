//! The ways that orders go and their shares, each lived through once and counted.

use std::{fs, path::Path};

use comanda_simulation::{restaurant::TENANT, script::Script};
use serde::Deserialize;
use serde_json::Value;

use super::{
    prices::Prices,
    usage::{self, Lived, Usage},
};
use crate::failure::Failure;

const MIX: &str = include_str!("mix.json");
/// The files that the assumed mix names, so that the command needs no checkout.
const EMBEDDED: &[(&str, &str)] = &[
    (
        "examples/orders/pix-delivery.json",
        include_str!("../../../examples/orders/pix-delivery.json"),
    ),
    (
        "examples/orders/cash-delivery.json",
        include_str!("../../../examples/orders/cash-delivery.json"),
    ),
    (
        "examples/orders/card-pickup.json",
        include_str!("../../../examples/orders/card-pickup.json"),
    ),
    (
        "examples/scripts/from-placing-to-the-end.json",
        include_str!("../../../examples/scripts/from-placing-to-the-end.json"),
    ),
    (
        "examples/scripts/card-declined-then-pix.json",
        include_str!("../../../examples/scripts/card-declined-then-pix.json"),
    ),
    (
        "examples/scripts/store-rejects.json",
        include_str!("../../../examples/scripts/store-rejects.json"),
    ),
    (
        "examples/scripts/store-stays-silent.json",
        include_str!("../../../examples/scripts/store-stays-silent.json"),
    ),
    (
        "examples/scripts/money-comes-too-late.json",
        include_str!("../../../examples/scripts/money-comes-too-late.json"),
    ),
];

#[derive(Deserialize)]
struct Mix {
    ways: Vec<Way>,
}

#[derive(Deserialize)]
struct Way {
    name: String,
    share: f64,
    order: String,
    #[serde(default)]
    script: Option<String>,
}

/// A way with what one order on it uses.
pub struct Measured {
    /// Its name.
    pub name: String,
    /// How many of all orders go it, from 0 to 1.
    pub share: f64,
    /// What one order uses.
    pub lived: Lived,
}

/// Lives one order of each way through.
pub fn measure(mix: Option<&Path>, prices: &Prices) -> Result<Vec<Measured>, Failure> {
    let text = match mix {
        Some(path) => read(path)?,
        None => MIX.to_owned(),
    };
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("the mix cannot be used: {error}"))
            .help("it looks like src/verbs/cost/mix.json, with shares that add up to 1")
    };
    let mix: Mix = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let sum: f64 = mix.ways.iter().map(|way| way.share).sum();
    if (sum - 1.0).abs() > 0.001 {
        return Err(wrong(&format!("its shares add up to {sum:.3}")));
    }
    let mut measured = Vec::new();
    for way in mix.ways {
        let order: Value =
            serde_json::from_str(&file(&way.order)?).map_err(|error| wrong(&error))?;
        let script = match &way.script {
            Some(path) => Script::parse(&file(path)?).map_err(|error| wrong(&error))?,
            None => Script::default(),
        };
        let assumed = &prices.assumed;
        let told = |error| wrong(&format!("{}: {error}", way.name));
        let lived = usage::of_order_and_sweeps((TENANT, &order), script, assumed).map_err(told)?;
        measured.push(Measured {
            name: way.name,
            share: way.share,
            lived,
        });
    }
    Ok(measured)
}

/// A sweep of a tenant's books in which there is nothing, and which was swept before.
pub fn empty_sweep(prices: &Prices) -> Result<Usage, Failure> {
    let [_, later] = usage::of_empty_sweeps(TENANT, &prices.assumed)
        .map_err(|error| Failure::new(error.to_string()))?;
    Ok(later)
}

fn file(path: &str) -> Result<String, Failure> {
    let embedded = EMBEDDED.iter().find(|(name, _)| *name == path);
    match embedded {
        Some((_, text)) => Ok((*text).to_owned()),
        None => read(Path::new(path)),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))
}
