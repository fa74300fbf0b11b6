//! Many people who talk with restaurants in bad weather: from the channel's webhook to the record and the store's queue,
//! while messages come twice and in disorder, calls are lost and processes die.
//!
//! One seed decides all of it. The weather clears after some hours; then everybody must be on record once, with what they
//! said, and nothing may be left of those who asked to be erased.

mod answering;
mod audit;
mod callers;
mod channel;
mod doings;
mod drawing;
mod eaten;
mod hearing;
mod person;
mod pos;
#[cfg(feature = "planted-faults")]
mod saboteur;
mod saying;
mod setting;
mod sweeping;
mod visits;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, atomic::Ordering},
};

use comanda_domain::{ids::CustomerId, people::ChannelAddress};
use comanda_engine::virtual_time::{TaskCall, VirtualTime};
use comanda_tasks::{ports::Ports, rows::TalkRow, testing};
use jiff::Timestamp;

pub use setting::{End, Outcome, Setting};

use self::{callers::Caller, channel::Call, doings::Doing, person::Person, pos::Desks};
use crate::{
    people,
    storm::{
        StormError, Violation,
        chance::hash,
        jobs::{self, Jobs},
        network::{Job, Network, later},
        store::WatchedStore,
        tenants::Tenant,
        tries::Tries,
        weather::Weather,
    },
    world::{SharedTime, deploy, executor, lock, workflows::EngineWorkflows},
};

/// When every world begins: a Saturday evening in São Paulo.
const START: &str = "2026-03-07T22:00:00Z";
/// For so long there are accidents.
const STORM_SECONDS: i64 = 3 * 3_600;
/// Whoever is not known so long after the weather cleared never will be.
const PATIENCE_SECONDS: i64 = STORM_SECONDS + 12 * 3_600;
/// More steps than a dialogue needs; a world that needs more goes round in circles.
const STEPS_PER_PERSON: u64 = 20_000;

/// Lives one world to its end.
pub fn live(setting: &Setting) -> Result<Outcome, StormError> {
    #[cfg(feature = "planted-faults")]
    comanda_domain::planted::plant(setting.planted.map(Into::into));
    let mut world = Dialogues::new(setting)?;
    world.run();
    #[cfg(feature = "planted-faults")]
    comanda_domain::planted::plant(None);
    Ok(world.outcome())
}

/// The world.
struct Dialogues {
    outside: testing::World,
    store: Arc<WatchedStore>,
    ports: Ports,
    time: SharedTime,
    network: Arc<Network>,
    tenants: Vec<Tenant>,
    people: Vec<Person>,
    by_talk: BTreeMap<String, usize>,
    jobs: Jobs<Caller>,
    tries: Tries,
    agenda: BTreeMap<(Timestamp, u64), Doing>,
    planned: u64,
    calls: Vec<Call>,
    attempts: BTreeMap<String, u32>,
    /// Messages of the channel that people have read.
    read: usize,
    desks: Desks,
    /// Points that were got or used, by person.
    points: BTreeMap<usize, i64>,
    /// Orders that are on record, by person.
    eaten: BTreeMap<usize, BTreeSet<usize>>,
    /// Who is being erased, and who is.
    erasing: BTreeMap<usize, CustomerId>,
    erased: BTreeSet<usize>,
    /// Messages of ours whose failure we were told, and took.
    failures: BTreeSet<String>,
    /// Nobody waits any longer.
    impatient: bool,
    violations: Vec<Violation>,
}

impl Dialogues {
    fn new(setting: &Setting) -> Result<Self, StormError> {
        let start: Timestamp = START
            .parse()
            .map_err(|error: jiff::Error| StormError::new("the start", &error))?;
        let seed = setting.seed;
        let outside = testing::World::new(start, seed);
        let mut time = VirtualTime::new(start, seed);
        time.forget_histories();
        deploy::deploy(&mut time)?;
        let time: SharedTime = Arc::new(Mutex::new(time));
        let tenants = (0..setting.tenants.max(1)).map(|number| Tenant::of(seed, number));
        let tenants: Vec<Tenant> = tenants.collect::<Result<_, _>>()?;
        for tenant in &tenants {
            tenant.seed(&outside)?;
        }
        let weather = Weather::of(seed, &setting.accidents);
        let lag = weather.index_lag_milliseconds;
        let store = Arc::new(WatchedStore::new(
            outside.store.clone(),
            outside.clock.clone(),
            lag,
        ));
        let mut ports = outside.ports();
        ports.store = store.clone();
        ports.workflows = Arc::new(EngineWorkflows::new(time.clone()));
        let clock = outside.clock.clone();
        let network = Arc::new(Network {
            only: setting.only_accidents.clone(),
            ..Network::new(seed, weather, clock, setting.tells)
        });
        let people = drawing::people_of(setting, &tenants);
        let by_talk = people.iter().enumerate().filter_map(|(index, person)| {
            let tenant = tenants.get(person.tenant)?;
            let address = ChannelAddress::new(person.address.as_str()).ok()?;
            let store = &tenant.shop.store.store_id;
            Some((TalkRow::id_of(&tenant.id, store, &address), index))
        });
        let mut world = Self {
            by_talk: by_talk.collect(),
            outside,
            store,
            ports,
            time,
            network,
            tenants,
            people,
            jobs: Jobs::default(),
            tries: Tries::default(),
            agenda: BTreeMap::new(),
            planned: 0,
            calls: Vec::new(),
            attempts: BTreeMap::new(),
            read: 0,
            desks: Desks::default(),
            points: BTreeMap::new(),
            eaten: BTreeMap::new(),
            erasing: BTreeMap::new(),
            erased: BTreeSet::new(),
            failures: BTreeSet::new(),
            impatient: false,
            violations: Vec::new(),
        };
        world.plan_people();
        Ok(world)
    }

    fn run(&mut self) {
        let people = u64::try_from(self.people.len()).unwrap_or(1).max(1);
        for _ in 0..STEPS_PER_PERSON.saturating_mul(people) {
            self.settle();
            if !self.violations.is_empty() {
                return;
            }
            if !self.advance() {
                self.audit_end();
                return;
            }
        }
        self.found("W7", "the world", "it goes round in circles for ever");
    }

    fn outcome(self) -> Outcome {
        Outcome {
            ends: self.ends(),
            violations: self.violations,
            accidents: std::mem::take(&mut lock(&self.network.happened)),
            calls: self.network.numbered.load(Ordering::Relaxed),
            digest: self.network.trace.digest(),
            lines: self.network.trace.lines(),
        }
    }

    fn now(&self) -> Timestamp {
        lock(&self.time).now()
    }

    fn found(&mut self, invariant: &str, subject: &str, detail: &str) {
        self.violations.push(Violation {
            invariant: invariant.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
        });
    }

    fn say(&self, person: usize, mark: &str, says: impl FnOnce() -> String) {
        let who = format!("person {}", person + 1);
        let trace = &self.network.trace;
        trace.say(self.now(), &who, hash(mark.as_bytes()), says);
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
            self.found("W10", "the world", &format!("nobody answers {what}"));
            return;
        };
        let text = |pointer: &str, other: &str| {
            let input = &invocation.input;
            let found = input.pointer(pointer).or_else(|| input.pointer(other));
            let text = found.and_then(serde_json::Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let tenant = text("/clientId", "/talk/clientId");
        let person = self.by_talk.get(&text("/talkId", "/talk/talkId")).copied();
        let name = self.job_name(person, &invocation.task);
        let job = Job::of_task(&self.network, (name, &tenant), &invocation.task);
        let ports = self.ports_of(&job);
        let task = call.task;
        let caller = Caller::Task { task, awaits_token };
        let answered = jobs::answered(job.clone(), ports, invocation);
        self.jobs.spawn(caller, job, answered);
    }

    /// The ports as a job sees them.
    fn ports_of(&self, job: &Arc<Job>) -> Ports {
        let ports = job.ports(&self.ports);
        #[cfg(feature = "planted-faults")]
        let ports = saboteur::sabotaged(&ports);
        ports
    }

    /// A name that is the same however many others there are: `person 2: AskQuestion, try 1`.
    fn job_name(&mut self, person: Option<usize>, what: &str) -> String {
        let who = person.map_or(0, |person| person + 1);
        let job = format!("person {who}: {what}");
        let attempt = self.attempts.entry(job.clone()).or_insert(0);
        *attempt += 1;
        format!("{job}, try {attempt}")
    }

    /// Looks at what changed outside, lets people read, and lets the auditors look at all of it.
    fn observe(&mut self) {
        for change in self.store.changes() {
            for breach in people::changed(&change) {
                self.found(breach.invariant, "a customer", &breach.detail);
            }
        }
        let trespasses = std::mem::take(&mut *lock(&self.network.trespasses));
        for trespass in trespasses {
            self.found("T2", "another tenant's row", &trespass);
        }
        self.deliver();
        self.watch_queues();
        let mut ended = lock(&self.time).next_ended();
        while let Some(arn) = ended {
            self.network.trace.mark(hash(arn.as_bytes()));
            ended = lock(&self.time).next_ended();
        }
    }

    fn plan(&mut self, after_seconds: i64, doing: Doing) {
        self.planned += 1;
        let at = later(self.now(), after_seconds);
        self.agenda.insert((at, self.planned), doing);
    }

    /// Moves on to the next thing that happens; false if there is none.
    fn advance(&mut self) -> bool {
        let doing = self.agenda.keys().next().copied();
        let alarm = lock(&self.network.alarms).first().copied();
        let timer = lock(&self.time).next_timer();
        let moments = [doing.map(|(at, _)| at), alarm, timer];
        let Some(first) = moments.into_iter().flatten().min() else {
            return false;
        };
        if let Some(key) = doing.filter(|(at, _)| *at == first) {
            self.move_to(first);
            if let Some(doing) = self.agenda.remove(&key) {
                self.happen(doing);
            }
        } else if alarm == Some(first) {
            self.move_to(first);
            lock(&self.network.alarms).remove(&first);
        } else {
            self.outside.clock.set(first);
            lock(&self.time).fire_next_timer();
        }
        true
    }

    fn move_to(&mut self, at: Timestamp) {
        lock(&self.time).wait_until(at);
        self.outside.clock.set(at);
    }
}
