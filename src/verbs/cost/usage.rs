//! What one order uses of AWS, counted while it is lived through: the real workflows and handlers in virtual time, with somebody
//! between who counts each call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use comanda_domain::tables::{Item, Table};
use comanda_engine::{EventType, HistoryEvent};
use comanda_simulation::{
    script::Script,
    world::{World, WorldError},
};
use comanda_tasks::ports::{
    Change, Write,
    intercept::{Call, Fate, Interceptor, ProviderCall},
};
use serde_json::Value;

use super::prices::{Assumed, Price};

/// What is used, by the names of `prices.json`; and what quotas ask for.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Units that are paid for.
    pub units: BTreeMap<String, f64>,
    /// Standard executions.
    pub executions: f64,
    /// Waits that are ended by their token.
    pub task_successes: f64,
    /// Seconds in which a function runs.
    pub function_seconds: f64,
    /// Messages to the store.
    pub store_messages: f64,
    /// Messages of the store's POS, which come by the events queue that all stores share.
    pub events: f64,
    /// Seconds in which Standard executions are open.
    pub open_seconds: f64,
    /// Bytes of the order's row.
    pub row_bytes: f64,
}

impl Usage {
    /// One unit's amount.
    pub fn unit(&self, name: &str) -> f64 {
        self.units.get(name).copied().unwrap_or(0.0)
    }

    /// So much of this, added.
    pub fn add(&mut self, other: &Self, share: f64) {
        for (name, amount) in &other.units {
            *self.units.entry(name.clone()).or_insert(0.0) += amount * share;
        }
        self.executions += other.executions * share;
        self.task_successes += other.task_successes * share;
        self.function_seconds += other.function_seconds * share;
        self.store_messages += other.store_messages * share;
        self.events += other.events * share;
        self.open_seconds += other.open_seconds * share;
        self.row_bytes += other.row_bytes * share;
    }

    /// Its price.
    pub fn dollars(&self, prices: &BTreeMap<String, Price>) -> f64 {
        let priced = self.units.iter();
        priced
            .filter_map(|(name, amount)| Some(amount * prices.get(name)?.dollars))
            .sum()
    }
}

/// Calls by party, and units of the tables.
#[derive(Debug, Default)]
struct Count {
    calls: BTreeMap<&'static str, f64>,
    reads: f64,
    writes: f64,
    sent: f64,
    messages: f64,
    charges: f64,
}

#[derive(Default)]
struct Counter(Mutex<Count>);

impl Interceptor for Counter {
    fn fate(&self, call: &Call<'_>) -> Fate {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *count.calls.entry(call.party()).or_insert(0.0) += 1.0;
        match call {
            // Strongly consistent, and no row of ours is beyond 4 KB.
            Call::Get(..) => count.reads += 1.0,
            Call::Query(_) => count.reads += 0.5,
            Call::Write(writes) => {
                // A transaction writes twice: it prepares and commits.
                let each = if writes.len() > 1 { 2.0 } else { 1.0 };
                count.writes += writes.iter().map(|write| units(write, each)).sum::<f64>();
            }
            Call::Send(_) => count.sent += 1.0,
            Call::Message(_) => count.messages += 1.0,
            Call::Provider(ProviderCall::CreateCharge) => count.charges += 1.0,
            _ => {}
        }
        Fate::Proceed
    }
}

/// Units of a write: its row `each` times, and as much again, once, for each index that has the row: all of it is in all of
/// them. What a delete takes out of indexes is not known here, and a row that stays is written over.
fn units(write: &Write, each: f64) -> f64 {
    let indexes = match &write.change {
        Change::Put(item) => indexes_with(write.table, item),
        Change::Delete | Change::Check => 0.0,
    };
    kilobytes(&write.change) * (each + indexes)
}

fn indexes_with(table: &Table, item: &Item) -> f64 {
    let has = |name: &str| item.contains_key(name);
    let indexes = table.indexes.iter();
    let with = indexes.filter(|index| has(index.partition_key) && index.sort_key.is_none_or(has));
    f64::from(u32::try_from(with.count()).unwrap_or(u32::MAX))
}

/// Begun kilobytes of a row.
fn kilobytes(change: &Change) -> f64 {
    match change {
        Change::Put(item) => f64::from(
            u32::try_from(length(&Value::Object(item.clone())).div_ceil(1024)).unwrap_or(u32::MAX),
        ),
        Change::Delete | Change::Check => 1.0,
    }
}

fn length(value: &Value) -> usize {
    value.to_string().len()
}

/// Lives one order through and counts.
pub fn of_order(order: &Value, script: Script, assumed: &Assumed) -> Result<Usage, WorldError> {
    measured(script, assumed, 1.0, |world| {
        world.place(order)?;
        world.run()
    })
}

/// Sweeps a tenant's empty books once and counts.
pub fn of_sweep(tenant: &str, assumed: &Assumed) -> Result<Usage, WorldError> {
    measured(Script::default(), assumed, 0.0, |world| {
        sweep(world, tenant)
    })
}

/// Lives one order through, sweeps its tenant's books afterwards, and counts both.
pub fn of_order_and_sweep(
    (tenant, order): (&str, &Value),
    script: Script,
    assumed: &Assumed,
) -> Result<Usage, WorldError> {
    measured(script, assumed, 1.0, |world| {
        world.place(order)?;
        world.run()?;
        sweep(world, tenant)
    })
}

fn sweep(world: &mut World, tenant: &str) -> Result<(), WorldError> {
    let input = serde_json::json!({ "clientId": tenant });
    world.start("reconciliation", "sweep", input)?;
    world.run()
}

fn measured(
    script: Script,
    assumed: &Assumed,
    placed: f64,
    live: impl FnOnce(&mut World) -> Result<(), WorldError>,
) -> Result<Usage, WorldError> {
    let mut world = World::new(script, 1)?;
    let counter = Arc::new(Counter::default());
    world.watch(counter.clone());
    live(&mut world)?;
    let count = std::mem::take(&mut *counter.0.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(usage(&world, &count, assumed, placed))
}

/// How many events of a kind are about our functions, and not about an execution that is started or a queue.
fn of_functions(history: &[HistoryEvent], kind: EventType) -> f64 {
    let name = format!("{kind:?}");
    let name = name.trim_start_matches("Task");
    let member = format!("/task{name}EventDetails/resourceType");
    let is_one = |event: &&HistoryEvent| {
        let event = serde_json::to_value(event).unwrap_or_default();
        event.pointer(&member).and_then(Value::as_str) == Some("lambda")
    };
    let events = history.iter().filter(|event| event.event_type == kind);
    f64::from(u32::try_from(events.filter(is_one).count()).unwrap_or(u32::MAX))
}

fn usage(world: &World, count: &Count, assumed: &Assumed, placed: f64) -> Usage {
    let mut usage = Usage::default();
    let mut invocations = 0.0;
    let mut express = (0.0, 0.0);
    {
        let time = world.time();
        for execution in time.executions() {
            let history = time.history(&execution.start().execution_arn);
            let named = |end: &str| {
                let events = history
                    .iter()
                    .map(|event| format!("{:?}", event.event_type));
                #[expect(clippy::cast_precision_loss, reason = "events of one execution")]
                let count = events.filter(|name| name.ends_with(end)).count() as f64;
                count
            };
            let seconds = match (history.first(), history.last()) {
                (Some(first), Some(last)) => {
                    last.timestamp.duration_since(first.timestamp).as_secs_f64()
                }
                _ => 0.0,
            };
            invocations += of_functions(history, EventType::TaskStarted);
            if execution.start().kind == comanda_asl::WorkflowKind::Express {
                express.0 += 1.0;
                express.1 += seconds;
            } else {
                usage.executions += 1.0;
                usage.open_seconds += seconds;
                // Whoever ends a wait calls: we, or the store's POS by itself.
                usage.task_successes += of_functions(history, EventType::TaskSubmitted)
                    - of_functions(history, EventType::TaskTimedOut);
                *usage
                    .units
                    .entry("standardTransition".into())
                    .or_insert(0.0) += named("StateEntered");
            }
        }
    }
    // What others call us with: the order itself, the channel's reports, the provider's webhooks.
    let requests = placed
        + count.messages * assumed.callbacks_for_each_message
        + count.charges * assumed.webhooks_for_each_charge;
    // A status report is a message of the store's POS, and begins one Express execution.
    usage.events = express.0;
    invocations += requests + usage.events;
    let waited: f64 = count
        .calls
        .iter()
        .map(|(party, calls)| {
            calls
                * assumed
                    .call_milliseconds
                    .get(*party)
                    .copied()
                    .unwrap_or(0.0)
        })
        .sum();
    usage.function_seconds = (waited + invocations * assumed.lambda_own_milliseconds) / 1000.0;
    usage.store_messages = count.sent;
    usage.row_bytes = world.order().map_or(0.0, |order| {
        let row = comanda_domain::tables::to_item(&order).map(Value::Object);
        row.map_or(0.0, |row| {
            f64::from(u32::try_from(length(&row)).unwrap_or(u32::MAX))
        })
    });
    let events = usage.events;
    let gigabytes = |megabytes: f64| megabytes / 1024.0;
    let mut unit = |name: &str, amount: f64| {
        usage.units.insert(name.to_owned(), amount);
    };
    unit("lambdaRequest", invocations);
    unit("httpApiRequest", requests);
    unit("dynamodbReadUnit", count.reads);
    unit("dynamodbWriteUnit", count.writes);
    // Sent, received and deleted.
    unit("sqsFifoRequest", 3.0 * (count.sent + events));
    unit("expressRequest", express.0);
    unit(
        "expressGigabyteSecond",
        gigabytes(assumed.express_memory_megabytes) * express.1.max(express.0 * 0.1),
    );
    let seconds = usage.function_seconds;
    usage.units.insert(
        "lambdaGigabyteSecond".to_owned(),
        gigabytes(assumed.lambda_memory_megabytes) * seconds,
    );
    usage
}

#[cfg(test)]
mod tests {
    use comanda_domain::{
        ids::{ClientId, OrderId},
        order::Order,
        tables::ORDERS,
    };
    use comanda_tasks::ports::{Change, Condition, Write};
    use serde_json::json;

    use super::units;

    /// Every index has all of a row, so a row of one kilobyte in eight indexes is nine units, and in a transaction ten: what
    /// follows in indexes is no part of it.
    #[test]
    fn a_row_is_written_into_its_indexes_too() {
        let put = |item: serde_json::Value| Write {
            table: &ORDERS,
            key: Order::key_of(&ClientId::new("a").unwrap(), &OrderId::new("b").unwrap()),
            condition: Condition::None,
            change: Change::Put(item.as_object().unwrap().clone()),
        };
        let mut row = serde_json::Map::new();
        for index in ORDERS.indexes {
            for name in [Some(index.partition_key), index.sort_key]
                .into_iter()
                .flatten()
            {
                row.insert(name.to_owned(), json!("x"));
            }
        }
        let indexes = f64::from(u32::try_from(ORDERS.indexes.len()).unwrap());
        assert!(indexes >= 8.0);
        let whole = put(json!(row));
        assert!((units(&whole, 1.0) - (1.0 + indexes)).abs() < 0.01);
        assert!((units(&whole, 2.0) - (2.0 + indexes)).abs() < 0.01);
        assert!((units(&put(json!({"orderId": "x"})), 1.0) - 1.0).abs() < 0.01);
    }
}
