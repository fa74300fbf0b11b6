//! What stores post to us, and the queue that brings it, with SQS's rules (providers §4.6): one that fails comes again, and
//! in the end is a dead letter.

use std::collections::VecDeque;

use comanda_tasks::pos::{self, events::Taken};
use serde_json::{Value, json};

use super::{
    Storm,
    chance::Stream,
    doings::Doing,
    jobs::{Caller, Ended},
    limits::{EVENT_AGAIN_SECONDS, EVENT_RECEIVES_MAX},
    network::{Job, Patience},
    weather::Accident,
};

/// What a store posted about an order.
#[derive(Default)]
pub(super) struct Posted {
    /// What we have not dealt with.
    waiting: VecDeque<Event>,
    /// What we could not deal with, until a person of ours sends it back.
    dead: Vec<String>,
    receives: u32,
    posted: u32,
}

/// One event on the queue.
struct Event {
    body: String,
    receives: u32,
    /// It could not be dealt with once, and no accident says why.
    unexplained: bool,
}

impl Event {
    fn new(body: String) -> Self {
        Self {
            body,
            receives: 0,
            unexplained: false,
        }
    }
}

impl Storm {
    pub(super) fn kitchen_posts(&mut self, order: usize, body: String) {
        let now = self.now();
        let Some(kitchen) = self.kitchens.of_mut(order) else {
            return;
        };
        let is_report = body.contains("ORDER_STATUS");
        if is_report && kitchen.told_over {
            return;
        }
        if is_report && body.contains("CANCELLED") {
            kitchen.called_off.get_or_insert(now);
        }
        let Some(branch) = self.lives.get(order).map(|life| life.customer.at_branch) else {
            return;
        };
        self.post((order, branch), &body);
        if is_report {
            let moment = format!("report {order} {body}");
            self.goes_away(("twilio", 100), (30, 1_200), &moment);
        }
        self.say(order, "posts", || format!("the store posts {body}"));
    }

    /// The other store of its tenant says something of it, though it is none of its own.
    pub(super) fn other_store_posts(&mut self, order: usize, body: &str) {
        let Some(branch) = self.lives.get(order).map(|life| life.customer.at_branch) else {
            return;
        };
        self.post((order, !branch), body);
        self.say(order, "another posts", || {
            format!("another store posts {body}")
        });
    }

    /// Puts an event about an order onto the queue, in the name of one of its tenant's stores.
    fn post(&mut self, (order, branch): (usize, bool), body: &str) {
        let store = self
            .tenant_of(order)
            .map(|tenant| &tenant.shop(branch).store);
        let store = store.map(|store| (store.client_id.clone(), store.store_id.clone()));
        let life = self.lives.get(order);
        let id = life.and_then(|life| life.answered.first().cloned());
        let event = serde_json::from_str::<Value>(body);
        let (Some((client, store)), Some(id), Ok(mut event)) = (store, id, event) else {
            return;
        };
        let Some(kitchen) = self.kitchens.of_mut(order) else {
            return;
        };
        let own = &mut kitchen.posted;
        own.posted += 1;
        if let Some(fields) = event.as_object_mut() {
            fields.insert("clientId".to_owned(), json!(client));
            fields.insert("storeId".to_owned(), json!(store));
            fields.insert("orderId".to_owned(), json!(id));
            fields.insert(
                "eventId".to_owned(),
                json!(format!("{order}-{}", own.posted)),
            );
        }
        own.waiting.push_back(Event::new(event.to_string()));
        if own.waiting.len() == 1 {
            self.plan(1, Doing::Takes(order));
        }
    }

    pub(super) fn take_event(&mut self, order: usize) {
        let name = self.job_name_of(order, "taking a store's event");
        let Some(tenant) = self
            .tenant_of(order)
            .map(|tenant| tenant.id.as_str().to_owned())
        else {
            return;
        };
        let Some(kitchen) = self.kitchens.of_mut(order) else {
            return;
        };
        let Some(body) = kitchen
            .posted
            .waiting
            .front()
            .map(|event| event.body.clone())
        else {
            return;
        };
        let entry = ("events", Patience::Queue);
        let job = Job::of_entry_point(&self.network, (name, &tenant), entry);
        let ports = job.ports(&self.ports);
        self.jobs.spawn(Caller::Event { order }, job, async move {
            Ended::Event(pos::events::receive(&ports, &body).await)
        });
    }

    /// A person of ours sends the dead letters back, as the runbook says, when what they died of is over.
    pub(super) fn dead_letters_come_back(&mut self) {
        let mut back = Vec::new();
        for (order, own) in self.kitchens.posted() {
            let dead = std::mem::take(&mut own.dead);
            if !dead.is_empty() && own.waiting.is_empty() {
                back.push(order);
            }
            own.waiting.extend(dead.into_iter().map(Event::new));
        }
        for order in back {
            self.plan(1, Doing::Takes(order));
        }
    }

    pub(super) fn event_taken(&mut self, order: usize, job: &Job, ended: &Ended) {
        let twice = self.storms(Accident::LostAfter);
        let is_done = matches!(ended, Ended::Event(Taken::Done));
        if !is_done {
            job.came_to_nothing();
        }
        let Some(kitchen) = self.kitchens.of_mut(order) else {
            return;
        };
        let own = &mut kitchen.posted;
        own.receives += 1;
        let mut stream = Stream::new(
            self.setting.seed,
            &format!("delete/{order}/{}", own.receives),
        );
        let done = is_done && !(twice && stream.happens(50));
        let Some(received) = own.waiting.front_mut() else {
            return;
        };
        received.receives += 1;
        received.unexplained |= !is_done && !job.is_hurt();
        let is_dead = !done && received.receives >= EVENT_RECEIVES_MAX;
        let is_unexplained = is_dead && received.unexplained;
        if (done || is_dead)
            && let Some(event) = own.waiting.pop_front()
            && is_dead
        {
            own.dead.push(event.body);
        }
        if is_unexplained {
            let who = format!("order {}", order + 1);
            let detail = "without an accident an event of its store is a dead letter";
            self.auditor.found("O7", &who, detail);
        }
        if !own.waiting.is_empty() {
            let pause = if done { 0 } else { EVENT_AGAIN_SECONDS };
            self.plan(pause, Doing::Takes(order));
        }
    }
}
