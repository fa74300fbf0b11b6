//! Customers who place orders, as often as it takes, and what they may be answered.

use comanda_domain::ids::OrderId;
use comanda_tasks::api;

use super::{
    Storm,
    audit::prices,
    doings::Doing,
    jobs::{Caller, Ended},
    network::{Job, Patience},
};

/// How often a customer presses the button when nobody answers.
const PLACING_ATTEMPTS: u32 = 8;

impl Storm {
    pub(super) fn place(&mut self, (order, attempt, another): (usize, u32, bool)) {
        let Some(life) = self.lives.get(order) else {
            return;
        };
        let body = if another {
            life.customer.other_body()
        } else {
            life.customer.body.clone()
        };
        let tenant = body
            .get("clientId")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned();
        self.say(order, "place", || {
            format!(
                "the customer places it{}",
                if attempt == 1 { "" } else { " again" }
            )
        });
        let name = format!("order {}: placing, try {attempt}", order + 1);
        let entry = ("place_order", Patience::Gateway);
        let job = Job::of_entry_point(&self.network, (name, &tenant), entry);
        let ports = job.ports(&self.ports);
        let caller = Caller::Place {
            order,
            attempt,
            another,
        };
        self.jobs.spawn(caller, job, async move {
            Ended::Http(api::place_order(&ports, body.to_string().as_bytes()).await)
        });
    }

    pub(super) fn placed(
        &mut self,
        (order, attempt, another): (usize, u32, bool),
        job: &Job,
        ended: Ended,
    ) {
        let answer = match ended {
            Ended::Http(answer) => answer,
            _ => comanda_tasks::http::Answer::ok(serde_json::Value::Null),
        };
        let id = answer
            .body
            .pointer("/order/orderId")
            .and_then(serde_json::Value::as_str);
        let id = id.and_then(|id| OrderId::new(id).ok());
        let failed = id.is_none() && !(400..500).contains(&answer.status);
        self.tries.ended(job, &chain(attempt), failed);
        match id {
            Some(id) => {
                if let Some(life) = self.lives.get_mut(order) {
                    life.answered.insert(id.clone());
                }
                self.by_order.insert(id, order);
                self.check_answered(order, another);
            }
            None if answer.status == 422 => self.refused(order),
            None if answer.status == 409 => {}
            None if (400..500).contains(&answer.status) => {
                let who = format!("order {}", order + 1);
                let detail = format!("placing it was answered {}", answer.status);
                self.auditor.found("L1", &who, &detail);
            }
            // No answer, or one that says to try again.
            None if attempt % 100 < PLACING_ATTEMPTS => {
                let attempt = attempt + 1;
                self.plan(
                    7,
                    Doing::Places {
                        order,
                        attempt,
                        another,
                    },
                );
            }
            None => self.never_taken(order, attempt),
        }
    }

    /// O1: one checkout id is one order, and another body under it is refused.
    fn check_answered(&mut self, order: usize, another: bool) {
        let Some(life) = self.lives.get_mut(order) else {
            return;
        };
        let [first, other] = &mut life.taken;
        *if another { other } else { first } = true;
        let (several, both) = (life.answered.len() > 1, life.taken == [true; 2]);
        let who = format!("order {}", order + 1);
        if several {
            self.auditor
                .found("O1", &who, "one checkout became two orders");
        }
        if both {
            self.auditor.found(
                "O1",
                &who,
                "another body under the same checkout id was taken",
            );
        }
    }

    /// L1: whoever asks again and again for what the menu offers is taken in the end, unless an accident met every try.
    fn never_taken(&mut self, order: usize, attempt: u32) {
        let who = format!("order {}", order + 1);
        let own = format!("{who}: placing");
        let all = |what: &str| (what == own).then_some(PLACING_ATTEMPTS);
        if !self.tries.broke(&chain(attempt), all) {
            let detail = "placing it was tried to the end, and nobody took it";
            self.auditor.found("L1", &who, detail);
        }
    }

    /// O3: what the menu offers is not refused.
    fn refused(&mut self, order: usize) {
        let life = self.lives.get(order);
        let sound = life
            .zip(self.shop_of(order))
            .is_some_and(|(life, shop)| prices::is_sound(&life.customer.body, shop));
        if sound {
            let who = format!("order {}", order + 1);
            let detail = "what the menu offers was refused";
            self.auditor.found("O3", &who, detail);
        }
    }
}

/// On whose behalf it is tried: of the first press of the button, of the second, of the changed mind.
fn chain(attempt: u32) -> String {
    format!("press {}", attempt / 100)
}
