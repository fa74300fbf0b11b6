//! What happens to charges: who pays, disputes or is declined, how refunds end, and who sends events that are not the
//! provider's. Telling us of it is [`super::asaas`]'.

use comanda_domain::{ids::ChargeId, ids::OrderId, money::Money};
use comanda_tasks::{
    ports::{ChargeMethod, ChargeStatus, RefundStatus},
    testing::ChargeTruth,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Storm,
    asaas::{FORGED, Hook, LEARNT, OVERDUE},
    chance::Stream,
    customers::Paying,
    doings::Doing,
    jobs::{Caller, Wish},
    life::Refunding,
};
use crate::world::{lock, webhook::event_body};

/// Who has not read how to pay looks again after so long, until nobody would.
const LOOKS_AGAIN_SECONDS: i64 = 30;
const LOOKS_NO_MORE: SignedDuration = SignedDuration::from_hours(4);

impl Storm {
    pub(super) fn sees_charge(&mut self, order: usize, truth: &ChargeTruth) {
        let number = self.lives.get_mut(order).map_or(0, |life| {
            life.charges += 1;
            life.charges
        });
        let minutes = self
            .shop_of(order)
            .map_or(30, |shop| u32::from(shop.store.payment_timeout));
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
            Paying::PaysBoth(after, then) => {
                let wish = match truth.charge.method {
                    ChargeMethod::Pix => Wish::PayByCard,
                    ChargeMethod::Card => Wish::PayByPix,
                };
                self.plan(
                    after,
                    Doing::Wishes {
                        order,
                        attempt: 1,
                        wish,
                    },
                );
                self.plan(after + then, Doing::Pays(id.clone(), amount));
            }
            Paying::Never => {}
        }
        let mut stream = Stream::new(self.setting.seed, &format!("due/{order}/{number}"));
        if stream.happens(300) {
            self.plan(stream.between(60, 3_600), Doing::FallsDue(id.clone()));
        }
        let mut stream = Stream::new(self.setting.seed, &format!("forgery/{order}/{number}"));
        if stream.happens(50) {
            self.plan(stream.between(1, 60), Doing::Forges(id));
        }
    }

    /// It ends later, well or not (providers §1.7).
    pub(super) fn plan_refund(&mut self, order: usize, truth: &ChargeTruth) {
        let number = truth.charge.refunds.len();
        let mut stream = Stream::new(self.setting.seed, &format!("refund/{order}/{number}"));
        let done = !stream.happens(50);
        let is_slow = stream.happens(30);
        let refunding = Refunding {
            charge: truth.charge.id.clone(),
            asked_at: self.now(),
            ended_at: None,
        };
        if let Some(life) = self.lives.get_mut(order) {
            life.refunds.push(refunding);
        }
        let after = if is_slow {
            // Longer than the workflow that asked for it waits.
            stream.between(80_000, 250_000)
        } else if stream.happens(120) {
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
        // A code that was copied before its charge was deleted may still go through (providers §1.5); mostly it does not.
        let mut stream = Stream::new(self.setting.seed, &format!("deleted/{order}/{id}"));
        if !open || (truth.charge.deleted && !stream.happens(400)) {
            return;
        }
        let held = truth.charge.status == ChargeStatus::Held;
        if !held && !self.has_read((order, &truth), Doing::Pays(id.clone(), amount)) {
            return;
        }
        if let Some(life) = self.lives.get_mut(order) {
            let at = lock(&self.time).now();
            life.paid.push((at, truth.charge.deleted, amount));
        }
        self.say(order, "pays", || format!("the customer pays {amount}"));
        self.outside.provider.pay(id, amount);
        if truth.charge.method == ChargeMethod::Card {
            self.plan(86_400, Doing::Settled(id.clone()));
        }
    }

    /// Whether the customer has read how to pay this very charge. Who has not does so later, if it comes.
    fn has_read(&mut self, (order, truth): (usize, &ChargeTruth), then: Doing) -> bool {
        let life = self.lives.get(order);
        let phone = life.and_then(|life| self.phones.get(&life.customer.address));
        let way = way_to_pay(truth);
        if phone.is_some_and(|read| read.iter().any(|body| body.contains(&way))) {
            return true;
        }
        let placed = self.auditor.order_of(order).map(|order| order.created_at);
        if placed.is_some_and(|at| self.now().duration_since(at) < LOOKS_NO_MORE) {
            self.plan(LOOKS_AGAIN_SECONDS, then);
        }
        false
    }

    /// OVERDUE is no end: who pays then has paid (providers §1.6).
    pub(super) fn falls_due(&mut self, id: &ChargeId) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        if truth.charge.status == ChargeStatus::Pending && !truth.charge.deleted {
            self.say(order, "overdue", || "the charge falls due".to_owned());
            self.tell_event(order, OVERDUE, &truth);
        }
    }

    pub(super) fn declined(&mut self, id: &ChargeId) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        let open = truth.charge.status == ChargeStatus::Pending && !truth.charge.deleted;
        if open && self.has_read((order, &truth), Doing::Declined(id.clone())) {
            self.say(order, "declined", || "the card is declined".to_owned());
            let of_order = truth.charge.external_reference.as_deref();
            let of_order = of_order.and_then(|id| OrderId::new(id).ok());
            self.auditor.declined.extend(of_order);
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
        let is_so = truth.charge.status == from && !truth.charge.deleted;
        let by_payer = status == ChargeStatus::Held;
        let doing = Doing::Becomes(id.clone(), status);
        if is_so && (!by_payer || self.has_read((order, &truth), doing)) {
            self.say(order, "becomes", || {
                format!("the provider has the charge as {status:?}")
            });
            let now = self.now();
            if status == ChargeStatus::Refunded
                && let Some(life) = self.lives.get_mut(order)
            {
                life.undone_at.get_or_insert(now);
            }
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
            let now = self.now();
            let all = self.lives.get_mut(order).map(|life| &mut life.refunds);
            for refund in all.into_iter().flatten().filter(|one| one.charge == *id) {
                refund.ended_at.get_or_insert(now);
            }
            self.outside.provider.settle_refunds(id, done);
        }
    }

    /// Cards are reported twice: CONFIRMED, and RECEIVED when the money arrives (providers §1.8, F028). Even after it went back
    /// (F027).
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

    /// Somebody says that the charge is paid, with a token of their own or with the one that they have learnt.
    pub(super) fn forges(&mut self, id: &ChargeId) {
        let Some((order, truth)) = self.charge(id) else {
            return;
        };
        let Some(tenant) = self.tenant_of(order) else {
            return;
        };
        let (route, learnt) = (tenant.id.as_str().to_owned(), tenant.hook_token.clone());
        let body = event_body(
            &truth,
            "PAYMENT_RECEIVED",
            &format!("evt_forged_{order}&0"),
            self.now(),
        );
        let name = self.job_name_of(order, "forged event");
        let own = "somebody-else's-token-with-enough-characters";
        let (lane, token) = if Stream::new(self.setting.seed, &name).happens(500) {
            (LEARNT, learnt.as_str())
        } else {
            (FORGED, own)
        };
        self.call_webhook(
            (Caller::Hook { lane }, name),
            (&route, token),
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
            news: None,
        });
    }
}

/// What a customer needs to pay a charge: its own code, or the address of its page.
pub(super) fn way_to_pay(truth: &ChargeTruth) -> String {
    match truth.charge.method {
        ChargeMethod::Pix => format!("{}6304", truth.charge.id),
        ChargeMethod::Card => truth.charge.invoice_url.clone(),
    }
}
