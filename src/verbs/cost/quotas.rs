//! What the busiest hour needs of the account's quotas, and which of them breaks first as orders grow.

use super::{
    prices::{Prices, Quotas},
    usage::Usage,
    volume::Asked,
};
use crate::verbs::table;

const SECONDS_OF_AN_HOUR: f64 = 3_600.0;

/// What everybody's orders and sweeps use.
#[derive(Clone, Copy)]
pub struct Demand<'a> {
    /// One order, in the mean.
    pub order: &'a Usage,
    /// One sweep of a tenant's books.
    pub sweep: &'a Usage,
    /// Sweeps of all tenants.
    pub sweeps_a_second: f64,
}

/// One quota, and what is needed of it.
pub struct Load {
    /// Which.
    pub name: &'static str,
    /// What is needed.
    pub amount: f64,
    /// What the account has.
    pub limit: f64,
    /// The one by the other.
    pub share: f64,
    /// At so many orders a day all of it is needed.
    pub breaks_at: f64,
}

/// What the busiest hour needs of each quota, the scarcest first.
pub fn load(demand: Demand<'_>, asked: &Asked<'_>, prices: &Prices, quotas: Quotas) -> Vec<Load> {
    let Demand {
        order,
        sweep,
        sweeps_a_second,
    } = demand;
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

/// All of them as a table, with what follows.
pub fn told(load: &[Load], region: &str) -> String {
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
