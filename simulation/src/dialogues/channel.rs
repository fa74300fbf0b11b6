//! The channel between people and restaurants: what they write and tap, doubled and in disorder; what they read; and what it
//! reports of our messages, some of which never arrive. One call in ten comes once more up to minutes later, whatever it tells.

use std::sync::atomic::Ordering;

use comanda_tasks::{
    ports::Content,
    testing::{Accepted, NOT_ON_WHATSAPP, report, signed_form},
    webhooks,
};

use super::{
    Caller, Dialogues,
    doings::{Doing, REPEAT_SECONDS},
    person::Person,
    saying::{Choice, Saying},
};
use crate::storm::{
    chance::Stream,
    channel::comes_again,
    jobs::Ended,
    network::{Job, Patience},
    tenants::address_of,
};

const URL: &str = "https://comanda.invalid/webhooks/twilio";
/// The channel tries a failed call once more, at the fallback address (providers §2.1).
const ATTEMPTS: u32 = 2;

/// A call of the channel on its way to us.
#[derive(Clone)]
pub(super) struct Call {
    person: usize,
    what: &'static str,
    fields: Vec<(&'static str, String)>,
    /// The message of ours that it says will not arrive.
    failed: Option<String>,
}

/// What can be tapped below a message.
fn offered(content: &Content) -> Vec<Choice> {
    let (choices, is_list) = match content {
        Content::QuickReplies { replies, .. } => (replies, false),
        Content::List { items, .. } => (items, true),
        _ => return Vec::new(),
    };
    let choice = |choice: &comanda_tasks::ports::Choice| {
        let whole = choice.description.as_ref();
        Choice {
            says: choice.says.clone(),
            title: choice.title.clone(),
            whole: whole.unwrap_or(&choice.title).clone(),
            is_list,
        }
    };
    choices.iter().map(choice).collect()
}

impl Dialogues {
    /// People read what the channel took and brings.
    pub(super) fn deliver(&mut self) {
        for accepted in self.outside.channel.accepted_from(self.read) {
            self.read += 1;
            let to = |person: &&Person| {
                let tenant = self.tenants.get(person.tenant);
                person.address == accepted.message.to
                    && tenant.is_some_and(|tenant| address_of(&tenant.shop) == accepted.from)
            };
            let Some(person) = self.people.iter().position(|one| to(&one)) else {
                self.found(
                    "T1",
                    "the channel",
                    "a message went to nobody who wrote to this restaurant",
                );
                continue;
            };
            if self.reports_on(person, &accepted) {
                self.reads(person, &accepted);
            }
        }
    }

    fn reads(&mut self, person: usize, accepted: &Accepted) {
        let text = match &accepted.message.content {
            Content::Text(text) => text.clone(),
            _ => accepted.sent.body.clone(),
        };
        self.say(person, "reads", || {
            format!("reads: {}", text.replace('\n', " "))
        });
        let Some(one) = self.people.get_mut(person) else {
            return;
        };
        one.hears(&text, offered(&accepted.message.content));
        if one.done {
            return;
        }
        let (hearings, after) = (one.hearings, one.thinks());
        self.plan(after, Doing::Says { person, hearings });
    }

    /// Says how far a message got, in any order, and whether it arrives. Few are reported on: the rule is the same for all.
    fn reports_on(&mut self, person: usize, accepted: &Accepted) -> bool {
        let name = self.job_name(Some(person), "a message");
        let mut stream = Stream::new(self.network.seed, &name);
        if !stream.happens(200) {
            return true;
        }
        let fails = !self.network.clear.load(Ordering::Relaxed) && stream.happens(150);
        if fails {
            self.say(person, "misses", || "a message does not arrive".to_owned());
        }
        let last = if fails { "failed" } else { "delivered" };
        let words: &[&str] = if fails {
            &["sent", last]
        } else {
            &["sent", last, "read"]
        };
        for word in words {
            let is_failure = *word == "failed";
            let code = is_failure.then_some(NOT_ON_WHATSAPP);
            let call = Call {
                person,
                what: "a report",
                fields: report(accepted, word, code),
                failed: is_failure.then(|| accepted.sent.id.clone()),
            };
            let after = stream.between(0, 20);
            self.plan_call(call, &[after]);
        }
        !fails
    }

    pub(super) fn says(&mut self, person: usize, hearings: u32) {
        let Some(one) = self.people.get_mut(person) else {
            return;
        };
        if one.hearings != hearings || one.done {
            return;
        }
        let saying = one.says();
        let more = one.adds();
        self.writes(person, &saying);
        if let Some(more) = more {
            self.writes(person, &more);
        }
        let times = 1;
        let doing = Doing::Insists {
            person,
            hearings,
            times,
        };
        self.plan(REPEAT_SECONDS, doing);
    }

    pub(super) fn insists(&mut self, person: usize, hearings: u32, times: u32) {
        let Some(one) = self.people.get(person) else {
            return;
        };
        if one.hearings != hearings || one.done {
            return;
        }
        if let Some(saying) = one.insists(times) {
            self.writes(person, &saying);
        }
        let doing = Doing::Insists {
            person,
            hearings,
            times: times + 1,
        };
        self.plan(REPEAT_SECONDS, doing);
    }

    /// A message under an id of its own, delivered once or more often in a row.
    fn writes(&mut self, person: usize, saying: &Saying) {
        self.say(person, "writes", || saying.told());
        let Some((from, to)) = self.people.get(person).and_then(|one| {
            let tenant = self.tenants.get(one.tenant)?;
            Some((one.address.clone(), address_of(&tenant.shop).to_owned()))
        }) else {
            return;
        };
        let mut fields = vec![
            ("MessageSid", format!("SMin{:028x}", self.calls.len())),
            ("From", from),
            ("To", to),
            ("NumMedia", "0".to_owned()),
            ("SmsStatus", "received".to_owned()),
        ];
        fields.extend(saying.fields());
        let call = Call {
            person,
            what: "the webhook",
            fields,
            failed: None,
        };
        let deliveries = self.people.get_mut(person).map(Person::deliveries);
        self.plan_call(call, &deliveries.unwrap_or_default());
    }

    fn plan_call(&mut self, call: Call, after: &[i64]) {
        let name = self.job_name(Some(call.person), "a call again");
        let again = comes_again(&mut Stream::new(self.network.seed, &name));
        self.calls.push(call);
        let call = self.calls.len() - 1;
        for after in after.iter().copied().chain(again) {
            self.plan(after, Doing::Delivers { call, attempt: 1 });
        }
    }

    pub(super) fn delivers(&mut self, call: usize, attempt: u32) {
        let Some(Call {
            person,
            what,
            fields,
            ..
        }) = self.calls.get(call).cloned()
        else {
            return;
        };
        let tenant = self.people.get(person);
        let Some(tenant) = tenant.and_then(|one| self.tenants.get(one.tenant)).cloned() else {
            return;
        };
        let request = signed_form(URL, &tenant.channel_token, &fields);
        let name = self.job_name(Some(person), what);
        let entry = ("twilio", Patience::Channel);
        let job = Job::of_entry_point(&self.network, (name, tenant.id.as_str()), entry);
        let ports = self.ports_of(&job);
        let caller = Caller::Channel { call, attempt };
        self.jobs.spawn(caller, job, async move {
            Ended::Http(webhooks::twilio::receive(&ports, &request).await)
        });
    }

    pub(super) fn channel_answered(&mut self, call: usize, attempt: u32, ended: &Ended) {
        let taken = matches!(ended, Ended::Http(answer) if answer.status < 300);
        if matches!(ended, Ended::Http(answer) if answer.status == 403) {
            self.found("T1", "the channel", "a call that it signed was refused");
        }
        if !taken && attempt < ATTEMPTS {
            let attempt = attempt + 1;
            self.plan(15, Doing::Delivers { call, attempt });
        }
        let failed = self.calls.get(call).and_then(|call| call.failed.clone());
        self.failures.extend(failed.filter(|_| taken));
    }
}
