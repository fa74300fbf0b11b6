//! What parties do of their own accord, when its time has come: customers, people of ours, and the weather.

use std::sync::atomic::Ordering;

use comanda_domain::{
    ids::ChargeId,
    money::Money,
    order::{Actor, PaymentMethod},
};
use comanda_tasks::{api, ports::ChargeStatus};
use serde_json::Value;

use super::{
    Storm,
    asaas::Hook,
    chance::Stream,
    jobs::{Caller, Ended, Wish},
    network::{Job, Patience},
    weather::Accident,
};
use crate::{restaurant::SampleStore, world::lock};

/// How often somebody asks for something when nobody answers.
const WISHING_ATTEMPTS: u32 = 6;

/// One thing that somebody will do.
#[derive(Debug, Clone)]
pub(crate) enum Doing {
    /// The weather clears: no more accidents, and accounts are topped up.
    Clear,
    /// A customer writes to the store.
    Writes(usize),
    /// A customer places an order; `another` body under the same checkout id.
    Places {
        order: usize,
        attempt: u32,
        another: bool,
    },
    /// Somebody wants something of an order.
    Wishes {
        order: usize,
        attempt: u32,
        wish: Wish,
    },
    /// A person of ours looks at the orders that wait for one.
    PersonLooks(usize),
    /// A charge is paid with this much.
    Pays(ChargeId, Money),
    /// A card is declined.
    Declined(ChargeId),
    /// The provider says another word about a charge.
    Becomes(ChargeId, ChargeStatus),
    /// Refunds under way end: done, or refused.
    RefundEnds(ChargeId, bool),
    /// A card's money arrives at last, and is reported a second time.
    Settled(ChargeId),
    /// Somebody sends an event with a token that is not the tenant's.
    Forges(ChargeId),
    /// An event of a charge that is none of ours, or that is no event.
    Strays(usize, bool),
    /// The provider sends the first event of a lane.
    Hook(u64),
    /// The provider's queue of a tenant stands still, or is resumed.
    StandsStill(usize),
    Resumes(usize),
    /// The POS takes the next message about an order from its queue.
    Receives(usize),
    /// The store decides.
    Decides(usize),
    /// The POS posts an event.
    Posts(usize, String),
    /// The POS of the tenant's other store posts an event about an order that is not its own.
    OtherPosts(usize, String),
    /// Our consumer takes the next event of an order.
    Takes(usize),
    /// Every tenant's books are swept.
    Sweeps,
    /// A charge's due date passes.
    FallsDue(ChargeId),
    /// An event comes once more, long after the first time.
    ComesLate(Hook),
    /// The channel calls.
    Calls {
        call: usize,
        attempt: u32,
    },
}

impl Storm {
    pub(super) fn plan_customers(&mut self) {
        let come = self
            .lives
            .iter()
            .enumerate()
            .map(|(order, life)| (order, life.customer.clone()));
        let come: Vec<_> = come
            .filter(|(order, _)| {
                self.setting
                    .only_orders
                    .as_ref()
                    .is_none_or(|only| only.contains(order))
            })
            .collect();
        for (order, customer) in come {
            if customer.writes_first {
                self.plan(customer.comes_after - 2, Doing::Writes(order));
            }
            self.plan(
                customer.comes_after,
                Doing::Places {
                    order,
                    attempt: 1,
                    another: false,
                },
            );
            if let Some(after) = customer.presses_again {
                self.plan(
                    customer.comes_after + after,
                    Doing::Places {
                        order,
                        attempt: 101,
                        another: false,
                    },
                );
            }
            if customer.changes_mind {
                self.plan(
                    customer.comes_after + 30,
                    Doing::Places {
                        order,
                        attempt: 201,
                        another: true,
                    },
                );
            }
            if let Some(after) = customer.cancels_after {
                let wish = Wish::Cancel;
                self.plan(
                    customer.comes_after + after,
                    Doing::Wishes {
                        order,
                        attempt: 1,
                        wish,
                    },
                );
            }
        }
        for tenant in 0..self.tenants.len() {
            let mut stream = Stream::new(self.setting.seed, &format!("strays/{tenant}"));
            for malformed in [false, true] {
                if stream.happens(300) {
                    self.plan(stream.between(60, 7_200), Doing::Strays(tenant, malformed));
                }
            }
        }
    }

    pub(super) fn happen(&mut self, doing: Doing) {
        match doing {
            Doing::Clear => self.clear(),
            Doing::Writes(order) => self.writes(order),
            Doing::Places {
                order,
                attempt,
                another,
            } => self.place((order, attempt, another)),
            Doing::Wishes {
                order,
                attempt,
                wish,
            } => self.wish((order, attempt, wish)),
            Doing::PersonLooks(order) => self.person_looks(order),
            Doing::Pays(charge, amount) => self.pays(&charge, amount),
            Doing::Declined(charge) => self.declined(&charge),
            Doing::Becomes(charge, status) => self.becomes(&charge, status),
            Doing::RefundEnds(charge, done) => self.refund_ends(&charge, done),
            Doing::Settled(charge) => self.settled(&charge),
            Doing::Forges(charge) => self.forges(&charge),
            Doing::Strays(tenant, malformed) => self.strays(tenant, malformed),
            Doing::Hook(lane) => self.send_hook(lane),
            Doing::StandsStill(tenant) => self.stands_still(tenant),
            Doing::Resumes(tenant) => self.resumes(tenant),
            Doing::Receives(order) => self.kitchen_receives(order),
            Doing::Decides(order) => self.kitchen_decides(order),
            Doing::Posts(order, body) => self.kitchen_posts(order, body),
            Doing::OtherPosts(order, body) => self.other_store_posts(order, &body),
            Doing::Takes(order) => self.take_event(order),
            Doing::Sweeps => self.scheduled_sweep(),
            Doing::FallsDue(charge) => self.falls_due(&charge),
            Doing::ComesLate(hook) => self.send(hook),
            Doing::Calls { call, attempt } => self.channel_calls(call, attempt),
        }
    }

    fn clear(&mut self) {
        self.network.clear.store(true, Ordering::Relaxed);
        self.cleared = true;
        // Whoever must look has looked: fees and refunds are covered from now on.
        self.outside
            .provider
            .set_spare_balance(Money::from_centavos(100_000_000));
        self.dead_letters_come_back();
        self.network
            .trace
            .say(self.now(), "network", 0, || "the weather clears".to_owned());
    }

    fn wish(&mut self, (order, attempt, wish): (usize, u32, Wish)) {
        let Some(store) = self.shop_of(order).map(|shop| &shop.store) else {
            return;
        };
        let id = self
            .lives
            .get(order)
            .and_then(|life| life.answered.first().cloned());
        let Some(id) = id else { return };
        let shop = api::Shop {
            client_id: store.client_id.clone(),
            store_id: store.store_id.clone(),
        };
        let words = match wish {
            Wish::Cancel => "the customer cancels",
            Wish::CancelAsOperator => "a person of ours cancels it",
            Wish::PayByPix => "the customer chooses PIX",
            Wish::PayByCard => "the customer chooses the card",
        };
        let now = lock(&self.time).now();
        if matches!(wish, Wish::Cancel | Wish::CancelAsOperator)
            && let Some(life) = self.lives.get_mut(order)
        {
            life.called_off.get_or_insert(now);
        }
        if wish == Wish::Cancel && attempt == 1 {
            // For a shorter time than it is asked again.
            self.goes_away(("sqs", 150), (40, 90), &format!("cancel {order}"));
        }
        self.say(order, words, || words.to_owned());
        let name = format!("order {}: {words}, try {attempt}", order + 1);
        let entry = match wish {
            Wish::PayByPix | Wish::PayByCard => "choose_payment_method",
            Wish::Cancel | Wish::CancelAsOperator => "cancel_order",
        };
        let whose = (name, shop.client_id.as_str());
        let job = Job::of_entry_point(&self.network, whose, (entry, Patience::Gateway));
        let ports = job.ports(&self.ports);
        self.jobs.spawn(
            Caller::Wish {
                order,
                attempt,
                wish,
            },
            job,
            async move {
                Ended::Http(match wish {
                    Wish::PayByPix | Wish::PayByCard => {
                        let payment_method = if wish == Wish::PayByPix {
                            PaymentMethod::Pix
                        } else {
                            PaymentMethod::Credit
                        };
                        let request = api::MethodRequest { payment_method };
                        api::choose_payment_method(&ports, &shop, id.as_str(), request).await
                    }
                    Wish::Cancel | Wish::CancelAsOperator => {
                        let by = if wish == Wish::Cancel {
                            Actor::Customer
                        } else {
                            Actor::Operator
                        };
                        let request = api::CancelRequest { by, reason: None };
                        api::cancel_order(&ports, &shop, id.as_str(), request).await
                    }
                })
            },
        );
    }

    /// Now and then somebody wants an order off at the very moment at which it ends.
    pub(super) fn cancels_at_the_end(&mut self, closure: &Value) {
        let Some(order) = self.life_of_input(closure) else {
            return;
        };
        let mut stream = Stream::new(self.setting.seed, &format!("at-the-end/{order}"));
        let first = self
            .lives
            .get_mut(order)
            .is_some_and(|life| !std::mem::replace(&mut life.has_ended, true));
        if first && stream.happens(150) {
            self.wish((order, 301, Wish::Cancel));
        }
    }

    /// Now and then a party goes away at the wrong moment, for so many seconds.
    pub(super) fn goes_away(
        &self,
        (party, per_mille): (&'static str, u64),
        (from, to): (i64, i64),
        moment: &str,
    ) {
        let mut stream = Stream::new(self.setting.seed, &format!("away/{party}/{moment}"));
        let (happens, seconds) = (stream.happens(per_mille), stream.between(from, to));
        if happens && self.network.weather.may_be_away() && self.storms(Accident::Throttled) {
            let until = super::network::later(self.now(), seconds);
            let mut away = lock(&self.network.away);
            let longest = away.entry(party).or_insert(until);
            *longest = until.max(*longest);
        }
    }

    /// L1: whoever wants it again and again is heard in the end, unless an accident met every try.
    pub(super) fn wished(
        &mut self,
        (order, attempt, wish): (usize, u32, Wish),
        job: &Job,
        ended: &Ended,
    ) {
        let again = match ended {
            Ended::Http(answer) => answer.status >= 500,
            _ => true,
        };
        let own = format!("wish {}", attempt / 100);
        if again {
            job.came_to_nothing();
        }
        self.tries.ended(job, &own, again);
        if again && attempt % 100 >= WISHING_ATTEMPTS {
            let what = job.what();
            let all = |of: &str| (of == what).then_some(WISHING_ATTEMPTS);
            if !self.tries.broke(&own, all) {
                let detail = "it was asked for to the end, and nobody took it";
                self.auditor.found("L1", &what, detail);
            }
        } else if again {
            let attempt = attempt + 1;
            self.plan(
                20,
                Doing::Wishes {
                    order,
                    attempt,
                    wish,
                },
            );
        }
    }

    /// A person looks some time after an order began to wait for one, and calls it off where they can.
    fn person_looks(&mut self, order: usize) {
        if self.auditor.waits_for_person(order) {
            let wish = Wish::CancelAsOperator;
            self.wish((order, 1, wish));
        }
    }

    pub(super) fn tenant_of(&self, order: usize) -> Option<&super::tenants::Tenant> {
        let life = self.lives.get(order)?;
        self.tenants.get(life.customer.tenant)
    }

    /// The store that a customer orders at.
    pub(super) fn shop_of(&self, order: usize) -> Option<&SampleStore> {
        self.lives.get(order)?.customer.shop(&self.tenants)
    }

    /// Whether an accident of this kind may happen at all in this world, and still does.
    pub(super) fn storms(&self, kind: Accident) -> bool {
        !self.cleared && self.setting.accidents.contains(&kind)
    }
}
