//! Customers who write: their messages by the channel's own webhook, and what they are answered.

use comanda_domain::people::ChannelAddress;
use comanda_tasks::{
    http::Answer,
    ports::intercept::{Interceptor, intercepted},
    testing::signed_form,
    webhooks,
};
use jiff::SignedDuration;
use std::sync::Arc;

use super::{World, WorldError, lock};
use crate::restaurant;

/// Where the channel calls us.
const URL: &str = "https://api.example.com.br/webhooks/twilio";
/// Nobody waits longer for something to happen that needs no time.
const TURNS_MAX: u32 = 10_000;

impl World {
    /// Lets every call of the handlers to the outside meet this.
    pub fn disturb(&mut self, interceptor: Arc<dyn Interceptor>) {
        self.ports = intercepted(&self.ports, interceptor);
    }

    /// A customer writes to the open store; the channel calls until it is answered, as a fallback address would.
    pub fn customer_writes(&mut self, from: &str, (sid, text): (&str, &str)) {
        self.channel_brings(from, (sid, text), &[]);
    }

    /// A customer taps an answer that was offered.
    pub fn customer_taps(&mut self, from: &str, (sid, says, title): (&str, &str, &str)) {
        let tapped = [("ButtonPayload", says), ("ButtonText", title)];
        self.channel_brings(from, (sid, title), &tapped);
    }

    fn channel_brings(&mut self, from: &str, (sid, text): (&str, &str), more: &[(&str, &str)]) {
        let to = store_address();
        let mut fields = vec![
            ("MessageSid", sid),
            ("From", from),
            ("To", to.as_str()),
            ("Body", text),
            ("NumMedia", "0"),
            ("SmsStatus", "received"),
        ];
        fields.extend(more);
        let request = signed_form(URL, "simulated", &fields);
        let ports = self.ports.clone();
        self.executor.spawn(async move {
            for _ in 0..TURNS_MAX {
                let Answer { status, .. } = webhooks::twilio::receive(&ports, &request).await;
                if status == 200 {
                    return;
                }
            }
        });
    }

    /// Lets everything happen that is due within a time, timers included; at its end, what has expired is gone.
    pub fn pass(&mut self, time: SignedDuration) -> Result<(), WorldError> {
        let until = self.now().checked_add(time).unwrap_or(self.now());
        for _ in 0..TURNS_MAX {
            self.settle();
            let timer = lock(&self.time).next_timer();
            if timer.is_none_or(|timer| timer > until) {
                self.move_to(until);
                self.outside.store.expire(until);
                return Ok(());
            }
            self.advance()?;
        }
        Err(WorldError::Endless {
            steps: u64::from(TURNS_MAX),
        })
    }

    /// What an address was told, oldest first.
    #[must_use]
    pub fn heard(&self, address: &ChannelAddress) -> Vec<String> {
        self.outside.channel.texts(address.as_str())
    }
}

pub(super) fn store_address() -> String {
    let stores = restaurant::stores();
    let address = stores.ok().and_then(|[open, _]| {
        let address = open.store.channel_addresses.first();
        address.map(|address| address.as_str().to_owned())
    });
    address.unwrap_or_default()
}
