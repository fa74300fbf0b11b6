//! What people and the channel do of their own accord, when its time has come.

use std::sync::atomic::Ordering;

use comanda_domain::{
    ids::CustomerId,
    keys::Key,
    people::{ChannelAddress, CustomerIdentity, CustomerKey},
    tables::from_item,
};
use comanda_tasks::{
    customers::{Operation, erase_customer},
    ports::{Content, Store as _},
    testing::{block_on, signed_form},
    webhooks,
};

use super::{
    Caller, Dialogues, PATIENCE_SECONDS, STORM_SECONDS, person::Person, visits::carried_out,
};
use crate::storm::{jobs::Ended, network::Job};

const URL: &str = "https://comanda.invalid/webhooks/twilio";
/// Who hears nothing for so long says it again.
const REPEAT_SECONDS: i64 = 120;
/// The erasure is asked for when the talk is over.
const ERASURE_SECONDS: i64 = 45 * 60;

/// A message on its way to us.
#[derive(Clone)]
pub(super) struct Call {
    person: usize,
    sid: String,
    text: String,
}

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

/// What the answers say that can be tapped below a message, whole.
fn offered(content: &Content) -> String {
    let (Content::QuickReplies {
        replies: choices, ..
    }
    | Content::List { items: choices, .. }) = content
    else {
        return String::new();
    };
    let titles = choices.iter().map(|choice| {
        let whole = choice.description.as_ref();
        whole.unwrap_or(&choice.title).as_str()
    });
    titles.collect::<Vec<_>>().join("\n")
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

    /// People read what the channel took.
    pub(super) fn deliver(&mut self) {
        for accepted in self.outside.channel.accepted_from(self.read) {
            self.read += 1;
            let to = |person: &&Person| {
                let tenant = self.tenants.get(person.tenant);
                person.address == accepted.message.to
                    && tenant.is_some_and(|tenant| tenant.address() == accepted.from)
            };
            let Some(person) = self.people.iter().position(|one| to(&one)) else {
                self.found(
                    "T1",
                    "the channel",
                    "a message went to nobody who wrote to this restaurant",
                );
                continue;
            };
            let text = match &accepted.message.content {
                Content::Text(text) => text.clone(),
                _ => accepted.sent.body.clone(),
            };
            self.say(person, "reads", || {
                format!("reads: {}", text.replace('\n', " "))
            });
            let Some(one) = self.people.get_mut(person) else {
                continue;
            };
            one.hears(&text, &offered(&accepted.message.content));
            if one.done {
                continue;
            }
            let (hearings, after) = (one.hearings, one.thinks());
            self.plan(after, Doing::Says { person, hearings });
        }
    }

    fn says(&mut self, person: usize, hearings: u32) {
        let Some(one) = self.people.get_mut(person) else {
            return;
        };
        if one.hearings != hearings || one.done {
            return;
        }
        let (text, _) = one.says();
        self.writes(person, text);
        let times = 1;
        let doing = Doing::Insists {
            person,
            hearings,
            times,
        };
        self.plan(REPEAT_SECONDS, doing);
    }

    fn insists(&mut self, person: usize, hearings: u32, times: u32) {
        let Some(one) = self.people.get(person) else {
            return;
        };
        if one.hearings != hearings || one.done {
            return;
        }
        if let Some(text) = one.insists(times) {
            self.writes(person, text);
        }
        let doing = Doing::Insists {
            person,
            hearings,
            times: times + 1,
        };
        self.plan(REPEAT_SECONDS, doing);
    }

    /// A message under an id of its own, delivered once or more often.
    fn writes(&mut self, person: usize, text: String) {
        self.say(person, "writes", || format!("writes: {text}"));
        let sid = format!("SMin{:028x}", self.calls.len());
        self.calls.push(Call { person, sid, text });
        let call = self.calls.len() - 1;
        let deliveries = self.people.get_mut(person).map(Person::deliveries);
        for after in deliveries.unwrap_or_default() {
            self.plan(after, Doing::Delivers { call, attempt: 1 });
        }
    }

    fn delivers(&mut self, call: usize, attempt: u32) {
        let Some(Call { person, sid, text }) = self.calls.get(call).cloned() else {
            return;
        };
        let Some((from, tenant)) = self.people.get(person).and_then(|one| {
            let tenant = self.tenants.get(one.tenant)?;
            Some((one.address.clone(), tenant.clone()))
        }) else {
            return;
        };
        let fields = [
            ("MessageSid", sid.as_str()),
            ("From", from.as_str()),
            ("To", tenant.address()),
            ("Body", text.as_str()),
            ("NumMedia", "0"),
            ("SmsStatus", "received"),
        ];
        let request = signed_form(URL, &tenant.channel_token, &fields);
        let name = self.job_name(Some(person), "the webhook");
        let job = Job::new(&self.network, name, tenant.id.as_str());
        let ports = self.ports_of(&job);
        let caller = Caller::Channel { call, attempt };
        self.jobs.spawn(caller, job, async move {
            Ended::Http(webhooks::twilio::receive(&ports, &request).await)
        });
    }

    /// The channel tries a failed call once more, at the fallback address (providers §2.1).
    pub(super) fn channel_answered(&mut self, call: usize, attempt: u32, ended: &Ended) {
        let taken = matches!(ended, Ended::Http(answer) if answer.status < 300);
        if matches!(ended, Ended::Http(answer) if answer.status == 403) {
            self.found("T1", "the channel", "a call that it signed was refused");
        }
        if !taken && attempt == 1 {
            self.plan(15, Doing::Delivers { call, attempt: 2 });
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
        let job = Job::new(&self.network, name, operation.tenant.as_str());
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
        let key: CustomerKey = from_item(found).ok()?;
        Some(key.customer_id)
    }
}
