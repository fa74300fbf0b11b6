//! What stores post to us, and the queue that brings it, with SQS's rules (providers §4.6): one that fails comes again, and
//! in the end is a dead letter.

use std::collections::VecDeque;

use comanda_tasks::{
    pos::{self, events::Taken},
    testing::VISIBILITY,
};
use serde_json::{Value, json};

use super::{
    Storm,
    chance::Stream,
    doings::Doing,
    jobs::{Caller, Ended},
    network::Job,
    weather::Accident,
};

/// After so many tries a message is a dead letter, which a person finds (the events queue's redrive policy).
const RECEIVES_MAX: u32 = 5;

/// What a store posted about an order.
#[derive(Default)]
pub(super) struct Posted {
    /// What we have not dealt with, and how often each was received.
    waiting: VecDeque<(String, u32)>,
    /// What we could not deal with, until a person of ours sends it back.
    dead: Vec<String>,
    receives: u32,
    posted: u32,
}

impl Storm {
    pub(super) fn kitchen_posts(&mut self, order: usize, body: String) {
        let Some(kitchen) = self.kitchens.of_mut(order) else {
            return;
        };
        let is_report = body.contains("ORDER_STATUS");
        if is_report && kitchen.told_over {
            return;
        }
        kitchen.called_off |= is_report && body.contains("CANCELLED");
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
        own.waiting.push_back((event.to_string(), 0));
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
        let Some((body, _)) = kitchen.posted.waiting.front().cloned() else {
            return;
        };
        let job = Job::new(&self.network, name, &tenant);
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
            let again = dead.into_iter().map(|body| (body, 0));
            own.waiting.extend(again);
        }
        for order in back {
            self.plan(1, Doing::Takes(order));
        }
    }

    pub(super) fn event_taken(&mut self, order: usize, ended: &Ended) {
        let twice = self.storms(Accident::LostAfter);
        let cleared = self.cleared;
        let Some(kitchen) = self.kitchens.of_mut(order) else {
            return;
        };
        let own = &mut kitchen.posted;
        own.receives += 1;
        let mut stream = Stream::new(
            self.setting.seed,
            &format!("delete/{order}/{}", own.receives),
        );
        let done = matches!(ended, Ended::Event(Taken::Done)) && !(twice && stream.happens(50));
        let receives = own.waiting.front_mut().map_or(0, |(_, receives)| {
            *receives += 1;
            *receives
        });
        let is_dead = !done && receives >= RECEIVES_MAX;
        if (done || is_dead)
            && let Some((body, _)) = own.waiting.pop_front()
            && is_dead
        {
            own.dead.push(body);
        }
        if is_dead && cleared {
            let who = format!("order {}", order + 1);
            let detail = "in fair weather an event of its store is a dead letter";
            self.auditor.found("O7", &who, detail);
        }
        if !own.waiting.is_empty() {
            let pause = if done { 0 } else { VISIBILITY.as_secs() };
            self.plan(pause, Doing::Takes(order));
        }
    }
}
