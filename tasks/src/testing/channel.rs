//! The channel to customers in memory: takes messages, and tells what it took.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use comanda_domain::people::ChannelAddress;
use jiff::{SignedDuration, Timestamp};

use super::{TestClock, fork::chained, lock};
use crate::ports::{
    Answer, Channel, ChannelError, ChoiceLimits, Clock, Content, OutboundMessage, Sender,
    SentMessage,
};

/// Longer texts are refused (providers §2.4).
const TEXT_MAX_CHARS: usize = 1_600;
/// After a customer's last message, free text is allowed for so long (providers §2.6).
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// All customers' phones.
pub struct MemoryChannel {
    clock: Arc<TestClock>,
    /// Shared until it is written, so that a world can be copied often.
    state: Mutex<Arc<State>>,
}

#[derive(Default, Clone)]
struct State {
    /// By customer: positions in `accepted`.
    by_address: BTreeMap<String, Vec<usize>>,
    refusals: BTreeMap<String, u32>,
    /// Nobody's account is accepted.
    accepts_nobody: bool,
    accepted: Vec<Accepted>,
    /// Of the texts that were taken, and when.
    digest: u64,
    /// By customer and our address: when the customer wrote last.
    written: BTreeMap<(String, String), Timestamp>,
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

    pub(super) fn fork(&self, clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            state: Mutex::new(lock(&self.state).clone()),
        }
    }

    pub(super) fn digest(&self) -> u64 {
        lock(&self.state).digest
    }

    /// From now on this address refuses what is sent to it, with this code; `None` takes it back.
    pub fn refuse(&self, address: impl Into<String>, code: Option<u32>) {
        let mut shared = lock(&self.state);
        let state = Arc::make_mut(&mut shared);
        match code {
            Some(code) => state.refusals.insert(address.into(), code),
            None => state.refusals.remove(&address.into()),
        };
    }

    /// From now on no account's token is accepted, or all are again.
    pub fn accept_nobody(&self, nobody: bool) {
        Arc::make_mut(&mut lock(&self.state)).accepts_nobody = nobody;
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
        let state = lock(&self.state);
        let inbox = state.inbox(address);
        inbox.map(|accepted| accepted.message.clone()).collect()
    }

    /// The customer writes to one of our addresses, which opens the window for free texts.
    pub fn wrote(&self, customer: &str, ours: &str) {
        let now = self.clock.now();
        let key = (customer.to_owned(), ours.to_owned());
        Arc::make_mut(&mut lock(&self.state))
            .written
            .insert(key, now);
    }

    /// Whether a message that was taken reaches the customer: a template always does, a free text in the window only.
    #[must_use]
    pub fn arrives(&self, accepted: &Accepted) -> bool {
        let key = (accepted.message.to.clone(), accepted.from.clone());
        let written = lock(&self.state).written.get(&key).copied();
        let open = written.is_some_and(|at| accepted.sent.at.duration_since(at) < WINDOW);
        open || matches!(accepted.message.content, Content::Template { .. })
    }

    /// The texts this address received, oldest first: captions for pictures, variables for templates, and what can be tapped
    /// as a numbered list.
    #[must_use]
    pub fn texts(&self, address: &str) -> Vec<String> {
        self.received(address)
            .iter()
            .map(|message| message.content.as_text())
            .collect()
    }
}

impl State {
    fn inbox(&self, address: &str) -> impl DoubleEndedIterator<Item = &Accepted> {
        let positions = self.by_address.get(address).into_iter().flatten();
        positions.filter_map(|position| self.accepted.get(*position))
    }
}

/// What may stand in a template's place (Twilio's 21656).
fn is_variable(text: &str) -> bool {
    let cannot = text.is_empty() || text.contains(['\n', '\r', '\t']) || text.contains("     ");
    !cannot
}

/// What Twilio says at once to a message that makes no sense (providers §2.4); all else it says by report.
fn check(message: &OutboundMessage) -> Result<(), ChannelError> {
    let refused = |code| Err(ChannelError::Refused { code });
    let number = message.to.strip_prefix("whatsapp:+");
    let short = number.is_some_and(|number| number.len() < 8);
    if short || ChannelAddress::new(&message.to).is_err() {
        return refused(21_211);
    }
    match &message.content {
        Content::Text(text) if text.is_empty() => refused(21_619),
        Content::Template { variables, .. } if !variables.iter().all(|one| is_variable(one)) => {
            refused(21_656)
        }
        content if content.body().chars().count() > TEXT_MAX_CHARS => refused(21_617),
        _ => Ok(()),
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
            let mut shared = lock(&self.state);
            let state = Arc::make_mut(&mut shared);
            if state.accepts_nobody {
                return Err(ChannelError::Unauthorised);
            }
            if let Some(code) = state.refusals.get(&message.to) {
                return Err(ChannelError::Refused { code: *code });
            }
            check(message)?;
            let id = format!("SM{:032x}", state.accepted.len() + 1);
            let sent = SentMessage {
                id: id.clone(),
                body: message.content.body(),
                at,
            };
            let position = state.accepted.len();
            state.digest = chained(state.digest, (&sent.body, sent.at));
            state.accepted.push(Accepted {
                sent,
                message: message.clone(),
                from: sender.address.clone(),
                account: sender.account.clone(),
            });
            let inbox = state.by_address.entry(message.to.clone());
            inbox.or_default().push(position);
            Ok(id)
        })
    }

    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError> {
        Box::pin(async move {
            let state = lock(&self.state);
            if state.accepts_nobody {
                return Err(ChannelError::Unauthorised);
            }
            let own = state.inbox(to).rev().filter(|accepted| {
                (&accepted.from, &accepted.account) == (&sender.address, &sender.account)
            });
            // Twilio tells whole seconds, so a message of the very second of `since` counts.
            let later = own.filter(|accepted| accepted.sent.at.as_second() >= since.as_second());
            Ok(later.map(|accepted| accepted.sent.clone()).collect())
        })
    }

    fn limits(&self, to: &str) -> ChoiceLimits {
        if to.starts_with("whatsapp:") {
            ChoiceLimits::WHATSAPP
        } else {
            ChoiceLimits::NONE
        }
    }
}
