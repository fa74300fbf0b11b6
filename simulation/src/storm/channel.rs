//! The channel to customers beyond its API (providers §2): what they write, and reports on our messages, signed as the
//! channel signs them, twice and out of order as it happens.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use comanda_tasks::{http::WebhookRequest, webhooks};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::{
    Storm,
    chance::Stream,
    doings::Doing,
    jobs::{Caller, Ended},
    network::Job,
};

const URL: &str = "https://comanda.invalid/webhooks/twilio";

/// Calls that the channel makes or has made.
#[derive(Default)]
pub(crate) struct ChannelCalls {
    read: usize,
    calls: Vec<Call>,
}

#[derive(Clone)]
struct Call {
    tenant: usize,
    name: String,
    form: BTreeMap<&'static str, String>,
}

impl Storm {
    /// Looks which messages the channel took: customers read them, and it reports on them.
    pub(super) fn watch_channel(&mut self) {
        for accepted in self.outside.channel.accepted_from(self.channel.read) {
            self.channel.read += 1;
            let mut lives = self.lives.iter().enumerate();
            let order = lives
                .find(|(_, life)| life.customer.address == accepted.message.to)
                .map(|(order, _)| order);
            let own = order.and_then(|order| self.tenant_of(order));
            let own = own.map(|tenant| (tenant.address().to_owned(), format!("AC-{}", tenant.id)));
            self.auditor.message(order, &accepted, own.as_ref());
            let Some(order) = order else { continue };
            self.say(order, "message", || {
                format!(
                    "the customer reads: {}",
                    accepted.sent.body.replace('\n', " ")
                )
            });
            self.plan_reports_on(order, &accepted);
        }
    }

    fn plan_reports_on(&mut self, order: usize, accepted: &comanda_tasks::testing::Accepted) {
        let Some(tenant) = self.lives.get(order).map(|life| life.customer.tenant) else {
            return;
        };
        let name = self.job_name_of(order, "report on a message");
        let mut stream = Stream::new(self.setting.seed, &name);
        // Few messages are reported on here: the rule is the same for all, and each report costs as much as an event.
        if !stream.happens(150) {
            return;
        }
        let last = if stream.happens(60) {
            "failed"
        } else {
            "delivered"
        };
        for (number, word) in ["sent", last, "read"].into_iter().enumerate() {
            let mut form = BTreeMap::from([
                ("MessageSid", accepted.sent.id.clone()),
                ("MessageStatus", word.to_owned()),
                ("From", accepted.from.clone()),
                ("To", accepted.message.to.clone()),
            ]);
            if word == "failed" {
                form.insert("ErrorCode", "63016".to_owned());
            }
            let name = format!("{name}, part {number}");
            self.plan_call(stream.between(0, 6), Call { tenant, name, form });
        }
    }

    pub(super) fn writes(&mut self, order: usize) {
        let Some(life) = self.lives.get(order) else {
            return;
        };
        let (tenant, from) = (life.customer.tenant, life.customer.address.clone());
        let Some(to) = self
            .tenants
            .get(tenant)
            .map(|tenant| tenant.address().to_owned())
        else {
            return;
        };
        let form = BTreeMap::from([
            ("MessageSid", format!("SMin{order:028x}")),
            ("From", from),
            ("To", to),
            ("Body", "oi".to_owned()),
        ]);
        let name = format!("order {}: the customer writes", order + 1);
        self.plan_call(0, Call { tenant, name, form });
    }

    fn plan_call(&mut self, after: i64, call: Call) {
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
        let signature = signature(&tenant.channel_token, &form);
        let job = Job::new(
            &self.network,
            format!("{name}, try {attempt}"),
            tenant.id.as_str(),
        );
        let ports = job.ports(&self.ports);
        let request = WebhookRequest {
            url: URL.to_owned(),
            headers: BTreeMap::from([("x-twilio-signature".to_owned(), signature)]),
            body: encode(&form).into_bytes(),
        };
        self.jobs
            .spawn(Caller::Channel { call, attempt }, job, async move {
                Ended::Http(webhooks::twilio::receive(&ports, &request).await)
            });
    }

    /// The channel tries a failed call once more, at the fallback address (providers §2.1).
    pub(super) fn channel_answered(&mut self, call: usize, attempt: u32, ended: &Ended) {
        let taken = matches!(ended, Ended::Http(answer) if answer.status < 300);
        if matches!(ended, Ended::Http(answer) if answer.status == 403) {
            self.auditor
                .found("T1", "the channel", "a call that it signed was refused");
        }
        if !taken && attempt == 1 {
            self.plan(15, Doing::Calls { call, attempt: 2 });
        }
    }
}

fn signature(token: &str, form: &BTreeMap<&'static str, String>) -> String {
    let mut text = URL.to_owned();
    for (name, value) in form {
        text.push_str(name);
        text.push_str(value);
    }
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn encode(form: &BTreeMap<&'static str, String>) -> String {
    let pairs = form.iter().map(|(name, value)| {
        let value: String = value
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}
