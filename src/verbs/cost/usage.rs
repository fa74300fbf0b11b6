//! What one order uses of AWS, counted while it is lived through: the real workflows and handlers in virtual time, with somebody
//! between who counts each call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use comanda_simulation::{
    script::Script,
    world::{World, WorldError},
};
use comanda_tasks::ports::{
    Change,
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
                count.writes += writes
                    .iter()
                    .map(|write| each * kilobytes(&write.change))
                    .sum::<f64>();
            }
            Call::Send(_) => count.sent += 1.0,
            Call::Message(_) => count.messages += 1.0,
            Call::Provider(ProviderCall::CreateCharge) => count.charges += 1.0,
            _ => {}
        }
        Fate::Proceed
    }
}

/// Units of a write: begun kilobytes.
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
    measured(script, assumed, |world| {
        world.place(order)?;
        Ok(())
    })
}

/// Sweeps a tenant's books once and counts.
pub fn of_sweep(tenant: &str, assumed: &Assumed) -> Result<Usage, WorldError> {
    measured(Script::default(), assumed, |world| {
        let input = serde_json::json!({ "clientId": tenant });
        Ok(world.start("reconciliation", "sweep", input)?)
    })
}

fn measured(
    script: Script,
    assumed: &Assumed,
    begin: impl FnOnce(&mut World) -> Result<(), WorldError>,
) -> Result<Usage, WorldError> {
    let mut world = World::new(script, 1)?;
    let counter = Arc::new(Counter::default());
    world.watch(counter.clone());
    begin(&mut world)?;
    world.run()?;
    let count = std::mem::take(&mut *counter.0.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(usage(&world, &count, assumed))
}

fn usage(world: &World, count: &Count, assumed: &Assumed) -> Usage {
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
            invocations += named("TaskStarted");
            if execution.start().kind == comanda_asl::WorkflowKind::Express {
                express.0 += 1.0;
                express.1 += seconds;
            } else {
                usage.executions += 1.0;
                usage.open_seconds += seconds;
                // Whoever ends a wait calls: we, or the store's POS by itself.
                usage.task_successes += named("TaskSubmitted") - named("TaskTimedOut");
                *usage
                    .units
                    .entry("standardTransition".into())
                    .or_insert(0.0) += named("StateEntered");
            }
        }
    }
    // What others call us with: the order itself, the channel's reports, the provider's webhooks.
    let requests = 1.0
        + count.messages * assumed.callbacks_for_each_message
        + count.charges * assumed.webhooks_for_each_charge;
    invocations += requests;
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
    let gigabytes = |megabytes: f64| megabytes / 1024.0;
    let mut unit = |name: &str, amount: f64| {
        usage.units.insert(name.to_owned(), amount);
    };
    unit("lambdaRequest", invocations);
    unit("httpApiRequest", requests);
    unit("dynamodbReadUnit", count.reads);
    unit("dynamodbWriteUnit", count.writes);
    // Sent, received and deleted.
    unit("sqsFifoRequest", 3.0 * count.sent);
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
