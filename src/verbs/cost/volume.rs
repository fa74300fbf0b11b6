//! What an order costs in all, way by way and as volume grows: our design, the reference's scan, and the account's quotas.

use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

use comanda_simulation::script::Script;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    prices::{Price, Prices, Quotas},
    usage::{self, Usage},
};
use crate::{failure::Failure, output::Output, verbs::table};

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

const DAYS_OF_A_MONTH: f64 = 30.0;
const SECONDS_OF_AN_HOUR: f64 = 3_600.0;
/// 002 §7: one scan of the whole table every five minutes.
const SCANS_A_DAY: f64 = 288.0;
/// `reconciliation`'s schedule for each tenant, as the manifest says it.
const MANIFEST: &str = include_str!("../../../generated/manifest.json");
/// Days of the provider's statement that each sweep reads again (tasks/src/reconciliation/statement.rs).
const DAYS_OF_A_SWEEP: f64 = 4.0;
const SECONDS_OF_A_DAY: f64 = 86_400.0;
/// The tenant of the world in which orders are lived through.
const TENANT: &str = "sabor-brasileiro";
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
    name: String,
    share: f64,
    pub(super) usage: Usage,
    /// What a sweep uses more for such an order in the days that it reads.
    swept: Usage,
}

/// Counts, prices and tells.
pub fn run(asked: &Asked<'_>, output: &Output) -> Result<ExitCode, Failure> {
    let prices = Prices::load()?;
    let of_region = prices.of(asked.region)?;
    let quotas = prices.quotas(asked.region)?;
    let ways = measure(asked.mix, &prices)?;
    let mut order = Usage::default();
    for way in &ways {
        order.add(&way.usage, way.share);
    }
    let sweep = swept(&ways, asked.orders, &prices)?;
    let growth = growth(asked, (&order, &sweep), &prices)?;
    let sweeps_a_second = asked.stores * sweeps_a_day()? / SECONDS_OF_A_DAY;
    let sweeps = (&sweep, sweeps_a_second);
    let load = load((&order, sweeps), asked, &prices, quotas);
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
        told_load(&load, asked.region),
        unchecked.join(", ")
    );
    let value = json!({
        "region": asked.region, "dollarsPerOrder": order.dollars(of_region), "usagePerOrder": order,
        "ways": ways.iter().map(|way| json!({ "name": way.name, "share": way.share, "usage": way.usage,
            "dollars": way.usage.dollars(of_region) })).collect::<Vec<_>>(),
        "growth": growth.0, "unchecked": unchecked, "breaksFirst": first.map(|one| one.name),
        "quotas": load.iter().map(|one| json!({ "name": one.name, "needed": one.amount, "allowed": one.limit,
            "breaksAtOrdersADay": one.breaks_at })).collect::<Vec<_>>(),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// A sweep of a tenant's books that had so many orders a day.
fn swept(ways: &[Measured], orders_a_day: f64, prices: &Prices) -> Result<Usage, Failure> {
    let mut sweep = usage::of_sweep(TENANT, &prices.assumed)
        .map_err(|error| Failure::new(error.to_string()))?;
    for way in ways {
        sweep.add(&way.swept, way.share * orders_a_day * DAYS_OF_A_SWEEP);
    }
    Ok(sweep)
}

fn told_ways(ways: &[Measured], prices: &BTreeMap<String, Price>) -> String {
    let rows = ways.iter().map(|way| {
        vec![
            format!("{:.0} %", way.share * 100.0),
            format!("{:.0}", way.usage.unit("standardTransition")),
            format!("{:.0}", way.usage.unit("lambdaRequest")),
            format!("{:.0}", way.usage.unit("dynamodbWriteUnit")),
            format!("{:.5}", way.usage.dollars(prices)),
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

fn told_load(load: &[Load], region: &str) -> String {
    let first = load.iter().find(|one| one.share > 1.0);
    let verdict = match first {
        Some(one) => format!(
            "One account in {} does not carry it: {} breaks first, at about {:.0} orders a day. More accounts (cells) share the load.",
            region, one.name, one.breaks_at
        ),
        None => format!("One account in {} carries it.", region),
    };
    let rows = load.iter().map(|one| {
        vec![
            one.name.to_owned(),
            format!("{:.1}", one.amount),
            format!("{:.0}", one.limit),
            format!("{:.0} %", one.share * 100.0),
            format!("{:.0}", one.breaks_at),
        ]
    });
    let heads = [
        "QUOTA, IN THE BUSIEST HOUR",
        "NEEDED",
        "ALLOWED",
        "USED",
        "BREAKS AT ORDERS A DAY",
    ];
    format!("{}\n\n{verdict}", table(&heads, rows.collect()))
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
        let usage = usage::of_order(&order, script.clone(), assumed).map_err(told)?;
        let both = usage::of_order_and_sweep((TENANT, &order), script, assumed);
        let empty = usage::of_sweep(TENANT, assumed).map_err(told)?;
        let mut swept = both.map_err(told)?;
        swept.add(&usage, -1.0);
        swept.add(&empty, -1.0);
        measured.push(Measured {
            name: way.name,
            share: way.share,
            usage,
            swept,
        });
    }
    Ok(measured)
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

struct Load {
    name: &'static str,
    amount: f64,
    limit: f64,
    share: f64,
    breaks_at: f64,
}

/// What the busiest hour needs of each quota, the scarcest first.
fn load(
    (order, (sweep, sweeps_a_second)): (&Usage, (&Usage, f64)),
    asked: &Asked<'_>,
    prices: &Prices,
    quotas: Quotas,
) -> Vec<Load> {
    let orders_a_day = asked.orders * asked.stores;
    let busiest = prices.assumed.share_of_a_day_in_its_busiest_hour / SECONDS_OF_AN_HOUR;
    let a_second = orders_a_day * busiest;
    let of_a_store = asked.orders * busiest;
    let both = |of: &dyn Fn(&Usage) -> f64| a_second * of(order) + sweeps_a_second * of(sweep);
    let mut all: Vec<Load> = [
        (
            "StartExecution a second",
            both(&|usage| usage.executions),
            quotas.start_execution,
        ),
        (
            "state transitions a second",
            both(&|usage| usage.unit("standardTransition")),
            quotas.transitions,
        ),
        (
            "SendTaskSuccess a second",
            a_second * order.task_successes,
            quotas.task_success,
        ),
        (
            "open executions",
            both(&|usage| usage.open_seconds),
            quotas.open_executions,
        ),
        (
            "functions at one time",
            both(&|usage| usage.function_seconds),
            quotas.lambda_concurrency,
        ),
        (
            "messages a second of one store's queue",
            of_a_store * order.store_messages,
            quotas.fifo_messages,
        ),
        (
            "messages a second of the events queue",
            a_second * order.events,
            quotas.events_messages,
        ),
    ]
    .into_iter()
    .map(|(name, amount, limit)| Load {
        name,
        amount,
        limit,
        share: amount / limit,
        breaks_at: if amount > 0.0 {
            orders_a_day * limit / amount
        } else {
            f64::INFINITY
        },
    })
    .collect();
    all.sort_by(|one, other| other.share.total_cmp(&one.share));
    all
}

#[cfg(test)]
mod tests {
    use super::{Asked, BTreeMap, Prices, Usage, load, measure, scan_units, swept};

    #[test]
    fn a_pix_order_takes_eight_transitions_at_most_and_both_regions_have_a_price() {
        let prices = Prices::load().unwrap();
        let ways = measure(None, &prices).unwrap();
        let pix = ways.first().unwrap();
        assert!(pix.name.starts_with("PIX, confirmed"));
        let transitions = pix.usage.unit("standardTransition");
        assert!((5.0..=8.0).contains(&transitions), "{transitions}");
        assert!(pix.usage.unit("dynamodbWriteUnit") > 5.0, "{:?}", pix.usage);
        assert!(pix.usage.row_bytes > 500.0, "{:?}", pix.usage);
        assert!(
            pix.usage.task_successes >= 2.0,
            "paid and confirmed: {:?}",
            pix.usage
        );
        let dollars: BTreeMap<&str, f64> = ["sa-east-1", "us-east-1"]
            .into_iter()
            .map(|region| (region, pix.usage.dollars(prices.of(region).unwrap())))
            .collect();
        assert!(dollars["sa-east-1"] > dollars["us-east-1"], "{dollars:?}");
        assert!(dollars["us-east-1"] > transitions * 0.000_025);
        let refunded = ways.iter().find(|way| way.name.contains("silent")).unwrap();
        assert!(
            refunded.usage.executions >= 2.0,
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
            dollars(200.0) > 2.0 * dollars(0.0),
            "{} {}",
            dollars(200.0),
            dollars(0.0)
        );
        let asked = Asked {
            orders: 1_000.0,
            stores: 1_000.0,
            mix: None,
            region: "sa-east-1",
        };
        let mut order = Usage::default();
        for way in &ways {
            order.add(&way.usage, way.share);
        }
        let sweep = swept(&ways, asked.orders, &prices).unwrap();
        let needed = |sweeps_a_second: f64, name: &str| {
            let quotas = prices.quotas(asked.region).unwrap();
            let load = load((&order, (&sweep, sweeps_a_second)), &asked, &prices, quotas);
            load.iter().find(|one| one.name == name).unwrap().amount
        };
        let transitions = "state transitions a second";
        assert!(needed(1.0, transitions) > needed(0.0, transitions) + 5.0);
        // Five reports of most orders, fifty-five orders a second.
        let events = needed(0.0, "messages a second of the events queue");
        assert!((100.0..300.0).contains(&events), "{events}");
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
