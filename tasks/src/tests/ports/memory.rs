//! A world in memory as the contracts' cases need it: who pays, writes, reads queues, and what the next call meets with.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use comanda_domain::{ids::ChargeId, ledger::day_of, money::Money};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::Value;

use super::noon;
use crate::{
    http::WebhookRequest,
    ports::{
        Account, Channel, ChargeStatus, Clock, Environment, PaymentProvider, Ports, Queue, Sender,
        SyncEnd, Workflows,
        intercept::{Call, Fate, Interceptor, ProviderCall, intercepted},
    },
    testing::{
        OUTSIDE_WINDOW, TokenState, World,
        contract::{
            Doing, Struck,
            channel::ChannelRig,
            provider::{Happening, ProviderRig},
            queue::{QueueRig, Taken},
            workflows::{CAUSE, ECHOES, ERROR, FAILS, WAITS, WorkflowsRig},
        },
        report, signed_form,
    },
};

/// The world, and its ports with the next accident in between.
pub(super) struct Memory {
    world: World,
    ports: Ports,
    next: Arc<Next>,
    mishap: Option<Mishap>,
}

/// What is wrong on the rig's own side, where a broken part is wanted and the port cannot be asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// What a reader took is gone.
    TakesAreDeletes,
    /// Nobody reports on messages.
    NoReports,
    /// Every message reaches its customer.
    NoWindow,
}

#[derive(Default)]
struct Next(Mutex<Option<Struck>>);

impl Interceptor for Next {
    fn fate(&self, call: &Call<'_>) -> Fate {
        let changes = match call {
            Call::Message(_) => true,
            Call::Provider(call) => matches!(
                call,
                ProviderCall::CreatePayer
                    | ProviderCall::CreateCharge
                    | ProviderCall::DeleteCharge
                    | ProviderCall::Refund
            ),
            _ => false,
        };
        let struck = changes.then(|| self.0.lock().unwrap().take()).flatten();
        match struck {
            None => Fate::Proceed,
            Some(Struck::Refused) => Fate::Refused,
            Some(Struck::LostBefore) => Fate::LostBefore,
            Some(Struck::LostAfter) => Fate::LostAfter,
        }
    }
}

/// Where reports go.
const REPORTS: &str = "https://comanda.invalid/webhooks/twilio";
const TOKEN: &str = "12345";
const NOBODY: &str = "key-of-nobody";

impl Memory {
    pub(super) fn new() -> Self {
        let world = World::new(noon(), 1);
        world.provider.keep_fees();
        world.provider.revoke(NOBODY);
        world
            .workflows
            .define(WAITS, |_| SyncEnd::Succeeded(Value::Null));
        world
            .workflows
            .define(ECHOES, |input| SyncEnd::Succeeded(input.clone()));
        world.workflows.define(FAILS, |_| SyncEnd::Failed {
            error: ERROR.to_owned(),
            cause: CAUSE.to_owned(),
        });
        let next = Arc::new(Next::default());
        Self {
            ports: intercepted(&world.ports(), next.clone()),
            world,
            next,
            mishap: None,
        }
    }

    /// The same rig around other ports.
    pub(super) fn around(mut self, change: impl FnOnce(Ports) -> Ports) -> Self {
        self.ports = change(self.ports);
        self
    }

    pub(super) fn with(mut self, mishap: Option<Mishap>) -> Self {
        self.mishap = mishap;
        self
    }

    fn struck(&self, next: Struck) {
        *self.next.0.lock().unwrap() = Some(next);
    }

    fn sender_of(address: &str) -> Sender {
        Sender {
            address: address.to_owned(),
            account: "AC1".to_owned(),
            auth_token: TOKEN.into(),
        }
    }
}

fn key(number: usize) -> String {
    format!("key-{number}")
}

fn account(key: &str) -> Account {
    Account {
        environment: Environment::Local,
        api_key: key.to_owned().into(),
    }
}

impl QueueRig for Memory {
    fn queue(&self) -> &dyn Queue {
        &*self.ports.queue
    }

    fn fresh(&self, name: &'static str) -> Doing<'_, String> {
        Box::pin(async move { format!("http://sqs.invalid/{name}.fifo") })
    }

    fn take<'a>(&'a self, url: &'a str) -> Doing<'a, Option<Taken>> {
        Box::pin(async move {
            let taken = self.world.queue.take(url)?;
            if self.mishap == Some(Mishap::TakesAreDeletes) {
                self.world.queue.delete(url, taken.receipt);
            }
            Some(Taken {
                body: taken.message.body,
                receipt: taken.receipt.to_string(),
            })
        })
    }

    fn delete<'a>(&'a self, url: &'a str, taken: &'a Taken) -> Doing<'a, ()> {
        Box::pin(async move { self.world.queue.delete(url, taken.receipt.parse().unwrap()) })
    }

    fn pass(&self, time: Duration) -> Doing<'_, ()> {
        Box::pin(async move { self.world.clock.advance(time.try_into().unwrap()) })
    }
}

impl WorkflowsRig for Memory {
    fn workflows(&self) -> &dyn Workflows {
        &*self.ports.workflows
    }

    fn token<'a>(&'a self, name: &'a str) -> Doing<'a, String> {
        Box::pin(async move {
            let token = format!("token of {name}");
            if self.world.workflows.token(&token).is_none() {
                self.world.workflows.open_token(&token);
            }
            token
        })
    }

    fn time_out<'a>(&'a self, name: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            self.world
                .workflows
                .close_token(&format!("token of {name}"))
        })
    }

    fn end<'a>(&'a self, name: &'a str) -> Doing<'a, Result<Value, String>> {
        Box::pin(async move {
            self.world.workflows.end(WAITS, name);
            match self.world.workflows.token(&format!("token of {name}")) {
                Some(TokenState::Succeeded(output)) => Ok(output),
                Some(TokenState::Failed(error)) => Err(error),
                Some(TokenState::Closed) => Err("States.Timeout".to_owned()),
                Some(TokenState::Open) | None => Err("it still waits".to_owned()),
            }
        })
    }
}

impl ProviderRig for Memory {
    fn provider(&self) -> &dyn PaymentProvider {
        &*self.ports.provider
    }

    fn account(&self, number: usize) -> Account {
        account(&key(number))
    }

    fn no_account(&self) -> Account {
        account(NOBODY)
    }

    fn today(&self) -> Date {
        day_of(self.world.clock.now())
    }

    fn happens<'a>(&'a self, charge: &'a ChargeId, what: Happening) -> Doing<'a, ()> {
        let provider = &self.world.provider;
        Box::pin(async move {
            match what {
                Happening::Paid => {
                    let amount = provider.charge(charge).unwrap().charge.amount;
                    provider.pay(charge, amount);
                }
                // The port has one word for what is not paid.
                Happening::Overdue => {}
                Happening::RefundDone => provider.settle_refunds(charge, true),
                Happening::RefundDenied => provider.settle_refunds(charge, false),
                Happening::RefundHeld => provider.hold_refunds(charge, true),
                Happening::RefundAuthorised => provider.hold_refunds(charge, false),
                Happening::Disputed => provider.set_status(charge, ChargeStatus::Chargeback),
            }
        })
    }

    fn top_up(&self, number: usize, amount: Money) -> Doing<'_, ()> {
        Box::pin(async move { self.world.provider.top_up(&key(number), amount) })
    }

    fn strike(&self, next: Struck) -> Doing<'_, ()> {
        Box::pin(async move { self.struck(next) })
    }
}

impl ChannelRig for Memory {
    fn channel(&self) -> &dyn Channel {
        &*self.ports.channel
    }

    fn sender(&self) -> Sender {
        Self::sender_of("whatsapp:+551140028922")
    }

    fn other_sender(&self) -> Sender {
        Self::sender_of("whatsapp:+551140028923")
    }

    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    fn pass_a_second(&self) -> Doing<'_, ()> {
        Box::pin(async move { self.world.clock.advance(SignedDuration::from_secs(1)) })
    }

    fn writes<'a>(&'a self, customer: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            let ours = ChannelRig::sender(self).address;
            self.world.channel.wrote(customer, &ours);
        })
    }

    fn strike(&self, next: Struck) -> Doing<'_, ()> {
        Box::pin(async move { self.struck(next) })
    }

    fn reports<'a>(&'a self, id: &'a str) -> Doing<'a, Vec<WebhookRequest>> {
        Box::pin(async move {
            if self.mishap == Some(Mishap::NoReports) {
                return Vec::new();
            }
            let all = self.world.channel.accepted_from(0);
            let accepted = all.iter().find(|accepted| accepted.sent.id == id).unwrap();
            let arrives =
                self.mishap == Some(Mishap::NoWindow) || self.world.channel.arrives(accepted);
            let words: &[(&str, Option<u32>)] = if arrives {
                &[("sent", None), ("delivered", None)]
            } else {
                &[("undelivered", Some(OUTSIDE_WINDOW))]
            };
            let told = words.iter().map(|(word, code)| {
                let fields = report(accepted, word, *code);
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                signed_form(REPORTS, TOKEN, &fields)
            });
            told.collect()
        })
    }
}
