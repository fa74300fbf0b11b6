//! A world in bad weather: many orders of several tenants at once, through the real workflows, handlers, webhooks and
//! queues, while calls are lost, processes die and everybody else is late, silent, or says things twice.
//!
//! One seed decides all of it. Auditors look after every event, and again when the weather has cleared and everything has
//! come to rest. The providers' rules are our reading of their documents; each is cited where it is played: `providers §1.8` is
//! that section of docs/providers.md, which says where the rule is from and how well it is known.

mod asaas;
mod audit;
pub(crate) mod chance;
pub(crate) mod channel;
mod clockwork;
pub(crate) mod customers;
mod delays;
mod doings;
pub(crate) mod jobs;
mod life;
pub(crate) mod limits;
pub(crate) mod network;
mod paying;
mod placing;
mod pos;
mod posting;
#[cfg(feature = "planted-faults")]
mod saboteur;
mod setting;
mod standstill;
pub(crate) mod store;
mod sweeping;
pub(crate) mod tenants;
pub(crate) mod trace;
pub(crate) mod tries;
pub(crate) mod weather;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, atomic::Ordering},
};

use comanda_domain::ids::OrderId;
use comanda_engine::virtual_time::{TaskCall, VirtualTime};
use comanda_tasks::{ports::Ports, testing};
use jiff::Timestamp;
use serde_json::Value;

#[cfg(feature = "explore")]
pub(crate) use self::store::RowChange;
pub(crate) use self::store::WatchedStore;
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
    life::Life,
    network::{Job, Network},
    pos::Kitchens,
    sweeping::Sweeps,
    tenants::Tenant,
    tries::Tries,
    weather::Weather,
};
use crate::world::{SharedTime, deploy, executor, lock, workflows::EngineWorkflows};

/// For so long there are accidents; then the weather clears and everything must come right.
const STORM_SECONDS: i64 = 4 * 3_600;
/// More steps than a world of many orders needs; one that needs more goes round in circles.
const STEPS_PER_ORDER: u64 = 20_000;

/// Where an input names its tenant.
const TENANT_AT: [&str; 3] = ["/clientId", "/order/clientId", "/talk/clientId"];

fn text_at<'a>(input: &'a Value, pointer: &str) -> Option<&'a str> {
    input.pointer(pointer).and_then(Value::as_str)
}

/// Lives one world to its end.
pub fn live(setting: &Setting) -> Result<Outcome, StormError> {
    #[cfg(feature = "planted-faults")]
    comanda_domain::planted::plant(setting.planted.map(Into::into));
    let mut storm = Storm::new(setting)?;
    storm.run();
    #[cfg(feature = "planted-faults")]
    comanda_domain::planted::plant(None);
    Ok(storm.outcome())
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
    /// The first customer of each talk.
    by_talk: BTreeMap<String, usize>,
    jobs: Jobs<Caller>,
    tries: Tries,
    agenda: BTreeMap<(Timestamp, u64), Doing>,
    planned: u64,
    asaas: Asaas,
    kitchens: Kitchens,
    channel: ChannelCalls,
    /// What arrived at each address of a customer.
    phones: BTreeMap<String, Vec<String>>,
    sweeps: Sweeps,
    auditor: Auditor,
    cleared: bool,
    /// How every wish ended, when all was at rest.
    at_rest: Option<BTreeMap<End, u64>>,
}

impl Storm {
    fn new(setting: &Setting) -> Result<Self, StormError> {
        let seed = setting.seed;
        let weather = match setting.forced {
            Some(_) => Weather::none(),
            None => Weather::of(seed, &setting.accidents),
        };
        let start: Timestamp = weather
            .begins
            .parse()
            .map_err(|error: jiff::Error| StormError::new("the start", &error))?;
        let outside = testing::World::new(start, seed);
        if weather.keeps_fees {
            outside.provider.keep_fees();
        }
        let mut time = VirtualTime::new(start, seed);
        time.forget_histories();
        deploy::deploy(&mut time)?;
        let time: SharedTime = Arc::new(Mutex::new(time));
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
        let clock = outside.clock.clone();
        let network = Arc::new(Network {
            only: setting.only_accidents.clone(),
            forced: setting.forced.clone(),
            ..Network::new(seed, weather, clock, setting.tells)
        });
        let lives =
            (0..setting.orders).map(|number| Life::of(Customer::of(seed, number, &tenants)));
        let lives: Vec<Life> = lives.collect();
        let talk = |life: &Life| life.customer.talk(&tenants).unwrap_or_default();
        let talks: Vec<String> = lives.iter().map(talk).collect();
        let mut storm = Self {
            setting: setting.clone(),
            auditor: Auditor::of(&talks),
            outside,
            store,
            ports,
            time,
            network,
            tenants,
            lives,
            by_order: BTreeMap::new(),
            by_talk: talks.iter().cloned().zip(0..talks.len()).rev().collect(),
            jobs: Jobs::default(),
            tries: Tries::default(),
            agenda: BTreeMap::new(),
            planned: 0,
            asaas: Asaas::default(),
            kitchens: Kitchens::default(),
            channel: ChannelCalls::default(),
            phones: BTreeMap::new(),
            sweeps: Sweeps::default(),
            cleared: false,
            at_rest: None,
        };
        storm.plan_customers();
        storm.plan_sweeps();
        storm.plan_standstill();
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
            let moved = self.advance();
            if !moved && self.sweeps.none_yet() {
                self.audit_first_net();
            }
            if moved || self.sweeps_at_rest() {
                continue;
            }
            if self.at_rest.is_none() {
                self.audit_end();
                self.at_rest = Some(self.ends());
            }
            if !self.auditor.violations.is_empty() || !self.days_pass() {
                self.nothing_is_overdue();
                return;
            }
        }
        self.auditor.found(
            "W7",
            "the world",
            "it goes round in circles and never comes to rest",
        );
    }

    fn outcome(mut self) -> Outcome {
        let at_rest = self.at_rest.take();
        Outcome {
            ends: at_rest.unwrap_or_else(|| self.ends()),
            violations: self.auditor.violations,
            accidents: std::mem::take(&mut lock(&self.network.happened)),
            calls: self.network.numbered.load(Ordering::Relaxed),
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
            moved = self.answer_calls();
            self.network.restless.store(false, Ordering::Relaxed);
            for (caller, job, ended) in self.jobs.poll() {
                moved = true;
                self.job_ended(caller, &job, ended);
            }
            moved |= self.network.restless.load(Ordering::Relaxed);
            // What a job began and waits for is answered before time passes.
            moved |= self.answer_calls();
            self.observe();
        }
    }

    /// Whether there were any.
    fn answer_calls(&mut self) -> bool {
        let mut any = false;
        while let Some(call) = self.next_call() {
            self.answer(call);
            any = true;
        }
        any
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
        let tenant = TENANT_AT
            .into_iter()
            .find_map(|pointer| text_at(&invocation.input, pointer))
            .unwrap_or_default()
            .to_owned();
        let name = if sweeping::is_of_sweep(&invocation) {
            self.sweeps.job_name(&tenant, &invocation)
        } else {
            self.job_name(&invocation.input, &invocation.task)
        };
        let closes = (invocation.task == "CloseOrder").then(|| invocation.input.clone());
        let job = Job::of_task(&self.network, (name, &tenant), &invocation.task);
        let ports = job.ports(&self.ports);
        let caller = Caller::Task {
            task: call.task,
            awaits_token,
        };
        let answered = jobs::answered(job.clone(), ports, invocation);
        self.jobs.spawn(caller, job, answered);
        // After it, so that it has read the order when it lets others go first.
        if let Some(closure) = closes {
            self.cancels_at_the_end(&closure);
        }
    }

    /// A name that is the same however many other orders there are: `order 2: AcceptOrder, try 1`.
    fn job_name(&mut self, input: &Value, what: &str) -> String {
        match self.life_of_input(input) {
            Some(index) => self.job_name_of(index, what),
            None => format!("{what} of nobody"),
        }
    }

    /// Which customer a task's or an execution's input is about, by the order or the talk that it names.
    fn life_of_input(&self, input: &Value) -> Option<usize> {
        let at = |pointers: [&str; 2]| {
            let mut pointers = pointers.into_iter();
            pointers.find_map(|pointer| text_at(input, pointer))
        };
        if let Some(order) = at(["/orderId", "/order/orderId"]) {
            return self.life_of(&OrderId::new(order).ok()?);
        }
        self.by_talk.get(at(["/talkId", "/talk/talkId"])?).copied()
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
    fn life_of(&self, id: &OrderId) -> Option<usize> {
        let answered = self.by_order.get(id).copied();
        answered.or_else(|| self.auditor.checkout_of(id))
    }

    fn job_ended(&mut self, caller: Caller, job: &Job, ended: Ended) {
        self.look_for_persons(&ended);
        match (caller, ended) {
            (Caller::Task { task, awaits_token }, ended) => {
                let failed = ended.is_to_be_tried_again();
                let heard = executor::complete(&self.time, &task, awaits_token, ended.of_task());
                self.tries.ended(job, &task.execution, failed || !heard);
            }
            (
                Caller::Place {
                    order,
                    attempt,
                    another,
                },
                ended,
            ) => {
                self.placed((order, attempt, another), job, ended);
            }
            (
                Caller::Wish {
                    order,
                    attempt,
                    wish,
                },
                ended,
            ) => {
                self.wished((order, attempt, wish), job, &ended);
            }
            (Caller::Hook { lane }, ended) => self.hook_answered(lane, &ended),
            (Caller::Event { order }, ended) => self.event_taken(order, job, &ended),
            (Caller::Channel { call, attempt }, ended) => {
                self.channel_answered(call, attempt, (job, &ended))
            }
        }
    }

    /// Looks at what changed outside, lets the parties react, and lets the auditors look at all of it.
    fn observe(&mut self) {
        let changes = self.store.changes();
        self.sweeps.see(&changes);
        self.auditor.rows(changes);
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
