//! Prices, quotas and what is assumed, as `prices.json` lists them with their sources.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::failure::Failure;

const FILE: &str = include_str!("prices.json");

/// The file.
#[derive(Debug, Deserialize)]
pub struct Prices {
    regions: BTreeMap<String, BTreeMap<String, Price>>,
    quotas: BTreeMap<String, serde_json::Value>,
    /// What no definition says.
    pub assumed: Assumed,
}

/// One unit's price.
#[derive(Debug, Deserialize)]
pub struct Price {
    /// US dollars.
    pub dollars: f64,
    /// Where it was read.
    pub from: String,
}

/// What no definition says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumed {
    /// Of each function.
    pub lambda_memory_megabytes: f64,
    /// What a function computes itself in one call.
    pub lambda_own_milliseconds: f64,
    /// What it waits for each call that it makes, by party.
    pub call_milliseconds: BTreeMap<String, f64>,
    /// How often the channel tells of a message.
    pub callbacks_for_each_message: f64,
    /// How often the payment provider tells of a charge.
    pub webhooks_for_each_charge: f64,
    /// Of an Express execution.
    pub express_memory_megabytes: f64,
    /// Of all orders of a day.
    pub share_of_a_day_in_its_busiest_hour: f64,
    /// How long rows of orders stay.
    pub retention_days: f64,
}

/// What an account may do in a second.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quotas {
    /// `StartExecution`.
    pub start_execution: f64,
    /// State transitions of Standard executions.
    pub transitions: f64,
    /// `SendTaskSuccess`.
    pub task_success: f64,
    /// Standard executions that run at one time.
    pub open_executions: f64,
    /// Functions that run at one time.
    pub lambda_concurrency: f64,
    /// Messages of one store's FIFO queue, were they all about one order.
    pub fifo_messages: f64,
    /// Messages of a FIFO queue whose limit is by the order, all orders together.
    pub events_messages: f64,
}

impl Prices {
    /// As they are in this program.
    pub fn load() -> Result<Self, Failure> {
        serde_json::from_str(FILE)
            .map_err(|error| Failure::new(format!("src/verbs/cost/prices.json: {error}")))
    }

    /// A region's prices by unit.
    pub fn of(&self, region: &str) -> Result<&BTreeMap<String, Price>, Failure> {
        self.regions.get(region).ok_or_else(|| {
            let known: Vec<&str> = self.regions.keys().map(String::as_str).collect();
            Failure::usage(format!("there are no prices for {region}")).help(format!(
                "there are: {}; add others in src/verbs/cost/prices.json",
                known.join(", ")
            ))
        })
    }

    /// The price of one unit in a region.
    pub fn unit(&self, region: &str, unit: &str) -> Result<&Price, Failure> {
        self.of(region)?.get(unit).ok_or_else(|| {
            Failure::new(format!(
                "src/verbs/cost/prices.json has no {unit} for {region}"
            ))
        })
    }

    /// A region's quotas.
    pub fn quotas(&self, region: &str) -> Result<Quotas, Failure> {
        let of = self.quotas.get(region).cloned().unwrap_or_default();
        serde_json::from_value(of)
            .map_err(|error| Failure::new(format!("quotas of {region} in prices.json: {error}")))
    }
}
