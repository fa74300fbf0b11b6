//! The outside world in memory: ports with the real rules and no network, for unit tests and for `simulation`.
//!
//! Each party is the truth about itself (what was charged, sent, completed), so that a test or an auditor compares what a
//! handler believes with what happened. Faults are not made here: put [`crate::ports::intercept::intercepted`] around
//! [`World::ports`] and decide the fate of each call.

mod channel;
pub mod contract;
mod executor;
mod fork;
mod ladder;
mod provider;
mod queue;
mod store;
mod time;
mod twilio;
mod workflows;

pub use channel::{Accepted, MemoryChannel};
pub use executor::{Polled, block_on, poll_until_stuck};
pub use ladder::seconds_after;
pub use provider::{ChargeTruth, MemoryProvider, Shortage, sandbox_fee};
pub use queue::{MemoryQueue, TakenMessage, VISIBILITY};
pub use store::MemoryStore;
pub use time::TestClock;
pub use twilio::{NOT_ON_WHATSAPP, OUTSIDE_WINDOW, report, signed_form};
pub use workflows::{MemoryWorkflows, StartedExecution, TokenState};

pub use crate::tell::CLAIM;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use secrecy::SecretString;

use crate::ports::{Answer, OutageError, Ports, Secrets};

/// One of each party. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct World {
    /// The tables.
    pub store: Arc<MemoryStore>,
    /// The queues.
    pub queue: Arc<MemoryQueue>,
    /// Executions and tokens.
    pub workflows: Arc<MemoryWorkflows>,
    /// The payment provider.
    pub provider: Arc<MemoryProvider>,
    /// The channel to customers.
    pub channel: Arc<MemoryChannel>,
    /// Secrets by reference.
    pub secrets: Arc<MemorySecrets>,
    /// Time and identifiers.
    pub clock: Arc<TestClock>,
}

impl World {
    /// An empty world at `now`; `seed` decides every identifier that is made in it.
    #[must_use]
    pub fn new(now: Timestamp, seed: u64) -> Self {
        let clock = Arc::new(TestClock::new(now, seed));
        Self {
            store: Arc::new(MemoryStore::default()),
            queue: Arc::new(MemoryQueue::new(clock.clone())),
            workflows: Arc::new(MemoryWorkflows::default()),
            provider: Arc::new(MemoryProvider::new(clock.clone())),
            channel: Arc::new(MemoryChannel::new(clock.clone())),
            secrets: Arc::new(MemorySecrets::default()),
            clock,
        }
    }

    /// The world as handlers see it.
    #[must_use]
    pub fn ports(&self) -> Ports {
        Ports {
            store: self.store.clone(),
            queue: self.queue.clone(),
            workflows: self.workflows.clone(),
            provider: self.provider.clone(),
            channel: self.channel.clone(),
            secrets: self.secrets.clone(),
            clock: self.clock.clone(),
            is_tried_again: false,
        }
    }
}

/// Secrets in a map.
#[derive(Default)]
pub struct MemorySecrets {
    values: Mutex<BTreeMap<String, String>>,
}

impl MemorySecrets {
    /// Keeps `value` under `reference`.
    pub fn set(&self, reference: impl Into<String>, value: impl Into<String>) {
        lock(&self.values).insert(reference.into(), value.into());
    }
}

impl Secrets for MemorySecrets {
    fn get<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<SecretString>, OutageError> {
        Box::pin(async move {
            Ok(lock(&self.values)
                .get(reference)
                .map(|value| SecretString::from(value.clone())))
        })
    }
}

/// A test that panicked while holding the lock has failed already; the data is still worth a look.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
