//! One restaurant's world: the real workflows and handlers on the engine in virtual time, around parties in memory.
//!
//! Everything happens on one thread. A task of an execution becomes a future of the real handler; futures are polled
//! until nothing moves, then time goes on to the next timer or to the next thing that a party does.

pub mod attendant;
mod delivery;
pub(crate) mod deploy;
pub(crate) mod executor;
mod parties;
mod talk;
pub(crate) mod webhook;
pub(crate) mod workflows;

pub use deploy::DeployError;
pub use parties::PartyError;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use comanda_domain::{
    ids::{ClientId, OrderId, StoreId},
    order::Order,
};
use comanda_engine::virtual_time::VirtualTime;
#[cfg(feature = "explore")]
use comanda_tasks::api;
use comanda_tasks::{
    ports::{
        Ports, Store as _,
        intercept::{Interceptor, intercepted},
    },
    testing,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    restaurant,
    script::{Moment, Script, Step},
};
use attendant::Attendant;
use delivery::{Delivery, Undelivered};
use executor::Executor;

/// The engine, shared by the world and by the port through which handlers reach it.
pub(crate) type SharedTime = Arc<Mutex<VirtualTime>>;

/// How long the provider takes to give money back, where the script does not say.
const REFUND_TAKES: SignedDuration = SignedDuration::from_secs(60);

/// A step of the script that is due, or the provider's own doing.
enum Planned {
    Step(Step),
    RefundsFinish,
    Again(Delivery, u32),
}

/// A world with one tenant, and the one order that a story is told of.
pub struct World {
    /// The parties outside, with their truth.
    pub outside: testing::World,
    time: SharedTime,
    executor: Executor,
    ports: Ports,
    script: Script,
    agenda: BTreeMap<(Timestamp, u64), Planned>,
    planned: u64,
    seen: BTreeMap<Moment, u32>,
    place: Place,
    doings: Vec<Doing>,
    undelivered: Undelivered,
    dead_letters: u32,
    events_delivered: u32,
}

/// Which order the story is about.
#[derive(Debug, Clone)]
struct Place {
    tenant: ClientId,
    store: StoreId,
    order: Option<OrderId>,
}

/// Something that a party did, for the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// When.
    pub at: Timestamp,
    /// `the customer pays`.
    pub says: String,
}

/// Why a world could not be made, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The sample tenant's data is unsound.
    #[error(transparent)]
    Sample(#[from] restaurant::SampleError),
    /// A workflow cannot be run.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// A party could not do what the script says.
    #[error(transparent)]
    Party(#[from] PartyError),
    /// The world does not come to rest.
    #[error("the story does not end: {steps} steps were made")]
    Endless {
        /// How many.
        steps: u64,
    },
}

/// More steps than any order's life has; a story that needs more goes round in circles.
const STEPS_MAX: u64 = 5_000;

impl World {
    /// The sample restaurant with its workflows, at the script's start.
    pub fn new(script: Script, seed: u64) -> Result<Self, WorldError> {
        let outside = testing::World::new(script.start, seed);
        let time = Arc::new(Mutex::new(VirtualTime::new(script.start, seed)));
        deploy::deploy(&mut lock(&time))?;
        deploy::seed(&outside)?;
        let mut ports = outside.ports();
        ports.workflows = Arc::new(workflows::EngineWorkflows::new(time.clone()));
        let tenant = restaurant::tenant()?;
        let [open, _] = restaurant::stores()?;
        Ok(Self {
            outside,
            time,
            executor: Executor::default(),
            ports,
            script,
            agenda: BTreeMap::new(),
            planned: 0,
            seen: BTreeMap::new(),
            place: Place {
                tenant,
                store: open.store.store_id,
                order: None,
            },
            doings: Vec::new(),
            undelivered: Undelivered::default(),
            dead_letters: 0,
            events_delivered: 0,
        })
    }

    /// What time it is in this world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        lock(&self.time).now()
    }

    /// What the parties did so far.
    #[must_use]
    pub fn doings(&self) -> &[Doing] {
        &self.doings
    }

    /// The engine, to look at executions and their histories.
    pub fn time(&self) -> MutexGuard<'_, VirtualTime> {
        lock(&self.time)
    }

    /// The order of this story as it stands; whoever watches the calls of handlers sees none for it.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        let order = self.place.order.as_ref()?;
        let key = Order::key_of(&self.place.tenant, order);
        let found = testing::block_on(
            self.outside
                .store
                .get(&comanda_domain::tables::ORDERS, &key),
        );
        found.ok()??.into_value().ok()
    }

    /// The executions that were started, as `<workflow>:<name>`, in order.
    #[must_use]
    pub fn executions(&self) -> Vec<String> {
        self.time()
            .executions()
            .map(|execution| execution.start().execution_arn.to_string())
            .collect()
    }

    /// Starts an execution of a workflow directly, as `comanda run` does for workflows that no order starts.
    pub fn start(&mut self, workflow: &str, name: &str, input: Value) -> Result<(), DeployError> {
        lock(&self.time)
            .start(workflow, name, input.into())
            .map(|_| ())
            .map_err(|error| DeployError::Start {
                workflow: workflow.to_owned(),
                detail: error.to_string(),
            })
    }

    /// Lets the story go on until nothing is left to happen.
    pub fn run(&mut self) -> Result<(), WorldError> {
        self.happened(Moment::Placed);
        for _ in 0..STEPS_MAX {
            self.settle();
            if !self.advance()? {
                return Ok(());
            }
        }
        Err(WorldError::Endless { steps: STEPS_MAX })
    }

    /// Lets everything happen that needs no time.
    pub fn settle(&mut self) {
        let mut moved = true;
        while moved {
            moved = self.executor.poll();
            // A handler that waits may have started an execution, whose tasks are to be answered now.
            while let Some(call) = self.next_call() {
                self.executor.answer(call, &self.ports, &self.time);
                moved = true;
            }
            self.try_again();
            self.observe();
        }
    }

    /// From now on this decides how the workflows' tasks are carried out.
    pub fn attend(&mut self, attendant: Arc<dyn Attendant>) {
        self.executor.attend(attendant);
    }

    /// From now on this sees each call that handlers make.
    pub fn watch(&mut self, interceptor: Arc<dyn Interceptor>) {
        self.ports = intercepted(&self.ports, interceptor);
    }

    fn next_call(&self) -> Option<comanda_engine::virtual_time::TaskCall> {
        lock(&self.time).next_call()
    }

    /// Moves on to the next thing that happens; false if there is none. What a party does comes before a timer of the
    /// same moment: news of the last second counts.
    fn advance(&mut self) -> Result<bool, WorldError> {
        let timer = lock(&self.time).next_timer();
        let planned = self.agenda.keys().next().copied();
        match (planned, timer) {
            (None, None) => Ok(false),
            (Some((at, number)), timer) if timer.is_none_or(|timer| at <= timer) => {
                self.move_to(at);
                if let Some(planned) = self.agenda.remove(&(at, number)) {
                    self.happen(planned)?;
                }
                Ok(true)
            }
            (_, Some(at)) => {
                self.outside.clock.set(at);
                Ok(lock(&self.time).fire_next_timer())
            }
            (Some(_), None) => Ok(false),
        }
    }

    fn move_to(&mut self, at: Timestamp) {
        lock(&self.time).wait_until(at);
        self.outside.clock.set(at);
    }

    fn happen(&mut self, planned: Planned) -> Result<(), PartyError> {
        match planned {
            // Where steps go wrong, there may be nothing to pay or to answer.
            Planned::Step(step) => match self.act(&step) {
                Err(PartyError::NotNow { .. }) if self.executor.is_attended() => Ok(()),
                done => done,
            },
            Planned::RefundsFinish => self.refunds_finish(true),
            Planned::Again(delivery, attempt) => {
                self.deliver(delivery, attempt);
                Ok(())
            }
        }
    }

    /// What it is made of, for those who go on in their own way: the parties, the engine, the shop and the order.
    #[cfg(feature = "explore")]
    pub(crate) fn into_parts(self) -> Option<(testing::World, VirtualTime, api::Shop, OrderId)> {
        let shop = api::Shop {
            client_id: self.place.tenant,
            store_id: self.place.store,
        };
        let time = lock(&self.time).clone();
        Some((self.outside, time, shop, self.place.order?))
    }

    /// Looks which moments have come since it last looked, and plans the steps that wait for them.
    fn observe(&mut self) {
        let counts = parties::counts(self);
        for (moment, count) in counts {
            while self.seen.get(&moment).copied().unwrap_or(0) < count {
                self.happened(moment);
            }
        }
    }

    fn happened(&mut self, moment: Moment) {
        let occurrence = self.seen.entry(moment).or_insert(0);
        *occurrence += 1;
        let occurrence = *occurrence;
        let due: Vec<Step> = self
            .script
            .steps
            .iter()
            .filter(|step| step.when == moment && step.occurrence == occurrence)
            .cloned()
            .collect();
        for step in due {
            self.plan(step.after, Planned::Step(step));
        }
        if moment == Moment::RefundAsked && self.script.refunds_by_itself {
            self.plan(REFUND_TAKES, Planned::RefundsFinish);
        }
    }

    fn plan(&mut self, after: SignedDuration, planned: Planned) {
        self.planned += 1;
        let at = self.now().checked_add(after).unwrap_or(Timestamp::MAX);
        self.agenda.insert((at, self.planned), planned);
    }

    fn tell(&mut self, says: impl Into<String>) {
        let at = self.now();
        self.doings.push(Doing {
            at,
            says: says.into(),
        });
    }
}

/// A party that panicked has failed its test already; what it left behind is still worth a look.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
