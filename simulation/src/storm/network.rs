//! What stands between our handlers and everybody else: each call may meet with an accident, and none may touch
//! another tenant's rows.
//!
//! INVARIANT: an accident is a function of the seed, the job that calls and the call's number in it. So leaving one out
//! leaves all others as they are, until the story itself goes another way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use comanda_tasks::{
    entry_points::function_of,
    ports::{
        Clock, Ports,
        intercept::{Call, Delay, Fate, Interceptor, ProviderCall, intercepted},
    },
    registry::ENTRIES,
    testing::{CLAIM, TestClock},
};
use jiff::{SignedDuration, Timestamp};

pub(crate) use super::limits::Patience;
use super::{
    chance::{Stream, hash, join},
    delays::{Queueing, Sleep},
    limits::seconds_of,
    trace::Trace,
    weather::{Accident, Weather},
};
use crate::world::lock;

/// The network of one world.
pub(crate) struct Network {
    pub seed: u64,
    pub weather: Weather,
    pub clock: Arc<TestClock>,
    pub trace: Arc<Trace>,
    /// Only these accidents happen, where somebody makes the story smaller.
    pub only: Option<BTreeSet<u32>>,
    /// What happens at calls of which numbers, where it is not left to the weather.
    pub forced: Option<BTreeMap<u64, Accident>>,
    /// Calls of the whole world, where they are numbered.
    pub numbered: AtomicU64,
    /// Accidents stop when the weather clears.
    pub clear: AtomicBool,
    /// Somebody waits for others to go first, or was let through meanwhile.
    pub restless: AtomicBool,
    /// When slow calls arrive.
    pub alarms: Mutex<BTreeSet<Timestamp>>,
    /// Who takes nothing, and until when.
    pub away: Mutex<BTreeMap<&'static str, Timestamp>>,
    /// Accidents that happened.
    pub happened: Mutex<Vec<u32>>,
    /// Jobs for which the provider decided against something for good, and when first.
    pub refused: Mutex<BTreeMap<String, Timestamp>>,
    /// On whose behalf calls met with accidents that did more than let others go first (`order 2`, `tenant-1`), and when.
    pub hurt: Mutex<BTreeMap<String, Vec<Timestamp>>>,
    /// Rows of other tenants that were touched.
    pub trespasses: Mutex<Vec<String>>,
    /// Counts what the saboteur may strike at, so that it strikes at every so many.
    #[cfg(feature = "planted-faults")]
    pub sabotages: AtomicU64,
}

impl Network {
    /// One in this weather, where nothing has happened yet.
    pub fn new(seed: u64, weather: Weather, clock: Arc<TestClock>, tells: bool) -> Self {
        Self {
            seed,
            weather,
            clock,
            trace: Arc::new(Trace::new(tells)),
            only: None,
            forced: None,
            numbered: AtomicU64::new(0),
            clear: AtomicBool::new(false),
            restless: AtomicBool::new(false),
            alarms: Mutex::default(),
            away: Mutex::default(),
            happened: Mutex::default(),
            refused: Mutex::default(),
            hurt: Mutex::default(),
            trespasses: Mutex::default(),
            #[cfg(feature = "planted-faults")]
            sabotages: AtomicU64::new(0),
        }
    }

    fn is_away(&self, call: &Call<'_>) -> bool {
        let until = lock(&self.away).get(call.party()).copied();
        until.is_some_and(|until| self.clock.now() < until)
    }
}

/// One run of one handler, or of one call from outside.
pub(crate) struct Job {
    network: Arc<Network>,
    /// What the job is, in words, for stories.
    pub name: String,
    key: u64,
    tenant: String,
    /// When it began.
    pub began: Timestamp,
    /// It met with an accident that did more than let others go first, or with what such a one left.
    hurt: AtomicBool,
    /// When its function ends it.
    ends_at: Timestamp,
    /// When whoever called has waited long enough.
    answer_by: Timestamp,
    calls: AtomicU64,
    made: AtomicU64,
    crashed: AtomicBool,
    delayed: Mutex<Option<Accident>>,
}

impl Job {
    /// A call from outside, which a function answers.
    pub fn of_entry_point(
        network: &Arc<Network>,
        (name, tenant): (String, &str),
        (entry_point, patience): (&str, Patience),
    ) -> Arc<Self> {
        let function = function_of(entry_point).unwrap_or_default();
        Self::until(network, (name, tenant), (function, patience as i64))
    }

    /// A try of a task, which its function ends.
    pub fn of_task(
        network: &Arc<Network>,
        (name, tenant): (String, &str),
        task: &str,
    ) -> Arc<Self> {
        let entry = ENTRIES.iter().find(|entry| entry.task == task);
        let function = entry.map_or("", |entry| entry.function);
        Self::of_function(network, (name, tenant), function)
    }

    /// Something that the function of a service does, and is waited for until then.
    pub fn of_function(
        network: &Arc<Network>,
        (name, tenant): (String, &str),
        function: &str,
    ) -> Arc<Self> {
        Self::until(network, (name, tenant), (function, i64::MAX))
    }

    /// The same name in the same world meets with the same accidents.
    fn until(
        network: &Arc<Network>,
        (name, tenant): (String, &str),
        (function, patience): (&str, i64),
    ) -> Arc<Self> {
        let seconds = seconds_of(function);
        let began = network.clock.now();
        let key = join(network.seed, hash(name.as_bytes()));
        Arc::new(Self {
            network: network.clone(),
            key,
            name,
            tenant: tenant.to_owned(),
            began,
            hurt: AtomicBool::new(false),
            ends_at: later(began, seconds),
            answer_by: later(began, patience),
            calls: AtomicU64::new(0),
            made: AtomicU64::new(0),
            crashed: AtomicBool::new(false),
            delayed: Mutex::default(),
        })
    }

    /// The ports as this job sees them.
    pub fn ports(self: &Arc<Self>, ports: &Ports) -> Ports {
        let mut ports = intercepted(ports, self.clone());
        ports.clock = self.clone();
        #[cfg(feature = "planted-faults")]
        let ports =
            super::saboteur::sabotaged(&ports, &self.network, self.name.contains(": placing"));
        ports
    }

    /// Whether the process that ran it is gone.
    pub fn has_crashed(&self) -> bool {
        self.crashed.load(Ordering::Relaxed)
    }

    /// Whether its function has ended it.
    pub fn is_over(&self) -> bool {
        self.network.clock.now() >= self.ends_at
    }

    /// Whether whoever called waits no longer.
    pub fn is_too_late(&self) -> bool {
        self.network.clock.now() >= self.answer_by
    }

    /// Notes that this try failed because somebody was away. Without an accident of its own that was one before it, if it was so
    /// lately that the claim on a message may be left of it.
    pub fn was_held_up(&self) {
        let whose = self.part(":");
        let hurt = lock(&self.network.hurt);
        let last = hurt.get(&whose).and_then(|times| times.last());
        if last.is_some_and(|last| self.network.clock.now().duration_since(*last) <= CLAIM) {
            self.hurt.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that a call from outside came to nothing. What it began may have met with the accident, or what one before it left.
    pub fn came_to_nothing(&self) {
        let hurt = lock(&self.network.hurt);
        let last = hurt.get(&self.part(":")).and_then(|times| times.last());
        if last.is_some_and(|last| self.began.duration_since(*last) <= CLAIM) {
            self.hurt.store(true, Ordering::Relaxed);
        }
    }

    /// Whether an accident, or what one left, is why it came to nothing, if it did.
    pub fn is_hurt(&self) -> bool {
        self.hurt.load(Ordering::Relaxed)
    }

    /// What it is a try of.
    pub fn what(&self) -> String {
        self.part(", try")
    }

    /// Its name before `end`.
    fn part(&self, end: &str) -> String {
        self.name.split(end).next().unwrap_or_default().to_owned()
    }

    /// What happens to this call, decided once before its delay.
    fn accident(&self, call: &Call<'_>) -> Option<Accident> {
        let network = &self.network;
        if network.clear.load(Ordering::Relaxed) {
            return None;
        }
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let bits = join(self.key, number);
        let accident = match &network.forced {
            Some(forced) => {
                let number = network.numbered.fetch_add(1, Ordering::Relaxed);
                let kind = forced.get(&number)?;
                network.weather.can(*kind, call).then_some(*kind)?
            }
            None if network.is_away(call) => Accident::Throttled,
            None => network.weather.accident(call, bits)?,
        };
        let id = u32::try_from(join(bits, 1) >> 32).unwrap_or(0);
        if network
            .only
            .as_ref()
            .is_some_and(|only| !only.contains(&id))
        {
            return None;
        }
        lock(&network.happened).push(id);
        if accident != Accident::Overtaken {
            self.gets_hurt(accident, call);
        }
        network
            .trace
            .accident(network.clock.now(), (accident, id), call, &self.name);
        Some(accident)
    }

    /// Notes whose call it was, and which try of which job.
    fn gets_hurt(&self, accident: Accident, call: &Call<'_>) {
        let network = &self.network;
        let now = network.clock.now();
        let mut hurt = lock(&network.hurt);
        hurt.entry(self.part(":")).or_default().push(now);
        // Who cannot delete a charge tries again.
        let decides = matches!(call, Call::Provider(which) if *which != ProviderCall::DeleteCharge);
        if accident == Accident::Refused && decides {
            lock(&network.refused).entry(self.what()).or_insert(now);
        }
        self.hurt.store(true, Ordering::Relaxed);
    }

    /// T2: every key starts with the tenant that the job is for. Routes are read before a tenant is known.
    fn watch(&self, call: &Call<'_>) {
        let own = |partition: &str| {
            let tenant = partition.split('#').next().unwrap_or_default();
            tenant.is_empty() || tenant == self.tenant
        };
        let foreign = match call {
            Call::Get(_, key) => (!own(key.partition.as_str())).then(|| key.partition.to_string()),
            Call::Query(query) => {
                (!own(query.partition.as_str())).then(|| query.partition.to_string())
            }
            Call::Write(writes) => writes
                .iter()
                .find(|write| !own(write.key.partition.as_str()))
                .map(|write| write.key.partition.to_string()),
            Call::Secret(reference) => {
                let own = reference.starts_with(&format!("comanda/{}/", self.tenant));
                (!own).then(|| (*reference).to_owned())
            }
            _ => None,
        };
        if let Some(row) = foreign {
            let words = format!("{} is for {} and touches {row}", self.name, self.tenant);
            lock(&self.network.trespasses).push(words);
        }
    }
}

impl Interceptor for Job {
    fn delay(&self, call: &Call<'_>) -> Option<Delay> {
        let accident = self.accident(call);
        *lock(&self.delayed) = accident;
        let network = self.network.clone();
        match accident? {
            Accident::Slow => {
                let mut stream = Stream::new(self.key, "slow");
                // A call over HTTP is given up by our client after ten seconds; DynamoDB's SDK tries for longer, and a
                // process may be frozen for as long as it likes.
                let longest = if matches!(call, Call::Message(_) | Call::Provider(_)) {
                    3
                } else {
                    6
                };
                let seconds = [1, 2, 8, 20, 70, 200];
                let seconds = seconds
                    .get(..longest)
                    .and_then(|some| stream.pick(some))
                    .copied()
                    .unwrap_or(1);
                let until = later(network.clock.now(), seconds);
                let mut alarms = lock(&network.alarms);
                let now = network.clock.now();
                // Who waits for it hears of the end, of its own or of theirs.
                alarms.extend(
                    [self.answer_by]
                        .into_iter()
                        .filter(|at| (now..until).contains(at)),
                );
                alarms.insert(until.min(self.ends_at));
                drop(alarms);
                Some(Box::pin(Sleep { network, until }))
            }
            Accident::Overtaken => {
                let turns = 1 + join(self.key, 2) % 4;
                Some(Box::pin(Queueing { network, turns }))
            }
            _ => None,
        }
    }

    fn fate(&self, call: &Call<'_>) -> Fate {
        self.watch(call);
        let accident = lock(&self.delayed).take();
        self.network.trace.call(call.party(), self.key, accident);
        match accident {
            None | Some(Accident::Slow | Accident::Overtaken) => Fate::Proceed,
            Some(Accident::Throttled) => Fate::Throttled,
            Some(Accident::Refused) => Fate::Refused,
            Some(Accident::LostBefore) => Fate::LostBefore,
            Some(Accident::LostAfter) => Fate::LostAfter,
            Some(Accident::CrashBefore) => {
                self.crashed.store(true, Ordering::Relaxed);
                Fate::CrashBefore
            }
            Some(Accident::CrashAfter) => {
                self.crashed.store(true, Ordering::Relaxed);
                Fate::CrashAfter
            }
        }
    }
}

/// Identifiers follow from the job, so that one order's don't depend on how many others there are.
impl Clock for Job {
    fn now(&self) -> Timestamp {
        self.network.clock.now()
    }

    fn fresh_id(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let high = join(self.key ^ 0xF0, number);
        format!("{high:016x}{:016x}", join(high, self.key))
    }
}

/// So many seconds after.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}
