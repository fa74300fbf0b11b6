//! The stores' points of sale and the queues from us to them, with SQS's rules (providers §4.6): order within a group, a
//! message that was not deleted comes again when its visibility ends, and holds up its group until then. What they post
//! to us is [`super::posting`]'s.

use std::collections::BTreeMap;

use comanda_domain::{ids::OrderId, store::ConfirmationPolicy};
use comanda_tasks::{
    ports::{Completion, Workflows as _},
    testing::{self, VISIBILITY},
};
use serde_json::{Value, json};

use super::{
    Storm, audit::Ordered, chance::Stream, doings::Doing, posting::Posted, weather::Accident,
};
use crate::world::workflows::EngineWorkflows;

/// All stores' screens.
#[derive(Default)]
pub(crate) struct Kitchens {
    read: usize,
    orders: BTreeMap<usize, Kitchen>,
}

/// One order as its store sees it.
#[derive(Default)]
pub(crate) struct Kitchen {
    /// The queue and the group that its messages come by, and how many of them are not deleted yet.
    queue: (String, String),
    waiting: usize,
    newest: u64,
    token: Option<String>,
    /// The decision it made; none while it thinks or stays silent.
    decided: Option<bool>,
    /// It was told to cook, or said that it does.
    pub cooks: bool,
    /// It was told that the order is over.
    pub told_over: bool,
    /// It said yes, whether that counted or not.
    pub said_yes: bool,
    /// It was asked, by when it must answer, and when it did.
    pub asked_until: Option<jiff::Timestamp>,
    pub decided_at: Option<jiff::Timestamp>,
    /// When it called the order off, after it had taken it.
    pub called_off: Option<jiff::Timestamp>,
    /// What it posted.
    pub posted: Posted,
    receives: u32,
    reports_planned: bool,
}

impl Kitchens {
    pub fn of(&self, order: usize) -> Option<&Kitchen> {
        self.orders.get(&order)
    }

    pub fn of_mut(&mut self, order: usize) -> Option<&mut Kitchen> {
        self.orders.get_mut(&order)
    }

    /// What each store posted, by order.
    pub fn posted(&mut self) -> impl Iterator<Item = (usize, &mut Posted)> {
        let orders = self.orders.iter_mut();
        orders.map(|(order, kitchen)| (*order, &mut kitchen.posted))
    }
}

impl Storm {
    /// Looks what came onto the stores' queues.
    pub(super) fn watch_queues(&mut self) {
        let came = self.outside.queue.messages_from(self.kitchens.read);
        self.kitchens.read += came.len();
        for message in came {
            let order = OrderId::new(&message.group_id)
                .ok()
                .and_then(|id| self.life_of(&id));
            let life = order.and_then(|order| self.lives.get(order));
            let own = life.and_then(|life| life.customer.shop(&self.tenants));
            let own = life.zip(own).map(|(life, shop)| {
                let minutes = match ConfirmationPolicy::of(&shop.orders) {
                    ConfirmationPolicy::ByStore { answer_within, .. } => answer_within.get(),
                    ConfirmationPolicy::Automatic => 0,
                };
                Ordered {
                    queue: &shop.store.queue_url,
                    minutes: i64::from(minutes),
                    bodies: life.customer.bodies(),
                    menu: &shop.menu,
                }
            });
            let charges = self.outside.provider.charges();
            self.auditor.store_message(&message, own.as_ref(), &charges);
            let Some(order) = order else { continue };
            let mut stream = Stream::new(self.setting.seed, &format!("pos-way/{order}"));
            // A POS that is switched off finds its messages when it is switched on.
            let way = if stream.happens(100) {
                stream.between(600, 9_000)
            } else {
                stream.between(0, 4)
            };
            let kitchen = self.kitchens.orders.entry(order).or_default();
            kitchen.queue = (message.queue_url, message.group_id);
            kitchen.waiting += 1;
            if kitchen.waiting == 1 {
                self.plan(way, Doing::Receives(order));
            }
        }
    }

    pub(super) fn kitchen_receives(&mut self, order: usize) {
        let dies = self.storms(Accident::CrashAfter);
        let Some(kitchen) = self.kitchens.orders.get_mut(&order) else {
            return;
        };
        let queue = &self.outside.queue;
        let (url, group) = &kitchen.queue;
        let Some(taken) = queue.take_of(url, group) else {
            return;
        };
        kitchen.receives += 1;
        let mut stream = Stream::new(
            self.setting.seed,
            &format!("receive/{order}/{}", kitchen.receives),
        );
        let dies = dies && stream.happens(80);
        if !dies {
            queue.delete(url, taken.receipt);
            kitchen.waiting = kitchen.waiting.saturating_sub(1);
        }
        if kitchen.waiting > 0 {
            let pause = if dies { VISIBILITY.as_secs() } else { 1 };
            self.plan(pause, Doing::Receives(order));
        }
        if let Ok(body) = serde_json::from_str::<Value>(&taken.message.body) {
            self.kitchen_reads(order, &body);
        }
    }

    /// Of several messages about one order the one with the highest version is true.
    fn kitchen_reads(&mut self, order: usize, body: &Value) {
        let Some(kitchen) = self.kitchens.orders.get_mut(&order) else {
            return;
        };
        let version = body.get("version").and_then(Value::as_u64).unwrap_or(0);
        if version < kitchen.newest {
            return;
        }
        let is_news = version > kitchen.newest;
        let is_first = std::mem::replace(&mut kitchen.newest, version) == 0;
        let kind = body
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        match kind.as_str() {
            "REMOTE_ORDER_RECEIVED" => {
                let token = body.pointer("/data/taskToken").and_then(Value::as_str);
                kitchen.token = token.map(str::to_owned);
                let asked = token.is_some();
                let until = body.pointer("/data/answerBy").and_then(Value::as_str);
                kitchen.asked_until = until.and_then(|until| until.parse().ok());
                if !asked {
                    kitchen.cooks = true;
                    kitchen.told_over = false;
                }
                if is_news && asked && kitchen.decided.is_none() {
                    self.plan_decision(order, body);
                } else if !asked {
                    self.plan_reports(order);
                }
            }
            _ => {
                kitchen.told_over = true;
                kitchen.cooks = false;
            }
        }
        if is_first {
            self.plan_mistake(order);
        }
        self.say(order, &kind, || {
            format!("the store reads {kind}, version {version}")
        });
    }

    /// Now and then the tenant's other store takes an order for its own.
    fn plan_mistake(&mut self, order: usize) {
        let mut stream = Stream::new(self.setting.seed, &format!("mistake/{order}"));
        let said = [
            json!({ "type": "ORDER_DECISION", "decision": { "confirmed": { "readyInMinutes": 20 } } }),
            json!({ "type": "ORDER_DECISION", "decision": { "rejected": { "reason": "Não é nosso" } } }),
            json!({ "type": "ORDER_STATUS", "status": "CANCELLED", "reason": "Não é nosso" }),
        ];
        if stream.happens(100)
            && let Some(said) = stream.pick(&said)
        {
            let doing = Doing::OtherPosts(order, said.to_string());
            self.plan(stream.between(1, 1_200), doing);
        }
    }

    fn plan_decision(&mut self, order: usize, body: &Value) {
        let mut stream = Stream::new(self.setting.seed, &format!("decision/{order}"));
        let until = body.pointer("/data/answerBy").and_then(Value::as_str);
        let until = until
            .and_then(|until| until.parse::<jiff::Timestamp>().ok())
            .unwrap_or_else(|| self.now());
        let left = until.duration_since(self.now()).as_secs();
        let after = match stream.below(100) {
            0..=69 => stream.between(2, 500),
            70..=77 => left + stream.between(-3, 3),
            78..=86 => left + stream.between(4, 7_200),
            _ => return,
        };
        self.plan(after, Doing::Decides(order));
    }

    pub(super) fn kitchen_decides(&mut self, order: usize) {
        let mut stream = Stream::new(self.setting.seed, &format!("answer/{order}"));
        let yes = stream.happens(850);
        let (by_event, twice, lost) = (stream.happens(150), stream.happens(150), stream.below(10));
        let lost_after = lost == 0 && self.storms(Accident::LostAfter);
        let now = self.now();
        let Some(kitchen) = self.kitchens.orders.get_mut(&order) else {
            return;
        };
        if kitchen.told_over || kitchen.decided.is_some_and(|decided| decided != yes) {
            return;
        }
        let again = kitchen.decided.is_some();
        kitchen.decided = Some(yes);
        kitchen.decided_at.get_or_insert(now);
        kitchen.said_yes |= yes;
        let token = kitchen.token.clone();
        let decision = if yes {
            json!({ "confirmed": { "readyInMinutes": 30 } })
        } else {
            json!({ "rejected": { "reason": "Sem estoque" } })
        };
        self.say(order, "decides", || {
            format!("the store says {}", if yes { "yes" } else { "no" })
        });
        let accepted = match token.filter(|_| !by_event) {
            Some(token) => {
                let workflows = EngineWorkflows::new(self.time.clone());
                testing::block_on(workflows.succeed(&token, decision.clone()))
                    == Ok(Completion::Accepted)
            }
            None => false,
        };
        if !accepted {
            // A token that no longer counts: the decision goes to the events queue.
            self.kitchen_posts(
                order,
                json!({ "type": "ORDER_DECISION", "decision": decision }).to_string(),
            );
        }
        if (twice || lost_after) && !again {
            self.plan(5, Doing::Decides(order));
        }
        if yes {
            self.plan_reports(order);
        }
    }

    /// In the kitchen and on the road; now and then twice, out of order, or called off.
    fn plan_reports(&mut self, order: usize) {
        let Some(kitchen) = self.kitchens.orders.get_mut(&order) else {
            return;
        };
        if std::mem::replace(&mut kitchen.reports_planned, true) {
            return;
        }
        let mut stream = Stream::new(self.setting.seed, &format!("reports/{order}"));
        let mut after = stream.between(30, 600);
        let ends_at = stream.between(0, 6);
        for (step, status) in ["PREPARING", "READY", "DELIVERING", "DELIVERED", "COMPLETED"]
            .into_iter()
            .enumerate()
        {
            if i64::try_from(step).unwrap_or(0) > ends_at {
                break;
            }
            let body = json!({ "type": "ORDER_STATUS", "status": status }).to_string();
            self.plan(after, Doing::Posts(order, body.clone()));
            if stream.happens(100) {
                self.plan(after + stream.between(1, 2_000), Doing::Posts(order, body));
            }
            after += if stream.happens(80) {
                -20
            } else {
                stream.between(60, 1_200)
            };
        }
        // That money went back is not a store's to say.
        let mut says_refunded = Stream::new(self.setting.seed, &format!("says-refunded/{order}"));
        if says_refunded.happens(40) {
            let body = json!({ "type": "ORDER_STATUS", "status": "REFUNDED" }).to_string();
            self.plan(says_refunded.between(10, 3_000), Doing::Posts(order, body));
        }
        if stream.happens(60) {
            let body =
                json!({ "type": "ORDER_STATUS", "status": "CANCELLED", "reason": "Acabou o gás" });
            self.plan(
                stream.between(10, 3_000),
                Doing::Posts(order, body.to_string()),
            );
        }
    }
}
