//! What one order uses of AWS, counted while it is lived through: the real workflows and handlers in virtual time, with somebody
//! between who counts each call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use comanda_domain::tables::{Item, Table};
use comanda_engine::{Details, HistoryEvent};
use comanda_simulation::{
    script::Script,
    world::{World, WorldError},
};
use comanda_tasks::ports::{
    Change, Write,
    intercept::{Call, Fate, Interceptor, ProviderCall},
};
use jiff::SignedDuration;
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

/// How histories name a call of one of our functions, as against a queue or an execution that is started.
const FUNCTION: &str = "lambda";

/// Calls by party, and units of the tables.
#[derive(Debug, Default, Clone)]
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

impl Counter {
    fn so_far(&self) -> Count {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

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

/// What an order uses in its life, and afterwards.
pub struct Lived {
    /// The order itself.
    pub order: Usage,
    /// What the first sweep that meets it uses more, which enters its fees.
    pub first_sweep: Usage,
    /// What each sweep uses more that still reads it, a day later, and finds nothing.
    pub later_sweep: Usage,
}

/// Lives one order through, sweeps its tenant's books then and a day later, and counts each.
pub fn of_order_and_sweeps(
    (tenant, order): (&str, &Value),
    script: Script,
    assumed: &Assumed,
) -> Result<Lived, WorldError> {
    let (mut world, counter) = watched(script)?;
    world.place(order)?;
    world.run()?;
    world.acknowledge_customers();
    world.run()?;
    let order = usage(&world, &counter.so_far(), assumed, 1.0);
    let [first, later] = two_sweeps((&mut world, &counter), (tenant, &order), assumed)?;
    let [empty_first, empty_later] = of_empty_sweeps(tenant, assumed)?;
    Ok(Lived {
        order,
        first_sweep: less(&first, &empty_first),
        later_sweep: less(&later, &empty_later),
    })
}

/// Sweeps a tenant's empty books, and a day later again, and counts each: the first keeps how far it came.
pub fn of_empty_sweeps(tenant: &str, assumed: &Assumed) -> Result<[Usage; 2], WorldError> {
    let (mut world, counter) = watched(Script::default())?;
    let nothing = Usage::default();
    two_sweeps((&mut world, &counter), (tenant, &nothing), assumed)
}

fn two_sweeps(
    (world, counter): (&mut World, &Counter),
    (tenant, before): (&str, &Usage),
    assumed: &Assumed,
) -> Result<[Usage; 2], WorldError> {
    let orders = f64::from(u8::from(world.order().is_some()));
    let so_far = |world: &World| usage(world, &counter.so_far(), assumed, orders);
    sweep(world, (tenant, "first"))?;
    let first = so_far(world);
    world.pass(SignedDuration::from_hours(24))?;
    sweep(world, (tenant, "later"))?;
    Ok([less(&first, before), less(&so_far(world), &first)])
}

/// What one uses more than another.
fn less(usage: &Usage, other: &Usage) -> Usage {
    let mut more = usage.clone();
    more.add(other, -1.0);
    more
}

fn watched(script: Script) -> Result<(World, Arc<Counter>), WorldError> {
    let mut world = World::new(script, 1)?;
    let counter = Arc::new(Counter::default());
    world.watch(counter.clone());
    Ok((world, counter))
}

fn sweep(world: &mut World, (tenant, name): (&str, &str)) -> Result<(), WorldError> {
    let input = serde_json::json!({ "clientId": tenant });
    world.start("reconciliation", name, input)?;
    world.run()
}

/// What the events of one execution say.
#[derive(Default)]
struct Told {
    /// Functions that were called.
    invocations: f64,
    /// Waits for a token of ours that began, less those that ran out.
    token_waits: f64,
    /// States that were entered.
    transitions: f64,
    seconds: f64,
}

impl Told {
    fn of(history: &[HistoryEvent]) -> Self {
        let mut told = Self::default();
        for event in history {
            match &event.details {
                Some(Details::StateEnteredEventDetails(_)) => told.transitions += 1.0,
                Some(Details::TaskStartedEventDetails(task))
                    if &*task.resource_type == FUNCTION =>
                {
                    told.invocations += 1.0;
                }
                Some(Details::TaskSubmittedEventDetails(task))
                    if &*task.resource_type == FUNCTION =>
                {
                    told.token_waits += 1.0;
                }
                Some(Details::TaskTimedOutEventDetails(task))
                    if &*task.resource_type == FUNCTION =>
                {
                    told.token_waits -= 1.0;
                }
                _ => {}
            }
        }
        if let (Some(first), Some(last)) = (history.first(), history.last()) {
            let open = last.timestamp.duration_since(first.timestamp);
            told.seconds = open.as_secs_f64();
        }
        told
    }
}

fn usage(world: &World, count: &Count, assumed: &Assumed, placed: f64) -> Usage {
    let mut usage = Usage::default();
    let mut invocations = 0.0;
    let mut express = (0.0, 0.0);
    {
        let time = world.time();
        for execution in time.executions() {
            let told = Told::of(time.history(&execution.start().execution_arn));
            invocations += told.invocations;
            if execution.start().kind == comanda_asl::WorkflowKind::Express {
                express.0 += 1.0;
                express.1 += told.seconds;
            } else {
                usage.executions += 1.0;
                usage.open_seconds += told.seconds;
                // Whoever ends a wait calls: we, or the store's POS by itself.
                usage.task_successes += told.token_waits;
                let transitions = "standardTransition".to_owned();
                *usage.units.entry(transitions).or_insert(0.0) += told.transitions;
            }
        }
    }
    // What others call us with: the order itself, the channel's reports, the provider's webhooks.
    let requests = placed
        + count.messages * assumed.callbacks_for_each_message
        + count.charges * assumed.webhooks_for_each_charge;
    usage.events = f64::from(world.events_delivered());
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
