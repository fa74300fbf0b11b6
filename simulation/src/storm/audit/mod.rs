//! The auditors of a world. They see what really happened (every change of a row, the provider's money, what queues and
//! the channel took) and hold it against the invariants of RELIABILITY §1: after every event, and when all is at rest.

mod answers;
mod blocked;
mod cooking;
mod counted;
mod deeds;
mod ending;
mod failed;
mod first_net;
mod giving_up;
mod in_time;
mod messages;
mod paying;
mod persons;
pub(super) mod prices;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    ids::{ChargeId, OrderId},
    invariants::{Breach, Standing, money_now},
    ledger::LedgerEntry,
    order::{Order, OrderStatus},
    payment::{Charge, RefundIntent},
};
use comanda_tasks::{ports::Environment, rows::NotificationRow, testing::ChargeTruth};
use jiff::Timestamp;

pub(super) use self::messages::Ordered;
pub(crate) use crate::slate::standing;

/// An invariant that was broken in a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name in RELIABILITY §1.
    pub invariant: String,
    /// Whose: `order 2`, `the webhook`.
    pub subject: String,
    /// What is wrong.
    pub detail: String,
}

/// How one customer's wish to order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// On the way or further: confirmed, and no bad news since.
    Served,
    /// Cancelled, and no money here.
    Cancelled,
    /// Cancelled, and the money went back.
    Refunded,
    /// A person decides.
    WithPerson,
    /// The payer's bank took the money back.
    Disputed,
    /// Refused: unknown item, no CPF.
    Refused,
    /// Nobody was ever answered.
    NotTaken,
}

impl End {
    /// As the histogram names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::WithPerson => "with a person",
            Self::Disputed => "disputed",
            Self::Refused => "refused",
            Self::NotTaken => "not taken",
        }
    }
}

/// What the auditors know.
#[derive(Default)]
pub(crate) struct Auditor {
    pub violations: Vec<Violation>,
    /// Whose order it is, by the checkout that it came from.
    checkouts: BTreeMap<OrderId, usize>,
    pub orders: BTreeMap<OrderId, Order>,
    pub rows: BTreeMap<ChargeId, Charge>,
    /// Charges as the provider has them, by their order.
    standings: BTreeMap<OrderId, BTreeMap<ChargeId, Standing>>,
    pub intents: BTreeMap<(ChargeId, String), RefundIntent>,
    /// The ledger's, by charge.
    entries: BTreeMap<ChargeId, Vec<LedgerEntry>>,
    /// Orders whose rows changed since they were last held against each other.
    touched: BTreeSet<OrderId>,
    pub notifications: BTreeMap<(String, String), NotificationRow>,
    /// When a customer last wrote to an address of ours: theirs, ours.
    last_inbound: BTreeMap<(String, String), Timestamp>,
    /// Statuses that changed since they were last told.
    pub changed: Vec<(usize, OrderStatus, String)>,
    /// Checkouts that were refused for a reason that the customer can read.
    pub refusals: BTreeSet<OrderId>,
    /// When an obligation was first shown as one that the account cannot pay.
    shown_blocked: BTreeMap<ChargeId, Timestamp>,
    /// Orders a card of whose was declined.
    pub declined: BTreeSet<OrderId>,
    /// Orders by store and number, as people say them to each other.
    numbers: BTreeMap<(String, u64), OrderId>,
    /// How the subject of each customer's talk begins, whatever its session.
    talks: Vec<String>,
    /// What each customer read about their order, in order.
    read: BTreeMap<usize, Vec<String>>,
    told_version: BTreeMap<usize, u64>,
    queued: BTreeMap<String, Timestamp>,
}

impl Auditor {
    /// Auditors who know the ids of the customers' talks.
    pub fn of(talks: &[String]) -> Self {
        Self {
            talks: talks.iter().map(|id| format!("talk-{id}-")).collect(),
            ..Self::default()
        }
    }

    /// Notes a violation.
    pub fn found(&mut self, invariant: &str, subject: &str, detail: &str) {
        self.violations.push(Violation {
            invariant: invariant.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
        });
    }

    fn breaches(&mut self, subject: &str, breaches: impl IntoIterator<Item = Breach>) {
        for breach in breaches {
            self.found(breach.invariant, subject, &breach.detail);
        }
    }

    /// Which customer's order it is.
    pub fn checkout_of(&self, id: &OrderId) -> Option<usize> {
        self.checkouts.get(id).copied()
    }

    /// The order of a customer, as its row stands.
    pub fn order_of(&self, index: usize) -> Option<&Order> {
        let mut ids = self.checkouts.iter().filter(|(_, of)| **of == index);
        ids.find_map(|(id, _)| self.orders.get(id))
    }

    /// Whether a customer's order waits for a person.
    pub fn waits_for_person(&self, index: usize) -> bool {
        let person = comanda_domain::order::WaitingFor::Person;
        self.order_of(index)
            .is_some_and(|order| order.waiting_for == Some(person))
    }

    fn subject_of(&self, id: &OrderId) -> String {
        self.checkout_of(id)
            .map_or_else(|| id.to_string(), |index| format!("order {}", index + 1))
    }

    /// The provider would not make a charge, which is no accident: we asked for what breaks its rules.
    pub fn charge_was_not_made(&mut self, order: &OrderId, code: &str) {
        let subject = self.subject_of(order);
        let detail = format!("the provider would not make its charge: {code}");
        self.found("P5", &subject, &detail);
    }

    /// A charge changed at the provider: what may never be, not even for a moment.
    pub fn charge(&mut self, before: Option<&ChargeTruth>, now: &ChargeTruth) {
        let Some(order) = order_of(now) else {
            self.found("P5", now.charge.id.as_str(), "a charge names no order");
            return;
        };
        let subject = self.subject_of(&order);
        let all = self.standings.entry(order.clone()).or_default();
        all.insert(now.charge.id.clone(), standing(now));
        let all: Vec<Standing> = all.values().cloned().collect();
        self.breaches(&subject, money_now(&all));
        if before.is_none() {
            match self.orders.get(&order) {
                None => self.found("P5", &subject, "a charge names an order that there is not"),
                Some(known)
                    if known.total != now.charge.amount
                        || now.account != format!("key-of-{}", known.client_id) =>
                {
                    let detail = "a charge is not for the order's total, or on another's account";
                    self.found("P3", &subject, detail);
                }
                Some(_) => {}
            }
        }
        if now.environment != Environment::Local {
            self.found(
                "P7",
                &subject,
                "a charge was made in another environment than the store's",
            );
        }
        let asked = |truth: &ChargeTruth| truth.charge.refunds.len();
        let of_charge = self
            .intents
            .iter()
            .filter(|((charge, _), _)| *charge == now.charge.id);
        let mut owed = of_charge.map(|(_, intent)| intent.amount);
        let last = now.charge.refunds.last().map(|refund| refund.amount);
        let intended = owed.any(|owed| Some(owed) == last);
        if before.map_or(0, asked) < asked(now) && !intended {
            self.found(
                "R4",
                &subject,
                "a refund was asked for, and no intent of that amount is written",
            );
        }
    }
}

/// The order that a charge names.
pub(crate) fn order_of(truth: &ChargeTruth) -> Option<OrderId> {
    OrderId::new(truth.charge.external_reference.as_deref()?).ok()
}
