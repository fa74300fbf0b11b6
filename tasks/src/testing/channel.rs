//! The channel to customers in memory: takes messages, and tells what it took.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;

use super::{TestClock, lock};
use crate::ports::{
    Answer, Channel, ChannelError, Clock, Content, OutboundMessage, Sender, SentMessage,
};

/// What one customer's phone shows, and when each message came.
type Inbox = Vec<(SentMessage, OutboundMessage)>;

/// All customers' phones.
pub struct MemoryChannel {
    clock: Arc<TestClock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    by_address: BTreeMap<String, Inbox>,
    refusals: BTreeMap<String, u32>,
    accepted: Vec<Accepted>,
}

/// A message that the channel took.
#[derive(Clone)]
pub struct Accepted {
    /// The channel's id, the text, and when.
    pub sent: SentMessage,
    /// What was handed over.
    pub message: OutboundMessage,
    /// Our address that it was sent from.
    pub from: String,
    /// The account that sent it.
    pub account: String,
}

impl MemoryChannel {
    /// No messages yet.
    #[must_use]
    pub fn new(clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// From now on this address refuses what is sent to it, with this code; `None` takes it back.
    pub fn refuse(&self, address: impl Into<String>, code: Option<u32>) {
        let mut state = lock(&self.state);
        match code {
            Some(code) => state.refusals.insert(address.into(), code),
            None => state.refusals.remove(&address.into()),
        };
    }

    /// What was taken from this position on: for an observer that remembers how far it got.
    #[must_use]
    pub fn accepted_from(&self, position: usize) -> Vec<Accepted> {
        let state = lock(&self.state);
        state.accepted.get(position..).unwrap_or_default().to_vec()
    }

    /// What this address received, oldest first.
    #[must_use]
    pub fn received(&self, address: &str) -> Vec<OutboundMessage> {
        lock(&self.state)
            .by_address
            .get(address)
            .map(|inbox| inbox.iter().map(|(_, message)| message.clone()).collect())
            .unwrap_or_default()
    }

    /// The texts this address received, oldest first: captions for pictures, variables for templates.
    #[must_use]
    pub fn texts(&self, address: &str) -> Vec<String> {
        self.received(address)
            .iter()
            .map(|message| text_of(&message.content))
            .collect()
    }
}

fn text_of(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Media { caption, .. } => caption.clone(),
        Content::Template { id, variables } => format!("{id}: {}", variables.join(" | ")),
    }
}

impl Channel for MemoryChannel {
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError> {
        Box::pin(async move {
            let at = self.clock.now();
            let mut state = lock(&self.state);
            if let Some(code) = state.refusals.get(&message.to) {
                return Err(ChannelError::Refused { code: *code });
            }
            let id = format!("SM{:032x}", state.accepted.len() + 1);
            let sent = SentMessage {
                id: id.clone(),
                body: text_of(&message.content),
                at,
            };
            state.accepted.push(Accepted {
                sent: sent.clone(),
                message: message.clone(),
                from: sender.address.clone(),
                account: sender.account.clone(),
            });
            state
                .by_address
                .entry(message.to.clone())
                .or_default()
                .push((sent, message.clone()));
            Ok(id)
        })
    }

    fn sent_since<'a>(
        &'a self,
        _sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError> {
        Box::pin(async move {
            let state = lock(&self.state);
            let inbox = state.by_address.get(to).into_iter().flatten();
            let mut sent: Vec<_> = inbox
                .filter(|(sent, _)| sent.at >= since)
                .map(|(sent, _)| sent.clone())
                .collect();
            sent.reverse();
            Ok(sent)
        })
    }
}
