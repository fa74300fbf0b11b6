//! FIFO queues in memory: order within a group, five minutes of deduplication, and readers who see what SQS shows them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use jiff::{SignedDuration, Timestamp};

use super::{TestClock, fork::chained, lock};
use crate::ports::{Answer, Clock, OutageError, Queue, QueueMessage};

/// SQS remembers a deduplication id for this long (providers §4.6).
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);
/// How long a message that was taken and not deleted stays invisible; its group waits for so long (providers §4.6).
pub const VISIBILITY: SignedDuration = SignedDuration::from_secs(30);

/// Every queue.
pub struct MemoryQueue {
    clock: Arc<TestClock>,
    state: Mutex<State>,
}

#[derive(Default, Clone)]
struct State {
    accepted: Vec<QueueMessage>,
    /// Of what was accepted.
    digest: u64,
    /// By queue and deduplication id, when it was first accepted.
    remembered: BTreeMap<(String, String), Timestamp>,
    /// By queue and group: what was not deleted yet.
    groups: BTreeMap<(String, String), Group>,
    takes: u64,
}

#[derive(Default, Clone)]
struct Group {
    /// Positions in `accepted`.
    waiting: VecDeque<usize>,
    /// The first one is out with a reader, by this receipt and until then.
    out: Option<(u64, Timestamp)>,
}

/// A message that a reader took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenMessage {
    /// What is said.
    pub message: QueueMessage,
    /// What it is deleted by.
    pub receipt: u64,
}

impl MemoryQueue {
    /// No messages yet.
    #[must_use]
    pub fn new(clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    pub(super) fn fork(&self, clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            state: Mutex::new(lock(&self.state).clone()),
        }
    }

    pub(super) fn digest(&self) -> u64 {
        lock(&self.state).digest
    }

    /// All that was accepted and not dropped as a duplicate, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<QueueMessage> {
        lock(&self.state).accepted.clone()
    }

    /// What was accepted from this position on: for an observer that remembers how far it got.
    #[must_use]
    pub fn messages_from(&self, position: usize) -> Vec<QueueMessage> {
        let state = lock(&self.state);
        state.accepted.get(position..).unwrap_or_default().to_vec()
    }

    /// Takes the next message of the queue: the oldest of those whose group has none out with a reader.
    #[must_use]
    pub fn take(&self, url: &str) -> Option<TakenMessage> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let free = state.groups.iter().filter(|((queue, _), group)| {
            queue == url && group.out.is_none_or(|(_, until)| until <= now)
        });
        let first = free.filter_map(|(key, group)| Some((*group.waiting.front()?, key.clone())));
        let (_, key) = first.min()?;
        state.take(&key, now)
    }

    /// The same, of one group: for a reader who works on one order at a time.
    #[must_use]
    pub fn take_of(&self, url: &str, group: &str) -> Option<TakenMessage> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let key = (url.to_owned(), group.to_owned());
        let of_group = state.groups.get(&key)?;
        if of_group.out.is_some_and(|(_, until)| until > now) {
            return None;
        }
        state.take(&key, now)
    }

    /// Deletes what was taken from the queue by this receipt; one of an earlier taking does nothing.
    pub fn delete(&self, url: &str, receipt: u64) {
        let mut state = lock(&self.state);
        let mut groups = state.groups.iter_mut();
        let found = groups.find(|((queue, _), group)| {
            queue == url && group.out.is_some_and(|(out, _)| out == receipt)
        });
        let Some((key, group)) = found else { return };
        group.waiting.pop_front();
        group.out = None;
        if group.waiting.is_empty() {
            let key = key.clone();
            state.groups.remove(&key);
        }
    }
}

impl State {
    fn take(&mut self, key: &(String, String), now: Timestamp) -> Option<TakenMessage> {
        self.takes += 1;
        let receipt = self.takes;
        let group = self.groups.get_mut(key)?;
        let message = self.accepted.get(*group.waiting.front()?)?.clone();
        let until = now.checked_add(VISIBILITY).unwrap_or(Timestamp::MAX);
        group.out = Some((receipt, until));
        Some(TakenMessage { message, receipt })
    }

    fn accept(&mut self, message: QueueMessage, now: Timestamp) {
        let id = (message.queue_url.clone(), message.deduplication_id.clone());
        let known = self.remembered.get(&id);
        if known.is_some_and(|at| now.duration_since(*at) < DEDUPLICATION) {
            return;
        }
        self.remembered.insert(id, now);
        let key = (message.queue_url.clone(), message.group_id.clone());
        let position = self.accepted.len();
        self.groups
            .entry(key)
            .or_default()
            .waiting
            .push_back(position);
        self.digest = chained(self.digest, &message.body);
        self.accepted.push(message);
    }
}

impl Queue for MemoryQueue {
    fn send(&self, message: QueueMessage) -> Answer<'_, (), OutageError> {
        Box::pin(async move {
            let now = self.clock.now();
            lock(&self.state).accept(message, now);
            Ok(())
        })
    }
}
