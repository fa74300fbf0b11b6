//! What people and stores do of their own accord, when its time has come; how a person is erased.

use std::sync::atomic::Ordering;

use comanda_domain::{
    ids::CustomerId,
    keys::Key,
    people::{ChannelAddress, CustomerIdentity, CustomerKey},
};
use comanda_tasks::{
    customers::{Operation, erase_customer},
    ports::Store as _,
    testing::block_on,
};

use super::{Caller, Dialogues, PATIENCE_SECONDS, STORM_SECONDS, visits::carried_out};
use crate::storm::{
    jobs::Ended,
    network::{Job, Patience},
};

/// Who hears nothing for so long says it again.
pub(super) const REPEAT_SECONDS: i64 = 120;
/// The erasure is asked for when the talk is over.
const ERASURE_SECONDS: i64 = 45 * 60;

/// One thing that somebody will do.
#[derive(Debug, Clone)]
pub(super) enum Doing {
    /// No more accidents.
    Clear,
    /// Nobody waits any longer.
    LosePatience,
    /// A person says what comes next, if they heard nothing since.
    Says { person: usize, hearings: u32 },
    /// A person says it again, if they heard nothing since.
    Insists {
        person: usize,
        hearings: u32,
        times: u32,
    },
    /// The channel delivers a message.
    Delivers { call: usize, attempt: u32 },
    /// Somebody of the store gives or takes points.
    Counts {
        person: usize,
        number: usize,
        attempt: u32,
    },
    /// Somebody has eaten, and it goes on record.
    Orders {
        person: usize,
        number: usize,
        attempt: u32,
    },
    /// Somebody of ours erases a person.
    Erases { person: usize, attempt: u32 },
    /// A store posts to us.
    Posts { post: usize },
    /// What was left untold is told.
    Sweeps,
}

impl Dialogues {
    pub(super) fn plan_people(&mut self) {
        for person in 0..self.people.len() {
            if !self.people.get(person).is_some_and(|one| one.comes) {
                continue;
            }
            let after = self.people.get(person).map_or(0, |one| one.comes_after);
            self.plan(
                after,
                Doing::Says {
                    person,
                    hearings: 0,
                },
            );
            self.plan_visits(person, after);
            if self.people.get(person).is_some_and(|one| one.wants_erasure) {
                self.plan(after + 3_600, Doing::Erases { person, attempt: 0 });
            }
        }
        self.plan(STORM_SECONDS, Doing::Clear);
        self.plan(PATIENCE_SECONDS, Doing::LosePatience);
        self.plan_sweeps();
    }

    pub(super) fn happen(&mut self, doing: Doing) {
        match doing {
            Doing::Clear => {
                self.network.clear.store(true, Ordering::Relaxed);
                let trace = &self.network.trace;
                trace.say(self.now(), "network", 0, || "the weather clears".to_owned());
            }
            Doing::LosePatience => {
                self.impatient = true;
                self.everybody_is_known();
            }
            Doing::Says { person, hearings } => self.says(person, hearings),
            Doing::Insists {
                person,
                hearings,
                times,
            } => self.insists(person, hearings, times),
            Doing::Delivers { call, attempt } => self.delivers(call, attempt),
            Doing::Counts {
                person,
                number,
                attempt,
            } => self.counts(person, number, attempt),
            Doing::Orders {
                person,
                number,
                attempt,
            } => self.orders(person, number, attempt),
            Doing::Erases { person, attempt } => self.erases(person, attempt),
            Doing::Posts { post } => self.posts(post),
            Doing::Sweeps => self.sweeps(),
        }
    }

    /// The erasure, once everybody of this phone is done and their talk is over.
    fn erases(&mut self, person: usize, attempt: u32) {
        let done = self
            .people
            .iter()
            .enumerate()
            .all(|(index, one)| one.done || (index != person && one.twin_of != Some(person)));
        // Nobody is erased whose food is on its way.
        let done = done && self.have_eaten(person);
        if !done || attempt == 0 {
            let waits = if done { ERASURE_SECONDS } else { 600 };
            let attempt = u32::from(done);
            if !self.impatient {
                self.plan(waits, Doing::Erases { person, attempt });
            }
            return;
        }
        let customer = match self.erasing.get(&person) {
            Some(known) => Some(known.clone()),
            None => self.customer_of(person),
        };
        let (Some(customer), Some(operation)) =
            (customer, self.operation(person, format!("erase-{person}")))
        else {
            self.found(
                "C1",
                "the customers",
                "somebody who was greeted has no record",
            );
            return;
        };
        self.erasing.insert(person, customer.clone());
        self.say(person, "erases", || "asks to be erased".to_owned());
        let name = self.job_name(Some(person), "the erasure");
        let entry = ("erase_customer", Patience::Gateway);
        let job = Job::of_entry_point(&self.network, (name, operation.tenant.as_str()), entry);
        let ports = self.ports_of(&job);
        let caller = Caller::Erasure { person, attempt };
        self.jobs.spawn(caller, job, async move {
            let erased = erase_customer(&ports, &operation, &customer);
            Ended::Operation(carried_out(erased.await))
        });
    }

    pub(super) fn erasure_ended(&mut self, person: usize, attempt: u32, ended: &Ended) {
        if matches!(ended, Ended::Operation(Some(true))) {
            self.say(person, "erased", || "is erased".to_owned());
            self.erased.insert(person);
        } else {
            let attempt = attempt + 1;
            self.plan(60, Doing::Erases { person, attempt });
        }
    }

    pub(super) fn operation(&self, person: usize, id: String) -> Option<Operation> {
        let tenant = self.tenants.get(self.people.get(person)?.tenant)?;
        Some(Operation::new(&tenant.id, &tenant.shop.store.store_id, id))
    }

    /// Who a person is on record, in truth.
    pub(super) fn customer_of(&self, person: usize) -> Option<CustomerId> {
        let one = self.people.get(person)?;
        let tenant = self.tenants.get(one.tenant)?;
        let address = ChannelAddress::new(one.address.as_str()).ok()?;
        let identity = CustomerIdentity::ChannelAddress(address);
        let key: Key = CustomerKey::key_of(&tenant.id, &identity);
        let table = &comanda_domain::tables::CUSTOMER_KEYS;
        let found = block_on(self.outside.store.get(table, &key)).ok()??;
        let key: CustomerKey = found.into_value().ok()?;
        Some(key.customer_id)
    }
}
