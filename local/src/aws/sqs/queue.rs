//! One queue as a pure state machine: time and fresh identifiers come in, changes to store come out.
//!
//! It knows order, visibility, groups, deduplication and redrive (providers §4.6). Wire formats are [`super::wire`]'s business, the
//! disk is [`super::store`]'s, waiting is [`super`]'s.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{message::Message, settings::Settings};

/// For this long the same deduplication id is accepted and dropped.
const DEDUPLICATION_WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// AWS takes only one purge in this time.
const PURGE_INTERVAL: SignedDuration = SignedDuration::from_secs(60);
/// AWS' bounds on messages that are out with consumers.
const IN_FLIGHT_LIMIT: usize = 120_000;
const IN_FLIGHT_LIMIT_FIFO: usize = 20_000;

/// What has to be stored after an operation, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The message is new, or has changed.
    Message(Box<Message>),
    /// The message of this sequence number is gone.
    Gone(u64),
    /// All messages are gone.
    Purged,
    /// This deduplication key was accepted.
    Accepted(String, Accepted),
    /// These deduplication keys are older than the window.
    Forgotten(Vec<String>),
}

/// What a deduplication id stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// When it was first sent.
    pub at: Timestamp,
    /// The id that message got.
    pub message_id: String,
    /// The sequence number that message got.
    pub sequence: u64,
}

/// The answer to a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message's id; for a duplicate, the first one's.
    pub message_id: String,
    /// Its place in the queue; for a duplicate, the first one's.
    pub sequence: u64,
}

/// What a receive took from the queue.
#[derive(Debug, Default, PartialEq)]
pub struct Received {
    /// For the consumer, each with a fresh receipt.
    pub messages: Vec<Message>,
    /// Received too often: they belong into the dead-letter queue now.
    pub dead: Vec<Message>,
}

/// An operation that the queue's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The receipt is of no message of this queue, or of an earlier receive.
    #[error("the receipt handle is not valid")]
    Receipt,
    /// The message is in the queue but not out with a consumer.
    #[error("the message is not in flight")]
    NotInFlight,
    /// Too many messages are out with consumers.
    #[error("too many messages are in flight")]
    OverLimit,
    /// Purged less than a minute ago.
    #[error("the queue was purged less than 60 seconds ago")]
    PurgeInProgress,
}

/// How many messages there are, as `GetQueueAttributes` counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ready to be received.
    pub visible: usize,
    /// Out with a consumer.
    pub in_flight: usize,
    /// Not ready yet for the first time.
    pub delayed: usize,
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    /// What was set at creation or by `SetQueueAttributes`.
    pub settings: Settings,
    messages: BTreeMap<u64, Message>,
    accepted: BTreeMap<String, Accepted>,
    next_sequence: u64,
    purged_at: Option<Timestamp>,
}

impl Queue {
    /// A queue with what was stored of it. Sequence numbers start at the time in microseconds, so that they grow across
    /// restarts even if nothing was left to read the last one from.
    #[must_use]
    pub fn new(
        settings: Settings,
        messages: BTreeMap<u64, Message>,
        accepted: BTreeMap<String, Accepted>,
        now: Timestamp,
    ) -> Self {
        let in_queue = messages.keys().next_back().copied();
        let remembered = accepted.values().map(|accepted| accepted.sequence).max();
        let last = in_queue.max(remembered).unwrap_or(0);
        Self {
            settings,
            messages,
            accepted,
            next_sequence: u64::try_from(now.as_microsecond())
                .unwrap_or(0)
                .max(last + 1),
            purged_at: None,
        }
    }

    /// Takes a message in. Its `sequence` is given here; a duplicate within five minutes is accepted and dropped.
    pub fn send(
        &mut self,
        mut message: Message,
        now: Timestamp,
        changes: &mut Vec<Change>,
    ) -> Sent {
        self.forget(now, changes);
        if let Some(key) = self.deduplication_key(&message)
            && let Some(first) = self.accepted.get(&key)
        {
            return Sent {
                message_id: first.message_id.clone(),
                sequence: first.sequence,
            };
        }
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        message.sequence = sequence;
        let sent = Sent {
            message_id: message.id.clone(),
            sequence,
        };
        if let Some(key) = self.deduplication_key(&message) {
            let accepted = Accepted {
                at: now,
                message_id: message.id.clone(),
                sequence,
            };
            changes.push(Change::Accepted(key.clone(), accepted.clone()));
            self.accepted.insert(key, accepted);
        }
        self.keep(message, changes);
        sent
    }

    /// Takes a message over from the queue whose dead letters come here: no deduplication, its history stays with it.
    pub fn bury(&mut self, mut message: Message, source_arn: String, changes: &mut Vec<Change>) {
        message.sequence = self.next_sequence;
        self.next_sequence += 1;
        message.receipt = None;
        message.dead_letter_source = Some(source_arn);
        self.keep(message, changes);
    }

    /// Gives at most `maximum` messages to a consumer, hidden from others for `visibility`. Without a grave (the
    /// dead-letter queue does not exist any more) no message is dead.
    pub fn receive(
        &mut self,
        maximum: usize,
        visibility: SignedDuration,
        has_grave: bool,
        now: Timestamp,
        fresh_id: &mut dyn FnMut() -> String,
        changes: &mut Vec<Change>,
    ) -> Result<Received, QueueError> {
        self.expire(now, changes);
        let in_flight = self.counts(now).in_flight;
        let mut received = Received::default();
        let (ready, dead) = self.choose(maximum, has_grave, now);
        if in_flight + ready.len() > self.in_flight_limit() {
            return Err(QueueError::OverLimit);
        }
        for sequence in dead {
            if let Some(message) = self.messages.remove(&sequence) {
                changes.push(Change::Gone(sequence));
                received.dead.push(message);
            }
        }
        for sequence in ready {
            if let Some(message) = self.messages.get_mut(&sequence) {
                message.receive_count += 1;
                message.first_received_at.get_or_insert(now);
                message.visible_at = now + visibility;
                message.receipt = Some(fresh_id());
                changes.push(Change::Message(Box::new(message.clone())));
                received.messages.push(message.clone());
            }
        }
        Ok(received)
    }

    /// Which messages a receive gets, and which have been received too often.
    ///
    /// INVARIANT: in a FIFO queue a message is passed over only together with all later ones of its group.
    fn choose(&self, maximum: usize, has_grave: bool, now: Timestamp) -> (Vec<u64>, Vec<u64>) {
        let redrive = self.settings.redrive.as_ref().filter(|_| has_grave);
        let limit = redrive.map(|redrive| redrive.max_receive_count);
        let mut blocked: BTreeSet<&str> = BTreeSet::new();
        let (mut ready, mut dead) = (Vec::new(), Vec::new());
        for (sequence, message) in &self.messages {
            if ready.len() == maximum {
                break;
            }
            let group = message.group.as_deref().filter(|_| self.settings.fifo);
            if group.is_some_and(|group| blocked.contains(group)) {
                continue;
            }
            if message.visible_at > now {
                blocked.extend(group);
            } else if limit.is_some_and(|limit| message.receive_count >= limit) {
                dead.push(*sequence);
            } else {
                ready.push(*sequence);
            }
        }
        (ready, dead)
    }

    /// Removes the message that this receipt is of. A message that is gone already is no error, as at AWS.
    pub fn delete(
        &mut self,
        sequence: u64,
        receipt: &str,
        now: Timestamp,
        changes: &mut Vec<Change>,
    ) -> Result<(), QueueError> {
        let Some(message) = self.messages.get(&sequence) else {
            return Ok(());
        };
        let is_current = message.receipt.as_deref() == Some(receipt);
        // A FIFO receipt is good for as long as the message is hidden; a standard one until the next receive.
        if is_current && !(self.settings.fifo && message.visible_at <= now) {
            self.messages.remove(&sequence);
            changes.push(Change::Gone(sequence));
            return Ok(());
        }
        if self.settings.fifo {
            return Err(QueueError::Receipt);
        }
        Ok(())
    }

    /// Hides a message for `visibility` from now; zero gives it back at once.
    pub fn change_visibility(
        &mut self,
        sequence: u64,
        receipt: &str,
        visibility: SignedDuration,
        now: Timestamp,
        changes: &mut Vec<Change>,
    ) -> Result<(), QueueError> {
        let message = self
            .messages
            .get_mut(&sequence)
            .ok_or(QueueError::Receipt)?;
        if message.receipt.as_deref() != Some(receipt) {
            return Err(QueueError::Receipt);
        }
        if message.visible_at <= now {
            return Err(QueueError::NotInFlight);
        }
        message.visible_at = now + visibility;
        changes.push(Change::Message(Box::new(message.clone())));
        Ok(())
    }

    /// Removes all messages.
    pub fn purge(&mut self, now: Timestamp, changes: &mut Vec<Change>) -> Result<(), QueueError> {
        if self
            .purged_at
            .is_some_and(|at| now.duration_since(at) < PURGE_INTERVAL)
        {
            return Err(QueueError::PurgeInProgress);
        }
        self.purged_at = Some(now);
        self.messages.clear();
        changes.push(Change::Purged);
        Ok(())
    }

    /// How many messages there are.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> Counts {
        let mut counts = Counts::default();
        for message in self.messages.values() {
            match (message.visible_at > now, &message.receipt) {
                (false, _) => counts.visible += 1,
                (true, Some(_)) => counts.in_flight += 1,
                (true, None) => counts.delayed += 1,
            }
        }
        counts
    }

    /// When something becomes visible next, for whoever waits.
    #[must_use]
    pub fn next_visible_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.messages
            .values()
            .map(|message| message.visible_at)
            .filter(|at| *at > now)
            .min()
    }

    fn keep(&mut self, message: Message, changes: &mut Vec<Change>) {
        changes.push(Change::Message(Box::new(message.clone())));
        self.messages.insert(message.sequence, message);
    }

    fn in_flight_limit(&self) -> usize {
        if self.settings.fifo {
            IN_FLIGHT_LIMIT_FIFO
        } else {
            IN_FLIGHT_LIMIT
        }
    }

    fn deduplication_key(&self, message: &Message) -> Option<String> {
        let id = message
            .deduplication_id
            .as_ref()
            .filter(|_| self.settings.fifo)?;
        Some(match &message.group {
            Some(group) if self.settings.deduplicate_by_group => format!("{group}\u{1f}{id}"),
            _ => id.clone(),
        })
    }

    fn forget(&mut self, now: Timestamp, changes: &mut Vec<Change>) {
        let is_old = |accepted: &Accepted| now.duration_since(accepted.at) >= DEDUPLICATION_WINDOW;
        let old: Vec<String> = self
            .accepted
            .iter()
            .filter(|(_, accepted)| is_old(accepted))
            .map(|(key, _)| key.clone())
            .collect();
        if !old.is_empty() {
            self.accepted.retain(|_, accepted| !is_old(accepted));
            changes.push(Change::Forgotten(old));
        }
    }

    fn expire(&mut self, now: Timestamp, changes: &mut Vec<Change>) {
        let retention = self.settings.retention;
        let expired: Vec<u64> = self
            .messages
            .values()
            .filter(|message| now.duration_since(message.sent_at) >= retention)
            .map(|message| message.sequence)
            .collect();
        for sequence in expired {
            self.messages.remove(&sequence);
            changes.push(Change::Gone(sequence));
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
