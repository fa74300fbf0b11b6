//! The payment provider beyond its API: who pays what when, and the events that it sends (providers §1.8).
//!
//! Events wait in lanes. In sequential mode a tenant's events share one, and the first that fails holds up the rest; each
//! failure lengthens the pause, and the fifteenth would stop the tenant's queue. When one stands still is
//! [`super::standstill`]'s.

use std::collections::{BTreeMap, VecDeque};

use comanda_domain::{
    ids::{ChargeId, OrderId},
    inbox::{News, NewsId},
    keys::Key,
    tables::INBOX,
};
use comanda_tasks::{
    http::WebhookRequest,
    ports::{ChargeMethod, ChargeStatus},
    testing::{ChargeTruth, seconds_after},
    webhooks,
};
use jiff::Timestamp;

use super::{
    Storm,
    chance::Stream,
    doings::Doing,
    jobs::{Caller, Ended},
    network::{Job, Patience},
    weather::Accident,
};
use crate::world::webhook::event_body;

/// The word for a charge whose due date passed unpaid; it can still be paid.
pub(super) const OVERDUE: &str = "PAYMENT_OVERDUE";

/// What the provider has seen and has yet to say.
#[derive(Default)]
pub(crate) struct Asaas {
    /// The provider's revision that was looked at last.
    revision: u64,
    seen: BTreeMap<ChargeId, ChargeTruth>,
    lanes: BTreeMap<u64, Lane>,
    /// The tenant whose queue stands still.
    standing: Option<usize>,
    events: u64,
    /// What was told with an event that was taken, by the id that the same news has when a sweep reads it; and when.
    taken: BTreeMap<String, Timestamp>,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Hook>,
    failures: usize,
    busy: bool,
    /// Its next sending waits until its tenant's queue is resumed.
    held: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub tenant: usize,
    pub name: String,
    pub body: String,
    /// Once more, though it was answered.
    pub repeats: bool,
    /// What an order must hear by it, where it must hear anything.
    pub news: Option<Told>,
}

/// News that an event tells.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The id that the same news has when a sweep reads it at the provider.
    read_id: String,
    /// Where it is stored.
    key: Key,
    charge: ChargeId,
    /// When the provider had it to say.
    at: Timestamp,
}

impl Asaas {
    /// When news was told with an event that we said we took.
    pub fn taken_at(&self, news: &str) -> Option<Timestamp> {
        self.taken.get(news).copied()
    }

    /// Nothing of a tenant is sent from now on.
    pub fn stands_still(&mut self, tenant: usize) {
        self.standing = Some(tenant);
    }

    /// Of which charges events of a tenant wait that tell of money, and when the last of them was to be told.
    pub fn waiting_of(&self, tenant: usize) -> BTreeMap<ChargeId, Timestamp> {
        let all = self.lanes.values().flat_map(|lane| &lane.waiting);
        let own = all.filter(|hook| hook.tenant == tenant);
        let mut waiting = BTreeMap::new();
        for told in own.filter_map(|hook| hook.news.as_ref()) {
            let last = waiting.entry(told.charge.clone()).or_insert(told.at);
            *last = told.at.max(*last);
        }
        waiting
    }

    /// Everything is sent again: the lanes that were held up, the one whose event came first before the others.
    pub fn resumes(&mut self) -> Vec<u64> {
        self.standing = None;
        let held = self.lanes.iter_mut().filter(|(_, lane)| lane.held);
        let freed = held.map(|(number, lane)| {
            lane.held = false;
            // Another sending than the last one before, which may have met with an accident.
            if let Some(hook) = lane.waiting.front_mut().filter(|_| lane.failures > 0) {
                hook.name.push_str(", resumed");
            }
            lane.failures = 0;
            *number
        });
        freed.collect()
    }

    /// Charges whose events were all taken: none wait, and no lane has stopped.
    pub fn is_quiet(&self) -> bool {
        self.lanes.values().all(|lane| lane.waiting.is_empty())
    }
}

impl Storm {
    /// Looks what changed at the provider: it says so, and customers see new charges.
    pub(super) fn watch_provider(&mut self) {
        let revision = self.outside.provider.revision();
        if std::mem::replace(&mut self.asaas.revision, revision) == revision {
            return;
        }
        for (order, code) in self.outside.provider.take_not_made() {
            self.auditor.charge_was_not_made(&order, &code);
        }
        for charge in self.outside.provider.take_asked_again() {
            let detail = "a refund was asked for that had been asked for";
            self.auditor.found("R3", charge.as_str(), detail);
        }
        for truth in self.outside.provider.charges() {
            let before = self.asaas.seen.get(&truth.charge.id);
            if before == Some(&truth) {
                continue;
            }
            let before = before.cloned();
            let order = truth
                .charge
                .external_reference
                .as_deref()
                .unwrap_or_default();
            let order = OrderId::new(order).ok().and_then(|id| self.life_of(&id));
            self.asaas
                .seen
                .insert(truth.charge.id.clone(), truth.clone());
            self.auditor.charge(before.as_ref(), &truth);
            let Some(order) = order else { continue };
            if before.is_none() {
                self.sees_charge(order, &truth);
            }
            for word in words(before.as_ref(), &truth) {
                self.tell_event(order, word, &truth);
            }
            let asked = |truth: &ChargeTruth| truth.charge.refunds.len();
            if before.as_ref().map_or(0, asked) < asked(&truth) {
                self.plan_refund(order, &truth);
            }
        }
    }

    pub(super) fn tell_event(&mut self, order: usize, word: &'static str, truth: &ChargeTruth) {
        let Some(tenant) = self.lives.get(order).map(|life| life.customer.tenant) else {
            return;
        };
        let name = self.job_name_of(order, &format!("event {word}"));
        let id = format!("evt_{}&{tenant}", self.asaas.events + 1);
        let body = event_body(truth, word, &id, self.now()).to_string();
        let mut stream = Stream::new(self.setting.seed, &name);
        let repeats = stream.happens(120);
        let hook = Hook {
            tenant,
            name,
            body,
            repeats,
            news: self.told(order, (word, &id), truth),
        };
        // A due date that passed is old news when money has come in meanwhile (F067).
        if word == OVERDUE && stream.happens(500) {
            let late = Hook {
                name: format!("{}, late", hook.name),
                ..hook.clone()
            };
            self.plan(stream.between(600, 20_000), Doing::ComesLate(late));
        }
        self.send(hook);
    }

    fn told(&self, order: usize, (word, id): (&str, &str), truth: &ChargeTruth) -> Option<Told> {
        let reference = truth.charge.external_reference.as_deref()?;
        let (order_id, news) = (OrderId::new(reference).ok()?, NewsId::new(id).ok()?);
        Some(Told {
            read_id: read_id(word, truth)?,
            key: News::key_of(&self.tenant_of(order)?.id, &order_id, &news),
            charge: truth.charge.id.clone(),
            at: self.now(),
        })
    }

    pub(super) fn send(&mut self, hook: Hook) {
        self.asaas.events += 1;
        let lane = if self.network.weather.events_in_any_order {
            1_000 + self.asaas.events
        } else {
            u64::try_from(hook.tenant).unwrap_or(0)
        };
        let entry = self.asaas.lanes.entry(lane).or_default();
        entry.waiting.push_back(hook);
        if !std::mem::replace(&mut entry.busy, true) {
            self.plan_sending(lane);
        }
    }

    /// The first event of a lane is on its way.
    pub(super) fn plan_sending(&mut self, lane: u64) {
        let lanes = &self.asaas.lanes;
        let Some(hook) = lanes.get(&lane).and_then(|lane| lane.waiting.front()) else {
            return;
        };
        let mut stream = Stream::new(self.setting.seed, &format!("way/{}", hook.name));
        let way = if self.network.weather.events_in_any_order {
            stream.between(0, 90)
        } else {
            stream.between(0, 3)
        };
        self.plan(way, Doing::Hook(lane));
    }

    pub(super) fn send_hook(&mut self, lane: u64) {
        let standing = self.asaas.standing;
        let Some(entry) = self.asaas.lanes.get_mut(&lane) else {
            return;
        };
        let Some(hook) = entry.waiting.front().cloned() else {
            return;
        };
        if standing == Some(hook.tenant) {
            entry.held = true;
            return;
        }
        let sending = entry.failures + 1;
        let Some(tenant) = self.tenants.get(hook.tenant) else {
            return;
        };
        let (route, token) = (tenant.id.as_str().to_owned(), tenant.hook_token.clone());
        let name = format!("{}, sending {sending}", hook.name);
        self.call_webhook((Caller::Hook { lane }, name), (&route, &token), hook.body);
    }

    pub(super) fn call_webhook(
        &mut self,
        (caller, name): (Caller, String),
        (route, token): (&str, &str),
        body: String,
    ) {
        let entry = ("asaas", Patience::Provider);
        let job = Job::of_entry_point(&self.network, (name, route), entry);
        let ports = job.ports(&self.ports);
        let headers = BTreeMap::from([("asaas-access-token".to_owned(), token.to_owned())]);
        let request = WebhookRequest {
            url: String::new(),
            headers,
            body: body.into_bytes(),
        };
        let route = route.to_owned();
        self.jobs.spawn(caller, job, async move {
            Ended::Http(webhooks::asaas::receive(&ports, &route, &request).await)
        });
    }

    pub(super) fn hook_answered(&mut self, lane: u64, ended: &Ended) {
        if lane == FORGED {
            if matches!(ended, Ended::Http(answer) if answer.status == 200) {
                self.auditor.found(
                    "T1",
                    "the webhook",
                    "an event with another's token was taken",
                );
            }
            return;
        }
        if lane == LEARNT {
            return;
        }
        let lost = self.storms(Accident::LostAfter);
        let now = self.now();
        let Some(entry) = self.asaas.lanes.get_mut(&lane) else {
            return;
        };
        let taken = matches!(ended, Ended::Http(answer) if answer.status == 200);
        let is_parked = matches!(ended, Ended::Http(answer) if answer.body.get("parked").is_some());
        let mut pause = 0;
        if taken {
            entry.failures = 0;
            if let Some(told) = entry.waiting.front().and_then(|hook| hook.news.clone())
                && !is_parked
            {
                self.asaas.taken.entry(told.read_id).or_insert(now);
                if self.outside.store.row(&INBOX, &told.key).is_none() {
                    let detail = "an event was answered with 200 and is not stored";
                    self.auditor.found("P3", "the webhook", detail);
                }
            }
            match entry.waiting.front_mut() {
                Some(hook) if hook.repeats && lost => hook.repeats = false,
                _ => drop(entry.waiting.pop_front()),
            }
        } else {
            entry.failures += 1;
            match seconds_after(entry.failures) {
                Some(seconds) => pause = i64::from(seconds),
                // The ladder is three times as long as the storm: hours of fair weather came before this.
                None => {
                    let detail = "fifteen failures: the provider's queue has stopped";
                    self.auditor.found("P3", "the webhook", detail);
                    return;
                }
            }
        }
        if entry.waiting.is_empty() {
            entry.busy = false;
        } else {
            self.plan(pause, Doing::Hook(lane));
        }
    }
}

/// Not a lane of the provider's: somebody who has a token of their own.
pub(super) const FORGED: u64 = u64::MAX;

/// Nor this: somebody who has learnt the tenant's token. What they say is answered; that it is not believed is P3's.
pub(super) const LEARNT: u64 = u64::MAX - 1;

/// The id of this news where a sweep reads it at the provider.
fn read_id(word: &str, truth: &ChargeTruth) -> Option<String> {
    let id = &truth.charge.id;
    let card = truth.charge.method == ChargeMethod::Card;
    match word {
        "PAYMENT_RECEIVED" => Some(format!("read-{id}-paid")),
        "PAYMENT_CONFIRMED" if card => Some(format!("read-{id}-paid")),
        "PAYMENT_REFUNDED" => Some(format!("read-{id}-refunded-{}", truth.refunded.centavos())),
        "PAYMENT_CHARGEBACK_REQUESTED" => Some(format!("read-{id}-chargeback")),
        _ => None,
    }
}

/// The provider's words for a change.
fn words(before: Option<&ChargeTruth>, now: &ChargeTruth) -> Vec<&'static str> {
    let mut words = Vec::new();
    let was = before.map(|before| before.charge.status);
    if was.is_none() {
        words.push("PAYMENT_CREATED");
    }
    if now.charge.deleted && before.is_some_and(|before| !before.charge.deleted) {
        words.push("PAYMENT_DELETED");
    }
    let card = now.charge.method == ChargeMethod::Card;
    if was.is_some_and(|was| was != now.charge.status) {
        words.extend(match now.charge.status {
            ChargeStatus::Paid if was == Some(ChargeStatus::Refunding) => {
                Some("PAYMENT_REFUND_DENIED")
            }
            ChargeStatus::Paid if card => Some("PAYMENT_CONFIRMED"),
            ChargeStatus::Paid => Some("PAYMENT_RECEIVED"),
            ChargeStatus::Held => Some("PAYMENT_CONFIRMED"),
            ChargeStatus::Refunding => Some("PAYMENT_REFUND_IN_PROGRESS"),
            ChargeStatus::Refunded => Some("PAYMENT_REFUNDED"),
            ChargeStatus::Chargeback => Some("PAYMENT_CHARGEBACK_REQUESTED"),
            ChargeStatus::Pending | ChargeStatus::Authorised | ChargeStatus::Unknown => None,
        });
    }
    words
}
