//! When the weather has cleared and everybody has fallen silent: each person is one customer, on record with what they
//! said, whom the store was told of; and of whoever was erased nothing is left.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    invariants::names_nobody,
    people::{Customer, CustomerEvent, CustomerEventKind, Email},
    tables,
    talk::words::address_line,
};
use comanda_dsl::Retry;
use comanda_engine::Status;
use comanda_tasks::{
    registry::InvocationError,
    rows::{ConsentRow, NotificationRow},
};
use serde_json::Value;

use super::{Dialogues, End, person::Person};
use crate::{
    people::{at_rest, rows},
    world::lock,
};

impl Dialogues {
    /// C5: what a failed task says goes to logs and histories.
    pub(super) fn errors_name_nobody(&mut self, error: Option<&InvocationError>) {
        let Some(error) = error else { return };
        let told = error.error_message.to_lowercase();
        let named = self.people.iter().any(|person| {
            let mut words = person.words().into_iter();
            words.any(|word| told.contains(&word.to_lowercase()))
        });
        if named {
            self.found("C5", "an error", "it tells of a person");
        }
    }

    /// Hours after the weather cleared, nobody is left who is still asked.
    pub(super) fn everybody_is_known(&mut self) {
        let left = self.people.iter().position(|person| !person.done);
        if let Some(person) = left {
            let subject = format!("person {}", person + 1);
            self.found("C1", &subject, "their talk never came to its end");
        }
    }

    /// W3: what was carried out has left its proof, so that it is never done again.
    pub(super) fn left_its_proof(&mut self, person: usize, operation: &str) {
        let events = rows::<CustomerEvent>(&self.outside.store).unwrap_or_default();
        if events.iter().all(|event| event.event_id != operation) {
            let subject = format!("person {}", person + 1);
            self.found(
                "W3",
                &subject,
                "an operation was carried out and left no proof",
            );
        }
    }

    /// The audit of a world at rest.
    pub(super) fn audit_end(&mut self) {
        self.executions_ended();
        for breach in at_rest(&self.outside.store) {
            self.found(breach.invariant, "the customers", &breach.detail);
        }
        let customers = rows::<Customer>(&self.outside.store).unwrap_or_default();
        for person in 0..self.people.len() {
            if let Some(detail) = self.wrong_with(person, &customers) {
                let subject = format!("person {}", person + 1);
                self.found(detail.0, &subject, &detail.1);
            }
        }
        self.nobody_else(&customers);
        self.store_was_told();
        self.failures_are_seen();
    }

    fn wrong_with(&self, person: usize, customers: &[Customer]) -> Option<(&'static str, String)> {
        let one = self.people.get(person).filter(|one| one.comes)?;
        if self.erasing.contains_key(&person) || self.twin_is_erased(one) {
            return self.left_of(person);
        }
        let tenant = &self.tenants.get(one.tenant)?.id;
        let id = self.customer_of(person);
        let record = customers.iter().find(|customer| {
            Some(&customer.customer_id) == id.as_ref() && customer.client_id == *tenant
        });
        let Some(record) = record else {
            return Some(("C1", "they are on no record".to_owned()));
        };
        let comes = |twin: &usize| self.people.get(*twin).is_some_and(|one| one.comes);
        let twin = one.twin_of.filter(comes);
        let twin = twin.map(|twin| self.customer_of(twin));
        if twin.is_some_and(|twin| twin != id) {
            return Some(("C1", "one phone is two customers".to_owned()));
        }
        if self.consent_of(record) != one.wanted.consent {
            let detail = "what they said last of hearing of offers is not what is written last";
            return Some(("C3", detail.to_owned()));
        }
        let wrong = (!on_record(record, &one.wanted))
            .then(|| ("C3", "the record is not what they said".to_owned()));
        let entered = id.and_then(|id| self.desks.entered(one.tenant, &id));
        if entered.is_some() && record.cpf.as_ref() != entered {
            let detail = "what the store entered of them is not on record";
            return Some(("C3", detail.to_owned()));
        }
        wrong.or_else(|| {
            // Who shares a record with another has what the other got.
            let alone = one.twin_of.is_none();
            let miscounted = alone.then(|| self.miscounted(person, record))?;
            miscounted.map(|detail| ("C3", detail))
        })
    }

    /// The newest counts.
    fn consent_of(&self, record: &Customer) -> Option<bool> {
        let consents = rows::<ConsentRow>(&self.outside.store).unwrap_or_default();
        let own = consents.into_iter().filter(|consent| {
            consent.client_id == record.client_id && consent.customer_id == record.customer_id
        });
        let newest = own.max_by_key(|consent| consent.at);
        newest.map(|consent| consent.given)
    }

    fn twin_is_erased(&self, one: &Person) -> bool {
        one.twin_of
            .is_some_and(|twin| self.erasing.contains_key(&twin))
    }

    /// Whether whoever has this address was erased, under it or under the other one that the phone has.
    fn was_erased(&self, address: &str) -> bool {
        let mut people = self.people.iter().enumerate();
        people.any(|(index, person)| {
            person.address == address
                && (self.erased.contains(&index) || self.twin_is_erased(person))
        })
    }

    /// C5: of somebody who was erased.
    fn left_of(&self, person: usize) -> Option<(&'static str, String)> {
        let one = self.people.get(person).filter(|one| one.comes)?;
        if self.erasing.contains_key(&person) && !self.erased.contains(&person) {
            return Some(("C5", "they asked to be erased and never were".to_owned()));
        }
        let own = format!("{}#", self.tenants.get(one.tenant)?.id);
        let mut words = one.words();
        let id = self.erasing.get(&person);
        let entered = id.and_then(|id| self.desks.entered(one.tenant, id));
        words.extend(entered.map(|cpf| cpf.digits().to_owned()));
        tables::ALL.iter().find_map(|table| {
            let rows = self.outside.store.shared_rows(table);
            let mut rows = rows.iter().filter(|row| {
                let key = row.get(table.partition_key).and_then(Value::as_str);
                key.is_some_and(|key| key.starts_with(&own))
            });
            let breach = rows.find_map(|row| names_nobody(table.name, row, &words))?;
            Some((breach.invariant, breach.detail))
        })
    }

    /// C1: no more customers than there are people.
    fn nobody_else(&mut self, customers: &[Customer]) {
        let mut known = BTreeSet::new();
        for person in 0..self.people.len() {
            let one = self.people.get(person).map(|one| one.tenant);
            let id = self
                .erasing
                .get(&person)
                .cloned()
                .or_else(|| self.customer_of(person));
            known.extend(one.zip(id));
        }
        if known.len() != customers.len() {
            let detail = format!(
                "{} customers are on record for {}",
                customers.len(),
                known.len()
            );
            self.found("C1", "the customers", &detail);
        }
    }

    /// W5: each event of a customer reached its store, in its own queue, under one deduplication id.
    fn store_was_told(&mut self) {
        let events = rows::<CustomerEvent>(&self.outside.store).unwrap_or_default();
        let mut told: BTreeMap<(String, String), BTreeSet<(String, String)>> = BTreeMap::new();
        for message in self.outside.queue.messages() {
            let body: Value = serde_json::from_str(&message.body).unwrap_or_default();
            let text = |pointer: &str| {
                let text = body.pointer(pointer).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            told.entry((text("/data/customerId"), text("/data/eventId")))
                .or_default()
                .insert((message.queue_url, message.deduplication_id));
        }
        let mut created = BTreeSet::new();
        for event in events.iter().filter(|event| !event.tells_nothing) {
            let id = event.customer_id.as_str().to_owned();
            let subject = format!("event {}", event.event_id);
            let ways = told.remove(&(id.clone(), event.event_id.clone()));
            let tenant = self
                .tenants
                .iter()
                .find(|tenant| tenant.id == event.client_id);
            let queue = tenant.map(|tenant| tenant.shop.store.queue_url.clone());
            match ways {
                None => self.found("W5", &subject, "the store never heard of it"),
                Some(ways) => {
                    if ways.len() > 1 || ways.iter().any(|(url, _)| Some(url) != queue.as_ref()) {
                        self.found(
                            "W5",
                            &subject,
                            "another store heard of it, or this one twice",
                        );
                    }
                }
            }
            if event.acknowledged_at.is_none() {
                self.found("W5", &subject, "the store has it, and nobody took note");
            }
            let first = event.kind != CustomerEventKind::CustomerCreated
                || created.insert((event.client_id.clone(), id));
            if !first {
                self.found("C1", &subject, "one customer was made twice");
            }
        }
        if !told.is_empty() {
            self.found("W5", "the store", "it heard of what never happened");
        }
    }

    /// N1: a message of which we were told that it will not arrive is seen by a person. Nothing else is left to one.
    fn failures_are_seen(&mut self) {
        let alarms = rows::<Exception>(&self.outside.store).unwrap_or_default();
        let said = rows::<NotificationRow>(&self.outside.store).unwrap_or_default();
        let failures = std::mem::take(&mut self.failures);
        let sent = self.outside.channel.accepted_from(0).into_iter();
        for failed in sent.filter(|one| failures.contains(&one.sent.id)) {
            let id = Some(failed.sent.id.as_str());
            let of = |row: &&NotificationRow| row.message_id.as_deref() == id;
            let is_seen = match said.iter().find(of) {
                Some(row) => alarms.iter().any(|alarm| {
                    alarm.kind == ExceptionKind::MessageFailed
                        && (&alarm.client_id, &alarm.subject_id)
                            == (&row.client_id, &row.subject_id)
                        && alarm.seen_at >= failed.sent.at
                }),
                // Who sent it died each time before the receipt: then its session broke, and its customer was told that.
                None => said.iter().any(|row| {
                    let is_it = row.channel_address.as_str() == failed.message.to
                        && row.is_said_by(&failed.sent.body);
                    // Of who was erased the row says neither any more.
                    let is_emptied = row.text.is_empty() && self.was_erased(&failed.message.to);
                    (is_it || is_emptied) && was_given_up(row, &said)
                }),
            };
            if !is_seen {
                let detail = "it did not arrive, and nobody is shown it";
                self.found("N1", &format!("message {}", failed.sent.id), detail);
            }
        }
        for alarm in alarms {
            let is_open = alarm.state == ExceptionState::Open;
            if is_open && alarm.kind != ExceptionKind::MessageFailed {
                let detail = format!("{} is open: {}", alarm.kind, alarm.detail);
                self.found("W5", "an alarm", &detail);
            }
        }
    }

    /// W: every execution ends, and none in another way than it declares.
    fn executions_ended(&mut self) {
        let mut ends = Vec::new();
        {
            let time = lock(&self.time);
            for execution in time.executions() {
                let Some(end) = execution.outcome() else {
                    ends.push(("W9", "an execution never ends".to_owned()));
                    continue;
                };
                let error = end.error.as_deref().unwrap_or_default();
                // A session that cannot be closed is followed by another, with the next message.
                let arn = &execution.start().execution_arn;
                let not_closed = error == "NotClosed" && self.tries.broke(arn, closing);
                if end.status != Status::Succeeded && !not_closed {
                    ends.push(("W8", format!("an execution failed: {error}")));
                }
            }
        }
        for (invariant, detail) in ends {
            self.found(invariant, "the workflows", &detail);
        }
    }

    /// How the dialogues ended.
    pub(super) fn ends(&self) -> BTreeMap<End, u64> {
        let mut ends = BTreeMap::new();
        let came = self.people.iter().enumerate();
        for (index, person) in came.filter(|(_, person)| person.comes) {
            let end = if self.erased.contains(&index) || self.twin_is_erased(person) {
                End::Erased
            } else if person.twin_of.is_some() {
                End::Linked
            } else {
                End::Registered
            };
            *ends.entry(end).or_insert(0) += 1;
        }
        ends
    }
}

/// How often it is tried to close a session.
fn closing(job: &str) -> Option<u32> {
    let tries = 1 + Retry::PATIENT.attempts();
    job.ends_with(": CloseTalk").then_some(tries)
}

/// A question that nobody wrote down as said, of a session that said its last words.
fn was_given_up(row: &NotificationRow, said: &[NotificationRow]) -> bool {
    let of_its_session = |other: &&NotificationRow| other.subject_id == row.subject_id;
    row.message_id.is_none()
        && row.kind.starts_with("ASK#")
        && said
            .iter()
            .filter(of_its_session)
            .any(|other| other.kind == "END")
}

/// Whether a record is what its person said.
fn on_record(record: &Customer, wanted: &super::person::Wanted) -> bool {
    let lines: BTreeSet<String> = record.addresses.iter().map(address_line).collect();
    let said = [&wanted.address, &wanted.another].into_iter().flatten();
    record.name.as_str() == wanted.name
        && record.email.as_ref().map(Email::as_str) == wanted.email.as_deref()
        && lines == said.cloned().collect()
}
