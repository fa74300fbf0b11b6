//! What the customer, the store and the provider do, each through the door that it uses in the real world: the orders'
//! API, a task token or the events queue, the webhook.

use std::collections::BTreeMap;

use comanda_domain::{
    ids::OrderId,
    money::Money,
    order::{Actor, OrderStatus},
    people::ChannelAddress,
};
use comanda_tasks::{
    api, http,
    ports::{RefundStatus, Workflows as _},
    rows::ConversationRow,
    testing::{self, ChargeTruth},
};
use serde_json::{Value, json};

use super::{
    World,
    delivery::{Delivery, Wish},
    deploy, lock,
    workflows::EngineWorkflows,
};
use crate::script::{CustomerDoes, Moment, ProviderDoes, Step, StoreDoes};

/// A party cannot do what the script says.
#[derive(Debug, thiserror::Error)]
pub enum PartyError {
    /// The order was refused.
    #[error("{code}: {message}")]
    Refused {
        /// The refusal's code.
        code: String,
        /// What the customer reads.
        message: String,
    },
    /// There is nothing to do it to.
    #[error("at {at} {who} cannot do that: {why}")]
    NotNow {
        /// When.
        at: jiff::Timestamp,
        /// Which party.
        who: &'static str,
        /// What is missing.
        why: String,
    },
}

/// How often each moment has come.
pub(super) fn counts(world: &World) -> BTreeMap<Moment, u32> {
    let charges = world.outside.provider.charges();
    let asked = charges
        .iter()
        .map(|truth| truth.charge.refunds.len())
        .sum::<usize>();
    let status = world.order().map(|order| order.status());
    let confirmed = status.is_some_and(|status| {
        !matches!(
            status,
            OrderStatus::Pending | OrderStatus::Cancelled | OrderStatus::Refunded
        )
    });
    let ended = lock(&world.time)
        .executions()
        .next()
        .is_some_and(|execution| execution.outcome().is_some());
    BTreeMap::from([
        (Moment::Charged, number(charges.len())),
        (Moment::HandedOver, number(handed_over(world).len())),
        (Moment::Confirmed, u32::from(confirmed)),
        (Moment::RefundAsked, number(asked)),
        (Moment::Ended, u32::from(ended)),
    ])
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Orders in the store's queue, oldest first.
fn handed_over(world: &World) -> Vec<Value> {
    let messages = world.outside.queue.messages();
    let read = messages
        .iter()
        .filter_map(|message| serde_json::from_str::<Value>(&message.body).ok());
    read.filter(|body| body["type"] == "REMOTE_ORDER_RECEIVED")
        .collect()
}

impl World {
    /// Places an order through the API; `body` is what `POST /api/orders` takes. Answers the order's id.
    ///
    /// Its customer has just written, as customers on a channel have: so free text may be sent to them for a day.
    pub fn place(&mut self, body: &Value) -> Result<OrderId, PartyError> {
        self.hear_customer(body)?;
        let answer = testing::block_on(api::place_order(&self.ports, body.to_string().as_bytes()));
        refused(&answer)?;
        let id = answer
            .body
            .pointer("/order/orderId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let id =
            OrderId::new(id).map_err(|error| self.not_now("the customer", &error.to_string()))?;
        self.place.order = Some(id.clone());
        Ok(id)
    }

    fn hear_customer(&self, body: &Value) -> Result<(), PartyError> {
        let address = body
            .pointer("/customer/channelAddress")
            .and_then(Value::as_str);
        let Some(Ok(address)) = address.map(ChannelAddress::new) else {
            // The API says what is wrong with it.
            return Ok(());
        };
        let ours = ChannelAddress::new(super::talk::store_address())
            .map_err(|error| self.not_now("the customer", &error.to_string()))?;
        let both = (&address, &ours);
        let talk = ConversationRow::new(&self.place.tenant, both, self.now(), 1);
        let write =
            deploy::put(&talk).map_err(|error| self.not_now("the customer", &error.to_string()))?;
        let written = testing::block_on(self.ports.store.write(vec![write]));
        written.map_err(|error| self.not_now("the customer", &error.to_string()))
    }

    pub(super) fn act(&mut self, step: &Step) -> Result<(), PartyError> {
        if let Some(does) = &step.customer {
            self.customer(does)?;
        }
        if let Some(does) = &step.store {
            self.store(does)?;
        }
        if let Some(does) = &step.provider {
            self.provider(does)?;
        }
        Ok(())
    }

    fn customer(&mut self, does: &CustomerDoes) -> Result<(), PartyError> {
        match does {
            CustomerDoes::Pays => {
                let charge = self.newest_charge()?;
                self.tell(format!("the customer pays {}", charge.charge.amount));
                self.outside
                    .provider
                    .pay(&charge.charge.id, charge.charge.amount);
                self.webhook("PAYMENT_RECEIVED", &charge.charge.id)
            }
            CustomerDoes::PaysOnly(amount) => {
                let charge = self.newest_charge()?;
                self.tell(format!("the customer pays only {amount}"));
                self.outside.provider.pay(&charge.charge.id, *amount);
                self.webhook("PAYMENT_RECEIVED", &charge.charge.id)
            }
            CustomerDoes::Cancels => {
                self.tell("the customer cancels");
                self.ask_api(Wish::Cancel(api::CancelRequest {
                    by: Actor::Customer,
                    reason: None,
                }))
            }
            CustomerDoes::Chooses(method) => {
                self.tell(format!(
                    "the customer chooses {}",
                    json!(method).as_str().unwrap_or_default()
                ));
                self.ask_api(Wish::Method(api::MethodRequest {
                    payment_method: *method,
                }))
            }
        }
    }

    fn store(&mut self, does: &StoreDoes) -> Result<(), PartyError> {
        match does {
            StoreDoes::Confirms { ready_in_minutes } => {
                self.tell(format!(
                    "the store confirms, ready in {ready_in_minutes} minutes"
                ));
                self.decide(json!({ "confirmed": { "readyInMinutes": ready_in_minutes } }))
            }
            StoreDoes::Rejects { reason } => {
                self.tell(format!("the store rejects: {reason}"));
                self.decide(json!({ "rejected": { "reason": reason } }))
            }
            StoreDoes::Reports(status) => {
                let word = json!(status);
                self.tell(format!(
                    "the store reports {}",
                    word.as_str().unwrap_or_default()
                ));
                self.post_event(json!({ "type": "ORDER_STATUS", "status": word }))
            }
        }
    }

    fn provider(&mut self, does: &ProviderDoes) -> Result<(), PartyError> {
        match does {
            ProviderDoes::Declines => {
                let charge = self.newest_charge()?;
                self.tell("the card is declined");
                self.webhook("PAYMENT_CREDIT_CARD_CAPTURE_REFUSED", &charge.charge.id)
            }
            ProviderDoes::RepeatsTheWebhook => {
                let charge = self.newest_charge()?;
                self.tell("the provider repeats its webhook");
                self.webhook("PAYMENT_RECEIVED", &charge.charge.id)
            }
            ProviderDoes::Refunds => self.refunds_finish(true),
            ProviderDoes::DeniesTheRefund => self.refunds_finish(false),
            ProviderDoes::RunsOutOfBalance => {
                self.tell("the account's balance no longer covers refunds");
                self.outside
                    .provider
                    .set_spare_balance(Money::from_centavos(-1));
                Ok(())
            }
            ProviderDoes::HasBalanceAgain => {
                self.tell("the account's balance covers refunds again");
                self.outside.provider.set_spare_balance(Money::ZERO);
                Ok(())
            }
        }
    }

    /// The provider finishes its refunds under way, and says so.
    pub(super) fn refunds_finish(&mut self, done: bool) -> Result<(), PartyError> {
        for truth in self.outside.provider.charges() {
            let open = truth
                .charge
                .refunds
                .iter()
                .any(|refund| refund.status == RefundStatus::Pending);
            if !open {
                continue;
            }
            self.outside.provider.settle_refunds(&truth.charge.id, done);
            let (says, event) = if done {
                ("the provider gives the money back", "PAYMENT_REFUNDED")
            } else {
                ("the provider refuses the refund", "PAYMENT_REFUND_DENIED")
            };
            self.tell(says);
            self.webhook(event, &truth.charge.id)?;
        }
        Ok(())
    }

    fn newest_charge(&self) -> Result<ChargeTruth, PartyError> {
        let charges = self.outside.provider.charges();
        charges
            .into_iter()
            .next_back()
            .ok_or_else(|| self.not_now("the customer", "nothing was charged yet"))
    }

    fn decide(&mut self, decision: Value) -> Result<(), PartyError> {
        let Some(message) = handed_over(self).pop() else {
            return Err(self.not_now("the store", "it has no order"));
        };
        if let Some(token) = message.pointer("/data/taskToken").and_then(Value::as_str) {
            let workflows = EngineWorkflows::new(self.time.clone());
            let completed = testing::block_on(workflows.succeed(token, decision.clone()));
            if completed == Ok(comanda_tasks::ports::Completion::Accepted) {
                return Ok(());
            }
        }
        // A token that no longer counts: the decision goes to the events queue.
        self.post_event(json!({ "type": "ORDER_DECISION", "decision": decision }))
    }

    fn post_event(&mut self, mut event: Value) -> Result<(), PartyError> {
        let order = self
            .place
            .order
            .clone()
            .ok_or_else(|| self.not_now("the store", "it has no order"))?;
        if let Some(fields) = event.as_object_mut() {
            fields.insert("clientId".into(), json!(self.place.tenant));
            fields.insert("storeId".into(), json!(self.place.store));
            fields.insert("orderId".into(), json!(order));
            fields.insert(
                "eventId".into(),
                json!(format!("pos-{}", self.doings.len())),
            );
        }
        self.deliver(Delivery::Event(event.to_string()), 1);
        Ok(())
    }

    fn ask_api(&mut self, wish: Wish) -> Result<(), PartyError> {
        let order = self
            .place
            .order
            .clone()
            .ok_or_else(|| self.not_now("the customer", "nothing was ordered"))?;
        let shop = api::Shop {
            client_id: self.place.tenant.clone(),
            store_id: self.place.store.clone(),
        };
        self.deliver(Delivery::Wish(shop, order, wish), 1);
        Ok(())
    }

    pub(super) fn not_now(&self, who: &'static str, why: &str) -> PartyError {
        PartyError::NotNow {
            at: self.now(),
            who,
            why: why.to_owned(),
        }
    }
}

fn refused(answer: &http::Answer) -> Result<(), PartyError> {
    if answer.status < 300 {
        return Ok(());
    }
    let word = |key: &str| {
        let word = answer
            .body
            .get("error")
            .and_then(|error| error.get(key))
            .and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    Err(PartyError::Refused {
        code: word("code"),
        message: word("message"),
    })
}
