//! A world in bad weather: many orders of several tenants at once, through the real workflows, handlers, webhooks and
//! queues, while calls are lost, processes die and everybody else is late, silent, or says things twice.
//!
//! One seed decides all of it. Auditors look after every event, and again when the weather has cleared and everything has
//! come to rest. The providers' rules are our reading of their documents; each is cited where it is played.

mod asaas;
mod audit;
mod chance;
mod channel;
mod clockwork;
mod customers;
mod doings;
mod jobs;
mod network;
mod paying;
mod pos;
#[cfg(feature = "planted-faults")]
mod saboteur;
mod setting;
mod store;
mod tenants;
mod trace;
mod weather;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use comanda_domain::ids::OrderId;
use comanda_engine::virtual_time::{TaskCall, VirtualTime};
use comanda_tasks::{ports::Ports, registry, testing};
use jiff::Timestamp;

pub use audit::{End, Violation};
pub use comanda_domain::planted::Fault;
pub use setting::{Outcome, Setting, StormError};
pub use trace::Line;
pub use weather::{Accident, UnknownAccident};

use self::{
    asaas::Asaas,
    audit::Auditor,
    channel::ChannelCalls,
    customers::Customer,
    doings::Doing,
    jobs::{Caller, Ended, Jobs},
    network::{Job, Network},
    pos::Kitchens,
    store::WatchedStore,
    tenants::Tenant,
    trace::Trace,
    weather::Weather,
};
use crate::world::{SharedTime, deploy, executor, lock, workflows::EngineWorkflows};

/// When every world begins: a Saturday evening in São Paulo.
const START: &str = "2026-03-07T22:00:00Z";
/// For so long there are accidents; then the weather clears and everything must come right.
const STORM_SECONDS: i64 = 4 * 3_600;
/// More steps than a world of many orders needs; one that needs more goes round in circles.
const STEPS_PER_ORDER: u64 = 20_000;

/// Lives one world to its end.
pub fn live(setting: &Setting) -> Result<Outcome, StormError> {
    #[cfg(feature = "planted-faults")]
    comanda_domain::planted::plant(setting.planted);
    let mut storm = Storm::new(setting)?;
    storm.run();
    #[cfg(feature = "planted-faults")]
    comanda_domain::planted::plant(None);
    Ok(storm.outcome())
}

/// One customer and what came of it so far.
struct Life {
    customer: Customer,
    /// The ids that placing it was answered with; more than one is a fault.
    answered: BTreeSet<OrderId>,
    /// Attempts of this order's tasks and events, so that each is a job of its own name.
    attempts: BTreeMap<String, u32>,
    /// Charges seen so far.
    charges: usize,
}

/// The world.
struct Storm {
    setting: Setting,
    outside: testing::World,
    store: Arc<WatchedStore>,
    ports: Ports,
    time: SharedTime,
    network: Arc<Network>,
    tenants: Vec<Tenant>,
    lives: Vec<Life>,
    by_order: BTreeMap<OrderId, usize>,
    jobs: Jobs,
    agenda: BTreeMap<(Timestamp, u64), Doing>,
    planned: u64,
    asaas: Asaas,
    kitchens: Kitchens,
    channel: ChannelCalls,
    auditor: Auditor,
    cleared: bool,
}

impl Storm {
    fn new(setting: &Setting) -> Result<Self, StormError> {
        let start: Timestamp = START
            .parse()
            .map_err(|error: jiff::Error| StormError::new("the start", &error))?;
        let seed = setting.seed;
        let weather = Weather::of(seed, &setting.accidents);
        let outside = testing::World::new(start, seed);
        outside
            .provider
            .set_fee(comanda_domain::money::Money::from_centavos(
                weather.fee_centavos,
            ));
        let time: SharedTime = Arc::new(Mutex::new(VirtualTime::new(start, seed)));
        deploy::deploy(&mut lock(&time))?;
        let tenants: Result<Vec<Tenant>, StormError> = (0..setting.tenants.max(1))
            .map(|number| Tenant::of(seed, number))
            .collect();
        let tenants = tenants?;
        for tenant in &tenants {
            tenant.seed(&outside)?;
        }
        let store = Arc::new(WatchedStore::new(
            outside.store.clone(),
            outside.clock.clone(),
            weather.index_lag_milliseconds,
        ));
        let mut ports = outside.ports();
        ports.store = store.clone();
        ports.workflows = Arc::new(EngineWorkflows::new(time.clone()));
        let network = Arc::new(Network {
            seed,
            weather,
            clock: outside.clock.clone(),
            trace: Arc::new(Trace::new(setting.tells)),
            only: setting.only_accidents.clone(),
            clear: AtomicBool::new(false),
            restless: AtomicBool::new(false),
            alarms: Mutex::default(),
            happened: Mutex::default(),
            unlucky: Mutex::default(),
            trespasses: Mutex::default(),
        });
        let lives = (0..setting.orders).map(|number| Life {
            customer: Customer::of(seed, number, &tenants),
            answered: BTreeSet::new(),
            attempts: BTreeMap::new(),
            charges: 0,
        });
        let lives: Vec<Life> = lives.collect();
        let mut storm = Self {
            setting: setting.clone(),
            auditor: Auditor::default(),
            outside,
            store,
            ports,
            time,
            network,
            tenants,
            lives,
            by_order: BTreeMap::new(),
            jobs: Jobs::default(),
            agenda: BTreeMap::new(),
            planned: 0,
            asaas: Asaas::default(),
            kitchens: Kitchens::default(),
            channel: ChannelCalls::default(),
            cleared: false,
        };
        storm.plan_customers();
        storm.plan(STORM_SECONDS, Doing::Clear);
        Ok(storm)
    }

    fn run(&mut self) {
        let orders = u64::try_from(self.setting.orders).unwrap_or(1).max(1);
        for _ in 0..STEPS_PER_ORDER.saturating_mul(orders) {
            self.settle();
            if !self.auditor.violations.is_empty() {
                return;
            }
            if !self.advance() {
                self.audit_end();
                return;
            }
        }
        self.auditor.found(
            "W7",
            "the world",
            "it goes round in circles and never comes to rest",
        );
    }

    fn outcome(self) -> Outcome {
        Outcome {
            ends: self.ends(),
            violations: self.auditor.violations,
            accidents: std::mem::take(&mut lock(&self.network.happened)),
            digest: self.network.trace.digest(),
            lines: self.network.trace.lines(),
        }
    }

    fn now(&self) -> Timestamp {
        lock(&self.time).now()
    }

    /// Lets everything happen that needs no time.
    fn settle(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            while let Some(call) = self.next_call() {
                self.answer(call);
                moved = true;
            }
            self.network.restless.store(false, Ordering::Relaxed);
            for (caller, ended) in self.jobs.poll() {
                moved = true;
                self.job_ended(caller, ended);
            }
            moved |= self.network.restless.load(Ordering::Relaxed);
            self.observe();
        }
    }

    fn next_call(&self) -> Option<TaskCall> {
        lock(&self.time).next_call()
    }

    /// Begins to answer a task of an execution, as a Lambda function would.
    fn answer(&mut self, call: TaskCall) {
        let awaits_token = executor::awaits_token(&call);
        let Some(invocation) = executor::invocation(&call) else {
            let what = call.request.resource.to_string();
            self.auditor
                .found("W10", "the world", &format!("nobody answers {what}"));
            return;
        };
        let text = |pointer: &str| {
            invocation
                .input
                .pointer(pointer)
                .and_then(serde_json::Value::as_str)
        };
        let tenant = text("/clientId")
            .or_else(|| text("/order/clientId"))
            .or_else(|| text("/talk/clientId"))
            .unwrap_or_default()
            .to_owned();
        let order = text("/orderId")
            .or_else(|| text("/order/orderId"))
            .unwrap_or_default()
            .to_owned();
        let name = self.job_name(&order, &invocation.task);
        let job = Job::new(&self.network, name, &tenant);
        let ports = job.ports(&self.ports);
        let caller = Caller::Task {
            task: call.task,
            awaits_token,
        };
        self.jobs.spawn(caller, job, async move {
            Ended::Task(registry::invoke(&ports, invocation).await)
        });
    }

    /// A name that is the same however many other orders there are: `order 2: AcceptOrder, try 1`.
    fn job_name(&mut self, order: &str, what: &str) -> String {
        let index = OrderId::new(order).ok().and_then(|id| self.life_of(&id));
        match index {
            Some(index) => self.job_name_of(index, what),
            None => format!("{what} of nobody"),
        }
    }

    fn job_name_of(&mut self, index: usize, what: &str) -> String {
        let attempt = self.lives.get_mut(index).map_or(0, |life| {
            let attempt = life.attempts.entry(what.to_owned()).or_insert(0);
            *attempt += 1;
            *attempt
        });
        format!("order {}: {what}, try {attempt}", index + 1)
    }

    /// Which customer's order it is: by its checkout, which the world made.
    fn life_of(&mut self, id: &OrderId) -> Option<usize> {
        if let Some(index) = self.by_order.get(id) {
            return Some(*index);
        }
        let index = self.auditor.checkout_of(id)?;
        self.by_order.insert(id.clone(), index);
        Some(index)
    }

    fn job_ended(&mut self, caller: Caller, ended: Ended) {
        match (caller, ended) {
            (Caller::Task { task, awaits_token }, Ended::Task(result)) => {
                if let Err(error) = &result
                    && error.error_message.contains(customers::ADDRESSES)
                {
                    self.auditor
                        .found("C5", "an error", "it names a customer's address");
                }
                executor::complete(&self.time, &task, awaits_token, result);
            }
            (Caller::Task { task, awaits_token }, _) => {
                // What Step Functions says of a function that died (Lambda.Unknown).
                let died = registry::InvocationError {
                    error_type: "Lambda.Unknown".to_owned(),
                    error_message: "the process exited".to_owned(),
                };
                executor::complete(&self.time, &task, awaits_token, Err(died));
            }
            (
                Caller::Place {
                    order,
                    attempt,
                    another,
                },
                ended,
            ) => {
                self.placed((order, attempt, another), ended);
            }
            (
                Caller::Wish {
                    order,
                    attempt,
                    wish,
                },
                ended,
            ) => {
                self.wished((order, attempt, wish), &ended);
            }
            (Caller::Hook { lane }, ended) => self.hook_answered(lane, &ended),
            (Caller::Event { order }, ended) => self.event_taken(order, &ended),
            (Caller::Channel { call, attempt }, ended) => {
                self.channel_answered(call, attempt, &ended)
            }
        }
    }

    /// Looks at what changed outside, lets the parties react, and lets the auditors look at all of it.
    fn observe(&mut self) {
        let changes = self.store.changes();
        self.auditor.rows(&changes);
        for trespass in std::mem::take(&mut *lock(&self.network.trespasses)) {
            self.auditor.found("T2", "another tenant's row", &trespass);
        }
        self.tell_statuses();
        self.watch_provider();
        self.watch_queues();
        self.watch_channel();
        let mut ended = lock(&self.time).next_ended();
        while let Some(arn) = ended {
            self.network.trace.mark(chance::hash(arn.as_bytes()));
            ended = lock(&self.time).next_ended();
        }
    }
}
