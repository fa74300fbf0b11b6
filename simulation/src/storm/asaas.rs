//! The payment provider beyond its API: who pays what when, and the events that it sends (providers §1.8).
//!
//! Events wait in lanes. In sequential mode a tenant's events share one, and the first that fails holds up the rest; each
//! failure lengthens the pause, and the fifteenth stops the lane for good.

use std::collections::{BTreeMap, VecDeque};

use comanda_domain::{ids::ChargeId, ids::OrderId, money::Money};
use comanda_tasks::{
    http::WebhookRequest,
    ports::{ChargeMethod, ChargeStatus, RefundStatus},
    testing::ChargeTruth,
    webhooks,
};
use serde_json::{Value, json};

use super::{
    Storm,
    chance::Stream,
    customers::Paying,
    doings::Doing,
    jobs::{Caller, Ended, Wish},
    network::Job,
    weather::Accident,
};
use crate::world::webhook::event_body;

/// Seconds before attempt 1, 2, … 15 (providers §1.8, "penalização de filas").
const LADDER: [i64; 15] = [
    0, 30, 60, 210, 300, 900, 1_500, 3_600, 3_600, 3_600, 3_600, 3_600, 7_200, 7_200, 10_800,
];

/// What the provider has seen and has yet to say.
#[derive(Default)]
pub(crate) struct Asaas {
    seen: BTreeMap<ChargeId, ChargeTruth>,
    lanes: BTreeMap<u64, Lane>,
    events: u64,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Hook>,
    failures: usize,
    busy: bool,
}

#[derive(Clone)]
struct Hook {
    tenant: usize,
    name: String,
    body: String,
    /// Once more, though it was answered.
    repeats: bool,
}

impl Asaas {
    /// Charges whose events were all taken: none wait, and no lane has stopped.
    pub fn is_quiet(&self) -> bool {
        self.lanes.values().all(|lane| lane.waiting.is_empty())
    }
}

impl Storm {
    /// Looks what changed at the provider: it says so, and customers see new charges.
    pub(super) fn watch_provider(&mut self) {
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

    fn sees_charge(&mut self, order: usize, truth: &ChargeTruth) {
        let number = self.lives.get_mut(order).map_or(0, |life| {
            life.charges += 1;
            life.charges
        });
        let minutes = self
            .tenant_of(order)
            .map_or(30, |tenant| u32::from(tenant.shop.store.payment_timeout));
        let deadline = i64::from(minutes) * 60;
        let (id, amount) = (truth.charge.id.clone(), truth.charge.amount);
        let paying = Paying::of(
            self.setting.seed,
            (order, number),
            truth.charge.method,
            deadline,
        );
        match paying {
            Paying::After(after) => self.plan(after, Doing::Pays(id.clone(), amount)),
            Paying::Wrongly(after, more) => {
                let amount = Money::from_centavos(amount.centavos() + more);
                self.plan(after, Doing::Pays(id.clone(), amount));
            }
            Paying::DeclinedThen(after, then) => {
                self.plan(after, Doing::Declined(id.clone()));
                match then {
                    Some(then) => self.plan(after + then, Doing::Pays(id.clone(), amount)),
                    None => {
                        let wish = Wish::PayByPix;
                        self.plan(
                            after + 90,
                            Doing::Wishes {
                                order,
                                attempt: 1,
                                wish,
                            },
                        );
                    }
                }
            }
            Paying::Held(after, then, comes) => {
                self.plan(after, Doing::Becomes(id.clone(), ChargeStatus::Held));
                let end = if comes {
                    Doing::Pays(id.clone(), amount)
                } else {
                    Doing::Becomes(id.clone(), ChargeStatus::Refunded)
                };
                self.plan(after + then, end);
            }
            Paying::Disputes(after, then) => {
                self.plan(after, Doing::Pays(id.clone(), amount));
                self.plan(
                    after + then,
                    Doing::Becomes(id.clone(), ChargeStatus::Chargeback),
                );
            }
            Paying::Never => {}
        }
        let mut stream = Stream::new(self.setting.seed, &format!("forgery/{order}/{number}"));
        if stream.happens(50) {
            self.plan(stream.between(1, 60), Doing::Forges(id));
        }
    }

    fn plan_refund(&mut self, order: usize, truth: &ChargeTruth) {
        let number = truth.charge.refunds.len();
        let mut stream = Stream::new(self.setting.seed, &format!("refund/{order}/{number}"));
        let done = !stream.happens(50);
        let after = if stream.happens(120) {
            stream.between(3_600, 60_000)
        } else {
            stream.between(1, 900)
        };
        self.plan(after, Doing::RefundEnds(truth.charge.id.clone(), done));
    }

    pub(super) fn pays(&mut self, id: &ChargeId, amount: Money) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        let open = matches!(
            truth.charge.status,
            ChargeStatus::Pending | ChargeStatus::Held
        );
        // A code that was copied before its charge was deleted may still go through; mostly it does not.
        let mut stream = Stream::new(self.setting.seed, &format!("deleted/{order}/{id}"));
        if !open || (truth.charge.deleted && !stream.happens(400)) {
            return;
        }
        self.say(order, "pays", || format!("the customer pays {amount}"));
        self.outside.provider.pay(id, amount);
        if truth.charge.method == ChargeMethod::Card {
            self.plan(86_400, Doing::Settled(id.clone()));
        }
    }

    pub(super) fn declined(&mut self, id: &ChargeId) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        if truth.charge.status == ChargeStatus::Pending && !truth.charge.deleted {
            self.say(order, "declined", || "the card is declined".to_owned());
            self.tell_event(order, "PAYMENT_CREDIT_CARD_CAPTURE_REFUSED", &truth);
        }
    }

    pub(super) fn becomes(&mut self, id: &ChargeId, status: ChargeStatus) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        let from = match status {
            ChargeStatus::Held => ChargeStatus::Pending,
            ChargeStatus::Chargeback => ChargeStatus::Paid,
            _ => ChargeStatus::Held,
        };
        if truth.charge.status == from && !truth.charge.deleted {
            self.say(order, "becomes", || {
                format!("the provider has the charge as {status:?}")
            });
            self.outside.provider.set_status(id, status);
        }
    }

    pub(super) fn refund_ends(&mut self, id: &ChargeId, done: bool) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        if truth
            .charge
            .refunds
            .iter()
            .any(|refund| refund.status == RefundStatus::Pending)
        {
            let words = if done {
                "the provider gives the money back"
            } else {
                "the provider refuses the refund"
            };
            self.say(order, words, || words.to_owned());
            self.outside.provider.settle_refunds(id, done);
        }
    }

    /// Cards are reported twice: CONFIRMED, and RECEIVED when the money arrives (F028). Even after it went back (F027).
    pub(super) fn settled(&mut self, id: &ChargeId) {
        if let Some((order, truth)) = self.charge(id) {
            self.tell_event(order, "PAYMENT_RECEIVED", &truth);
        }
    }

    fn charge(&mut self, id: &ChargeId) -> Option<(usize, ChargeTruth)> {
        let truth = self.outside.provider.charge(id)?;
        let order = OrderId::new(truth.charge.external_reference.as_deref()?).ok()?;
        Some((self.life_of(&order)?, truth))
    }

    fn tell_event(&mut self, order: usize, word: &'static str, truth: &ChargeTruth) {
        let Some(tenant) = self.lives.get(order).map(|life| life.customer.tenant) else {
            return;
        };
        let name = self.job_name_of(order, &format!("event {word}"));
        let id = format!("evt_{}&{tenant}", self.asaas.events + 1);
        let body = event_body(truth, word, &id, self.now()).to_string();
        let mut stream = Stream::new(self.setting.seed, &name);
        let repeats = stream.happens(120);
        self.send(Hook {
            tenant,
            name,
            body,
            repeats,
        });
    }

    fn send(&mut self, hook: Hook) {
        self.asaas.events += 1;
        let lane = if self.network.weather.events_in_any_order {
            1_000 + self.asaas.events
        } else {
            u64::try_from(hook.tenant).unwrap_or(0)
        };
        let mut stream = Stream::new(self.setting.seed, &format!("way/{}", hook.name));
        let entry = self.asaas.lanes.entry(lane).or_default();
        entry.waiting.push_back(hook);
        if !entry.busy {
            entry.busy = true;
            let way = if self.network.weather.events_in_any_order {
                stream.between(0, 90)
            } else {
                stream.between(0, 3)
            };
            self.plan(way, Doing::Hook(lane));
        }
    }

    pub(super) fn send_hook(&mut self, lane: u64) {
        let Some(entry) = self.asaas.lanes.get(&lane) else {
            return;
        };
        let Some(hook) = entry.waiting.front().cloned() else {
            return;
        };
        let Some(tenant) = self.tenants.get(hook.tenant) else {
            return;
        };
        let (route, token) = (tenant.id.as_str().to_owned(), tenant.hook_token.clone());
        let name = format!("{}, sending {}", hook.name, entry.failures + 1);
        self.call_webhook((Caller::Hook { lane }, name), (&route, &token), hook.body);
    }

    fn call_webhook(
        &mut self,
        (caller, name): (Caller, String),
        (route, token): (&str, &str),
        body: String,
    ) {
        let job = Job::new(&self.network, name, route);
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
        let lost = self.storms(Accident::LostAfter);
        let Some(entry) = self.asaas.lanes.get_mut(&lane) else {
            return;
        };
        let taken = matches!(ended, Ended::Http(answer) if answer.status == 200);
        let mut pause = 0;
        if taken {
            entry.failures = 0;
            match entry.waiting.front_mut() {
                Some(hook) if hook.repeats && lost => hook.repeats = false,
                _ => drop(entry.waiting.pop_front()),
            }
        } else {
            entry.failures += 1;
            match LADDER.get(entry.failures) {
                Some(seconds) => pause = *seconds,
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

    pub(super) fn forges(&mut self, id: &ChargeId) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        let Some(tenant) = self
            .tenant_of(order)
            .map(|tenant| tenant.id.as_str().to_owned())
        else {
            return;
        };
        let body = event_body(
            &truth,
            "PAYMENT_RECEIVED",
            &format!("evt_forged_{order}&0"),
            self.now(),
        );
        let name = self.job_name_of(order, "forged event");
        let token = "somebody-else's-token-with-enough-characters";
        self.call_webhook(
            (Caller::Hook { lane: FORGED }, name),
            (&tenant, token),
            body.to_string(),
        );
    }

    /// A charge of another system on the same account, or something that is no event at all.
    pub(super) fn strays(&mut self, tenant: usize, malformed: bool) {
        let body: Value = if malformed {
            json!({ "what": "is this" })
        } else {
            json!({
                "id": format!("evt_stray_{tenant}&9"), "event": "PAYMENT_RECEIVED",
                "payment": { "id": "pay_of_another_system", "value": 10.5, "billingType": "PIX", "externalReference": null },
            })
        };
        let name = format!("tenant {}: a stray event, {malformed}", tenant + 1);
        self.send(Hook {
            tenant,
            name,
            body: body.to_string(),
            repeats: false,
        });
    }
}

/// Not a lane of the provider's.
const FORGED: u64 = u64::MAX;

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
