//! The channel to customers beyond its API (providers §2): what they write, and reports on our messages, signed as the
//! channel signs them. Reports come out of order, and one call in ten comes once more though it was answered.

use std::collections::BTreeSet;

use comanda_tasks::{
    ports::Content,
    testing::{Accepted, NOT_ON_WHATSAPP, OUTSIDE_WINDOW, report, signed_form},
    webhooks,
};

use super::{
    Storm,
    chance::Stream,
    doings::Doing,
    jobs::{Caller, Ended},
    network::{Job, Patience},
    tenants::address_of,
};

const URL: &str = "https://comanda.invalid/webhooks/twilio";

/// The channel tries a failed call once more, at the fallback address (providers §2.1).
const ATTEMPTS: u32 = 2;

/// How many seconds later the channel makes a call once more, though it was answered: one in ten, as whoever calls over a
/// network may.
pub(crate) fn comes_again(stream: &mut Stream) -> Option<i64> {
    stream.happens(100).then(|| stream.between(3, 600))
}

/// Calls that the channel makes or has made.
#[derive(Default)]
pub(crate) struct ChannelCalls {
    read: usize,
    calls: Vec<Call>,
    /// Messages that we said we know have failed.
    failed: BTreeSet<String>,
}

impl ChannelCalls {
    /// Whether a message failed, and the report of it was answered.
    pub fn has_failed(&self, message: &str) -> bool {
        self.failed.contains(message)
    }
}

#[derive(Clone)]
struct Call {
    tenant: usize,
    name: String,
    form: Vec<(&'static str, String)>,
}

impl Storm {
    /// Looks which messages the channel took: customers read them, and it reports on them.
    pub(super) fn watch_channel(&mut self) {
        for accepted in self.outside.channel.accepted_from(self.channel.read) {
            self.channel.read += 1;
            let orders = self.orders_of_person(&accepted);
            let Some(order) = self.auditor.order_of_message(&orders, &accepted.sent.body) else {
                let detail = "it went to somebody who ordered nothing";
                self.auditor.found("N4", "a message", detail);
                continue;
            };
            let own = self.shop_of(order);
            let own = own.map(|shop| {
                let account = format!("AC-{}", shop.store.client_id);
                (address_of(shop).to_owned(), account)
            });
            self.auditor.message(order, &accepted, own.as_ref());
            self.say(order, "message", || {
                format!(
                    "the customer reads: {}",
                    accepted.sent.body.replace('\n', " ")
                )
            });
            if self.plan_reports_on(order, &accepted) {
                let phone = self.phones.entry(accepted.message.to).or_default();
                phone.push(accepted.sent.body);
            }
        }
    }

    /// The orders of whom a message went to: those with the store that it came from, if there are any.
    fn orders_of_person(&self, accepted: &Accepted) -> Vec<usize> {
        let lives = self.lives.iter().enumerate();
        let orders = lives.filter(|(_, life)| life.customer.address == accepted.message.to);
        let all: Vec<usize> = orders.map(|(order, _)| order).collect();
        let is_own = |order: &usize| {
            let shop = self.shop_of(*order);
            shop.is_some_and(|shop| address_of(shop) == accepted.from)
        };
        let own: Vec<usize> = all.iter().copied().filter(is_own).collect();
        if own.is_empty() { all } else { own }
    }

    /// Answers whether the message arrives.
    fn plan_reports_on(&mut self, order: usize, accepted: &Accepted) -> bool {
        let arrives = self.outside.channel.arrives(accepted);
        let Some(tenant) = self.lives.get(order).map(|life| life.customer.tenant) else {
            return arrives;
        };
        let name = self.job_name_of(order, "report on a message");
        let mut stream = Stream::new(self.setting.seed, &name);
        // Few messages are reported on here: the rule is the same for all, and each report costs as much as an event.
        if !stream.happens(150) {
            return arrives;
        }
        let fails = stream.happens(60) || !arrives;
        let last = if fails { "failed" } else { "delivered" };
        let words = ["sent", last, "read"];
        // What failed is not read.
        let told = if fails { 2 } else { 3 };
        for (number, word) in words.into_iter().take(told).enumerate() {
            let code = (word == "failed").then_some(match accepted.message.content {
                Content::Template { .. } => NOT_ON_WHATSAPP,
                _ => OUTSIDE_WINDOW,
            });
            let form = report(accepted, word, code);
            let name = format!("{name}, part {number}");
            self.plan_call(stream.between(0, 6), Call { tenant, name, form });
        }
        !fails
    }

    pub(super) fn writes(&mut self, order: usize) {
        let Some(life) = self.lives.get(order) else {
            return;
        };
        let (tenant, from) = (life.customer.tenant, life.customer.address.clone());
        let Some(to) = self.shop_of(order).map(|shop| address_of(shop).to_owned()) else {
            return;
        };
        self.outside.channel.wrote(&from, &to);
        let form = vec![
            ("MessageSid", format!("SMin{order:028x}")),
            ("From", from),
            ("To", to),
            ("Body", "oi".to_owned()),
        ];
        let name = format!("order {}: the customer writes", order + 1);
        self.plan_call(0, Call { tenant, name, form });
    }

    /// Now and then it is made once more, whatever it is answered.
    fn plan_call(&mut self, after: i64, call: Call) {
        let mut stream = Stream::new(self.setting.seed, &format!("again/{}", call.name));
        if let Some(later) = comes_again(&mut stream) {
            let name = format!("{}, again", call.name);
            let again = Call {
                name,
                ..call.clone()
            };
            self.plan_one_call(after + later, again);
        }
        self.plan_one_call(after, call);
    }

    fn plan_one_call(&mut self, after: i64, call: Call) {
        self.channel.calls.push(call);
        let call = self.channel.calls.len() - 1;
        self.plan(after, Doing::Calls { call, attempt: 1 });
    }

    pub(super) fn channel_calls(&mut self, call: usize, attempt: u32) {
        let Some(Call { tenant, name, form }) = self.channel.calls.get(call).cloned() else {
            return;
        };
        let Some(tenant) = self.tenants.get(tenant) else {
            return;
        };
        let request = signed_form(URL, &tenant.channel_token, &form);
        let name = format!("{name}, try {attempt}");
        let entry = ("twilio", Patience::Channel);
        let job = Job::of_entry_point(&self.network, (name, tenant.id.as_str()), entry);
        let ports = job.ports(&self.ports);
        self.jobs
            .spawn(Caller::Channel { call, attempt }, job, async move {
                Ended::Http(webhooks::twilio::receive(&ports, &request).await)
            });
    }

    /// L1: what it tells is taken, unless accidents met both of its tries.
    pub(super) fn channel_answered(
        &mut self,
        call: usize,
        attempt: u32,
        (job, ended): (&Job, &Ended),
    ) {
        let taken = matches!(ended, Ended::Http(answer) if answer.status < 300);
        if matches!(ended, Ended::Http(answer) if answer.status == 403) {
            self.auditor
                .found("T1", "the channel", "a call that it signed was refused");
        }
        if taken && let Some(made) = self.channel.calls.get(call) {
            let field = |name| made.form.iter().find(|(field, _)| *field == name);
            if let (Some((_, id)), Some((_, word))) = (field("MessageSid"), field("MessageStatus"))
                && word == "failed"
            {
                self.channel.failed.insert(id.clone());
            }
        }
        let own = format!("call {call}");
        if !taken {
            job.came_to_nothing();
        }
        self.tries.ended(job, &own, !taken);
        if !taken && attempt < ATTEMPTS {
            let attempt = attempt + 1;
            self.plan(15, Doing::Calls { call, attempt });
        } else if !taken && !self.tries.broke(&own, |_| Some(ATTEMPTS)) {
            let detail = "a call that met with no accident was never taken";
            self.auditor.found("L1", "the channel", detail);
        }
    }
}
