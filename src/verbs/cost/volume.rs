//! What an order costs in all, way by way and as volume grows: our design, the reference's scan, and the account's quotas.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use serde_json::{Value, json};

use super::{
    mix::{self, Measured, measure},
    prices::{Price, Prices},
    quotas::{self, Demand},
    usage::Usage,
};
use crate::{failure::Failure, output::Output, verbs::table};

const DAYS_OF_A_MONTH: f64 = 30.0;
/// 002 §7: one scan of the whole table every five minutes.
const SCANS_A_DAY: f64 = 288.0;
/// `reconciliation`'s schedule for each tenant, as the manifest says it.
const MANIFEST: &str = include_str!("../../../generated/manifest.json");
/// Days of the provider's statement that each sweep reads again (tasks/src/reconciliation/statement/span.rs).
const DAYS_OF_A_SWEEP: f64 = 4.0;
const SECONDS_OF_A_DAY: f64 = 86_400.0;
/// An eventually consistent read unit reads two of these.
const READ_UNIT_BYTES: f64 = 4_096.0;

/// What is asked.
pub struct Asked<'a> {
    /// Orders a day and store.
    pub orders: f64,
    /// Stores.
    pub stores: f64,
    /// Another mix.
    pub mix: Option<&'a Path>,
    /// The region.
    pub region: &'a str,
}

/// Counts, prices and tells.
pub fn run(asked: &Asked<'_>, output: &Output) -> Result<ExitCode, Failure> {
    let prices = Prices::load()?;
    let of_region = prices.of(asked.region)?;
    let ways = measure(asked.mix, &prices)?;
    let mut order = Usage::default();
    for way in &ways {
        order.add(&way.lived.order, way.share);
    }
    let sweep = swept(&ways, asked.orders, &prices)?;
    let growth = growth(asked, (&order, &sweep), &prices)?;
    let sweeps_a_second = asked.stores * sweeps_a_day()? / SECONDS_OF_A_DAY;
    let demand = Demand {
        order: &order,
        sweep: &sweep,
        sweeps_a_second,
    };
    let load = quotas::load(demand, asked, &prices, prices.quotas(asked.region)?);
    let first = load.iter().find(|one| one.share > 1.0);
    let unchecked: Vec<&str> = of_region
        .iter()
        .filter(|(_, price)| price.from.starts_with("memory"))
        .map(|(name, _)| name.as_str())
        .collect();
    let text = format!(
        "One order in {}, with everything it uses: US$ {:.5}\n\n{}\n\n{}\n\n{}\n\n\
         Counted while the workflows and handlers lived these orders through. Prices, quotas and what is assumed (the mix, \
         latencies, memory): src/verbs/cost/*.json. Not looked up, from memory: {}.",
        asked.region,
        order.dollars(of_region),
        told_ways(&ways, of_region),
        growth.1,
        quotas::told(&load, asked.region),
        unchecked.join(", ")
    );
    let value = json!({
        "region": asked.region, "dollarsPerOrder": order.dollars(of_region), "usagePerOrder": order,
        "ways": ways.iter().map(|way| json!({ "name": way.name, "share": way.share, "usage": way.lived.order,
            "firstSweep": way.lived.first_sweep, "laterSweep": way.lived.later_sweep,
            "dollars": way.lived.order.dollars(of_region) })).collect::<Vec<_>>(),
        "growth": growth.0, "unchecked": unchecked, "breaksFirst": first.map(|one| one.name),
        "quotas": load.iter().map(|one| json!({ "name": one.name, "needed": one.amount, "allowed": one.limit,
            "breaksAtOrdersADay": one.breaks_at })).collect::<Vec<_>>(),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// A sweep of a tenant's books that had so many orders a day: what came since the last one it meets for the first time, and
/// what came in the days before it reads again.
fn swept(ways: &[Measured], orders_a_day: f64, prices: &Prices) -> Result<Usage, Failure> {
    let mut sweep = mix::empty_sweep(prices)?;
    for way in ways {
        let orders = way.share * orders_a_day;
        sweep.add(&way.lived.first_sweep, orders / sweeps_a_day()?);
        sweep.add(&way.lived.later_sweep, orders * DAYS_OF_A_SWEEP);
    }
    Ok(sweep)
}

fn told_ways(ways: &[Measured], prices: &BTreeMap<String, Price>) -> String {
    let rows = ways.iter().map(|way| {
        vec![
            format!("{:.0} %", way.share * 100.0),
            format!("{:.0}", way.lived.order.unit("standardTransition")),
            format!("{:.0}", way.lived.order.unit("lambdaRequest")),
            format!("{:.0}", way.lived.order.unit("dynamodbWriteUnit")),
            format!("{:.5}", way.lived.order.dollars(prices)),
            way.name.clone(),
        ]
    });
    let heads = [
        "SHARE",
        "TRANSITIONS",
        "FUNCTION CALLS",
        "WRITE UNITS",
        "US$",
        "WAY",
    ];
    table(&heads, rows.collect())
}

/// Dollars a month as stores come, beside the reference's scan.
fn growth(
    asked: &Asked<'_>,
    (order, sweep): (&Usage, &Usage),
    prices: &Prices,
) -> Result<(Value, String), Failure> {
    let of_region = prices.of(asked.region)?;
    let sweeps = sweeps_a_day()?;
    let mut steps: Vec<f64> = [1.0, 10.0, 100.0, 1_000.0, 10_000.0]
        .into_iter()
        .filter(|stores| *stores < asked.stores)
        .collect();
    steps.push(asked.stores);
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for stores in steps {
        let orders = stores * asked.orders;
        let ours = orders * order.dollars(of_region) * DAYS_OF_A_MONTH;
        let sweeping = stores * sweeps * sweep.dollars(of_region) * DAYS_OF_A_MONTH;
        let scan =
            scan_units(orders, order.row_bytes, prices.assumed.retention_days) * DAYS_OF_A_MONTH;
        let scan = scan
            * of_region
                .get("dynamodbReadUnit")
                .map_or(0.0, |price| price.dollars);
        rows.push(vec![
            format!("{stores:.0}"),
            format!("{orders:.0}"),
            format!("{ours:.0}"),
            format!("{sweeping:.0}"),
            format!("{scan:.0}"),
        ]);
        values.push(json!({ "stores": stores, "ordersADay": orders, "orders": ours, "sweeps": sweeping, "scan": scan }));
    }
    let heads = [
        "STORES",
        "ORDERS A DAY",
        "ORDERS, US$ A MONTH",
        "SWEEPS BY INDEX",
        "REFERENCE'S SCAN",
    ];
    let text = format!(
        "{}\n\nThe reference (002 §7) scans the whole table of orders every 5 minutes; as written it stops after the first megabyte and \
         finds nothing behind it. Priced is the whole scan, with rows kept for {:.0} days.",
        table(&heads, rows),
        prices.assumed.retention_days
    );
    Ok((Value::Array(values), text))
}

/// Read units a day of the reference's scan.
fn scan_units(orders_a_day: f64, row_bytes: f64, retention_days: f64) -> f64 {
    let bytes = orders_a_day * retention_days * row_bytes;
    SCANS_A_DAY * bytes / READ_UNIT_BYTES * 0.5
}

/// How often a tenant is swept, as the manifest says.
fn sweeps_a_day() -> Result<f64, Failure> {
    let manifest: Value = serde_json::from_str(MANIFEST)
        .map_err(|error| Failure::new(format!("generated/manifest.json: {error}")))?;
    let minutes = manifest
        .pointer("/schedules/0/everyMinutes")
        .and_then(Value::as_f64);
    minutes.map(|minutes| 1_440.0 / minutes).ok_or_else(|| {
        Failure::new("generated/manifest.json has no schedule").help("comanda build")
    })
}

#[cfg(test)]
mod tests {
    use super::{
        Asked, BTreeMap, Demand, Prices, Usage, measure, quotas::load, scan_units, sweeps_a_day,
        swept,
    };

    #[test]
    fn a_pix_order_takes_eight_transitions_at_most_and_both_regions_have_a_price() {
        let prices = Prices::load().unwrap();
        let ways = measure(None, &prices).unwrap();
        let pix = ways.first().unwrap();
        assert!(pix.name.starts_with("PIX, confirmed"));
        let transitions = pix.lived.order.unit("standardTransition");
        assert!((5.0..=8.0).contains(&transitions), "{transitions}");
        assert!(
            pix.lived.order.unit("dynamodbWriteUnit") > 5.0,
            "{:?}",
            pix.lived.order
        );
        assert!(pix.lived.order.row_bytes > 500.0, "{:?}", pix.lived.order);
        assert!(
            pix.lived.order.task_successes >= 2.0,
            "paid and confirmed: {:?}",
            pix.lived.order
        );
        let dollars: BTreeMap<&str, f64> = ["sa-east-1", "us-east-1"]
            .into_iter()
            .map(|region| (region, pix.lived.order.dollars(prices.of(region).unwrap())))
            .collect();
        assert!(dollars["sa-east-1"] > dollars["us-east-1"], "{dollars:?}");
        assert!(dollars["us-east-1"] > transitions * 0.000_025);
        let refunded = ways.iter().find(|way| way.name.contains("silent")).unwrap();
        assert!(
            refunded.lived.order.executions >= 2.0,
            "the refund is an execution of its own"
        );
    }

    #[test]
    fn sweeps_cost_more_the_more_was_ordered_and_count_among_what_an_account_carries() {
        let prices = Prices::load().unwrap();
        let ways = measure(None, &prices).unwrap();
        let of_region = prices.of("sa-east-1").unwrap();
        let dollars = |orders| swept(&ways, orders, &prices).unwrap().dollars(of_region);
        assert!(
            dollars(1_000.0) > 1.5 * dollars(0.0),
            "{} {}",
            dollars(1_000.0),
            dollars(0.0)
        );
        // The second net must not cost what the first does, and takes nothing away.
        let sweep = swept(&ways, 1_000.0, &prices).unwrap();
        let pix = ways.first().unwrap();
        let of_orders = 1_000.0 * pix.lived.order.dollars(of_region);
        assert!(sweep.dollars(of_region) * sweeps_a_day().unwrap() < of_orders);
        assert!(
            sweep.units.values().all(|amount| *amount >= 0.0),
            "{sweep:?}"
        );
        assert!(sweep.function_seconds > 0.0, "{sweep:?}");
        let asked = Asked {
            orders: 1_000.0,
            stores: 1_000.0,
            mix: None,
            region: "sa-east-1",
        };
        let mut order = Usage::default();
        for way in &ways {
            order.add(&way.lived.order, way.share);
        }
        let sweep = swept(&ways, asked.orders, &prices).unwrap();
        let needed = |sweeps_a_second: f64, name: &str| {
            let quotas = prices.quotas(asked.region).unwrap();
            let demand = Demand {
                order: &order,
                sweep: &sweep,
                sweeps_a_second,
            };
            let load = load(demand, &asked, &prices, quotas);
            load.iter().find(|one| one.name == name).unwrap().amount
        };
        let transitions = "state transitions a second";
        assert!(needed(1.0, transitions) > needed(0.0, transitions) + 5.0);
        // Of most orders five reports, and three words that the POS has a customer; fifty-five orders a second.
        let events = needed(0.0, "messages a second of the events queue");
        assert!((300.0..450.0).contains(&events), "{events}");
    }

    #[test]
    fn a_scan_costs_what_there_is_to_read() {
        assert!(
            (scan_units(1_000.0, 2_048.0, 90.0) * 10.0 - scan_units(10_000.0, 2_048.0, 90.0)).abs()
                < 1.0
        );
        assert!(scan_units(1_000.0, 2_048.0, 30.0) < scan_units(1_000.0, 2_048.0, 90.0));
        // 90,000 rows of 2 KB are 45,000 units of 4 KB, half of them at a time, 288 times a day.
        assert!((scan_units(1_000.0, 2_048.0, 90.0) - 288.0 * 22_500.0).abs() < 1.0);
    }
}
