//! The stores' points of sale: they say that they have what they were told of customers, and their people add a CPF, at
//! once or much later, to whoever is on record or was erased meanwhile.

use std::collections::BTreeMap;

use comanda_domain::{
    ids::CustomerId,
    people::{Cpf, CustomerUpdate},
};
use comanda_tasks::pos::{self, events::Taken};
use comanda_workflows::contracts::StoreEvent;
use serde_json::Value;

use super::{Caller, Dialogues, doings::Doing};
use crate::storm::{
    chance::Stream,
    customers::cpf,
    jobs::Ended,
    limits::EVENT_AGAIN_SECONDS,
    network::{Job, Patience},
};

/// All stores' screens.
#[derive(Default)]
pub(super) struct Desks {
    /// Messages of the queues that were read.
    read: usize,
    posts: Vec<Post>,
    /// What was entered of whom.
    entered: BTreeMap<(usize, CustomerId), Cpf>,
}

/// One message of a store to us.
#[derive(Clone)]
struct Post {
    tenant: usize,
    person: usize,
    event: StoreEvent,
}

impl Desks {
    /// The CPF that a store's people entered of a customer, if we took it.
    pub fn entered(&self, tenant: usize, customer: &CustomerId) -> Option<&Cpf> {
        self.entered.get(&(tenant, customer.clone()))
    }
}

impl Dialogues {
    /// Stores read what is new on their queues.
    pub(super) fn watch_queues(&mut self) {
        for message in self.outside.queue.messages_from(self.desks.read) {
            self.desks.read += 1;
            let body: Value = serde_json::from_str(&message.body).unwrap_or_default();
            let of = |url: &str| {
                let mut tenants = self.tenants.iter();
                tenants.position(|tenant| tenant.shop.store.queue_url == url)
            };
            if let Some(tenant) = of(&message.queue_url) {
                self.store_hears(tenant, &body);
            }
        }
    }

    fn store_hears(&mut self, tenant: usize, body: &Value) {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        let (Some(event_id), Some(Ok(customer_id))) = (
            text("/data/eventId").map(str::to_owned),
            text("/data/customerId").map(CustomerId::new),
        ) else {
            return;
        };
        let Some(owner) = self.tenants.get(tenant) else {
            return;
        };
        let (client_id, store_id) = (owner.id.clone(), owner.shop.store.store_id.clone());
        let is_new = text("/type") == Some("CUSTOMER_CREATED");
        let seen_version = body.pointer("/version").and_then(Value::as_u64);
        let person = (0..self.people.len()).find(|person| {
            let one = self.people.get(*person);
            let known = one.filter(|one| one.tenant == tenant);
            known.is_some() && self.customer_of(*person).as_ref() == Some(&customer_id)
        });
        let person = person.unwrap_or(self.people.len());
        let seed = self.network.seed;
        let mut stream = Stream::new(seed, &format!("desk/{person}/{event_id}"));
        let event = StoreEvent::CustomerAcknowledged {
            client_id: client_id.clone(),
            store_id: store_id.clone(),
            customer_id: customer_id.clone(),
            event_id,
        };
        let after = stream.between(1, 90);
        self.post(after, (tenant, person, event));
        if is_new && stream.happens(400) {
            let number = cpf(&mut stream);
            let event = StoreEvent::CustomerChanged {
                client_id,
                store_id,
                customer_id,
                event_id: format!("desk-{person}"),
                seen_version: seen_version.unwrap_or_default(),
                changes: CustomerUpdate {
                    cpf: Cpf::parse(&number).ok(),
                    ..CustomerUpdate::default()
                },
            };
            // At once, while we are still at it; or when the customer has other things to say; or when they are gone.
            let after = *stream.pick(&[0, 0, 20, 60, 300, 12_000]).unwrap_or(&0);
            self.post(after, (tenant, person, event));
        }
    }

    fn post(&mut self, after_seconds: i64, (tenant, person, event): (usize, usize, StoreEvent)) {
        self.desks.posts.push(Post {
            tenant,
            person,
            event,
        });
        let post = self.desks.posts.len() - 1;
        match after_seconds {
            0 => self.posts(post),
            after => self.plan(after, Doing::Posts { post }),
        }
    }

    pub(super) fn posts(&mut self, post: usize) {
        let Some(Post {
            tenant,
            person,
            event,
        }) = self.desks.posts.get(post).cloned()
        else {
            return;
        };
        let tenant = self.tenants.get(tenant).map(|tenant| tenant.id.clone());
        let body = serde_json::to_string(&event).unwrap_or_default();
        let person = Some(person).filter(|person| *person < self.people.len());
        let name = self.job_name(person, "the store's word");
        let tenant = tenant.as_ref().map_or("", |tenant| tenant.as_str());
        let entry = ("events", Patience::Queue);
        let job = Job::of_entry_point(&self.network, (name, tenant), entry);
        let ports = self.ports_of(&job);
        self.jobs.spawn(Caller::Store { post }, job, async move {
            Ended::Event(pos::events::receive(&ports, &body).await)
        });
    }

    pub(super) fn post_taken(&mut self, post: usize, ended: &Ended) {
        if !matches!(ended, Ended::Event(Taken::Done)) {
            self.plan(EVENT_AGAIN_SECONDS, Doing::Posts { post });
            return;
        }
        let taken = self.desks.posts.get(post).cloned();
        let Some(Post { tenant, event, .. }) = taken else {
            return;
        };
        if let StoreEvent::CustomerChanged {
            customer_id,
            changes: CustomerUpdate { cpf: Some(cpf), .. },
            ..
        } = event
        {
            self.desks.entered.insert((tenant, customer_id), cpf);
        }
    }
}
