//! What stores and customers were told.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{ids::OrderId, invariants::Breach, notification::NotificationKind};
use comanda_tasks::{rows::NotificationState, testing::World};
use serde_json::Value;

use super::{Slate, breach};

/// The types of the messages about an order that its store's queue took.
pub(super) fn store_heard(outside: &World, order: &OrderId) -> BTreeSet<String> {
    let mut heard = BTreeSet::new();
    for message in outside.queue.messages() {
        let Ok(body) = serde_json::from_str::<Value>(&message.body) else {
            continue;
        };
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        let about = text("/data/order/orderId").or_else(|| text("/data/orderId"));
        if about == Some(order.as_str()) {
            heard.extend(text("/type").map(str::to_owned));
        }
    }
    heard
}

impl Slate<'_> {
    /// N1: no text is said more often than there are reasons to say it.
    pub(super) fn told_once(&self) -> Vec<Breach> {
        let mut said: BTreeMap<(String, String), usize> = BTreeMap::new();
        for accepted in self.outside.channel.accepted_from(0) {
            *said
                .entry((accepted.message.to, accepted.sent.body))
                .or_insert(0) += 1;
        }
        let reasons = |to: &str, body: &str| {
            let rows = self.notifications.iter();
            rows.filter(|row| row.channel_address.as_str() == to && row.is_said_by(body))
                .count()
        };
        let twice = said
            .iter()
            .filter(|((to, body), times)| **times > reasons(to, body).max(1));
        let unasked = said.iter().filter(|((to, body), _)| reasons(to, body) == 0);
        twice
            .map(|((_, body), times)| breach("N1", format!("it was told {times} times: {body}")))
            .chain(
                unasked.map(|((_, body), _)| breach("N1", format!("nobody meant to say: {body}"))),
            )
            .collect()
    }

    /// O4: a store has an online order only for money that is there.
    pub(super) fn store_knows_only_paid(&self) -> Vec<Breach> {
        let unpaid = self.orders.iter().filter(|order| {
            order.payment_method.is_online()
                && self.captured(order) < order.total
                && store_heard(self.outside, &order.order_id).contains("REMOTE_ORDER_RECEIVED")
        });
        unpaid
            .map(|_| breach("O4", "the store got it and it is not paid"))
            .collect()
    }

    /// N1: what was to be said was said, refused, or is no longer true; nobody holds a message and says nothing.
    pub fn nothing_is_unsaid(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for row in &self.notifications {
            if row.state != NotificationState::Intended {
                continue;
            }
            let order = self
                .orders
                .iter()
                .find(|order| order.order_id.as_str() == row.subject_id);
            let overtaken = order.is_some_and(|order| {
                let status = NotificationKind::Status(order.status()).to_string();
                row.kind.starts_with("STATUS#") && row.kind != status
            });
            let seen = order.is_some_and(|order| self.is_seen(order));
            if !overtaken && !seen {
                let held = if row.claimed_until.is_some() {
                    "is held and never said"
                } else {
                    "was never said"
                };
                breaches.push(breach("N1", format!("{} {held}", row.kind)));
            }
        }
        breaches
    }
}
