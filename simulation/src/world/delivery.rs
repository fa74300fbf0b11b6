//! What comes to us from outside, and comes again until we take it: messages of the POS, webhooks, requests of the API.

use std::sync::{Arc, Mutex};

use comanda_domain::ids::OrderId;
use comanda_tasks::{
    api,
    http::{Answer, WebhookRequest},
    ports::Ports,
    pos::events::{self, Taken},
    webhooks,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Planned, World, lock};
use crate::restaurant;

/// How often a message is delivered before it is a dead letter.
const ATTEMPTS_MAX: u32 = 5;
/// The pause between two attempts: a queue's visibility time-out.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// What was not taken, and how often it was tried.
pub(super) type Undelivered = Arc<Mutex<Vec<(Delivery, u32)>>>;

/// Something for us.
#[derive(Clone)]
pub(super) enum Delivery {
    /// A message on the events queue.
    Event(String),
    /// A call of the provider.
    Webhook(WebhookRequest),
    /// A customer's wish for an order.
    Wish(api::Shop, OrderId, Wish),
}

/// What a customer asks of the orders' API.
#[derive(Clone)]
pub(super) enum Wish {
    Cancel(api::CancelRequest),
    Method(api::MethodRequest),
}

impl Delivery {
    /// Whether it was taken. Refused is taken: the customer is told by a message, and that is in the story.
    async fn is_taken(&self, ports: &Ports) -> bool {
        let answered = |answer: Answer| answer.status < 500;
        match self {
            Self::Event(body) => events::receive(ports, body).await == Taken::Done,
            Self::Webhook(request) => {
                let route = restaurant::WEBHOOK_ROUTE;
                webhooks::asaas::receive(ports, route, request).await.status == 200
            }
            Self::Wish(shop, order, Wish::Cancel(request)) => {
                let request = request.clone();
                answered(api::cancel_order(ports, shop, order.as_str(), request).await)
            }
            Self::Wish(shop, order, Wish::Method(request)) => {
                answered(api::choose_payment_method(ports, shop, order.as_str(), *request).await)
            }
        }
    }
}

impl World {
    pub(super) fn deliver(&mut self, delivery: Delivery, attempt: u32) {
        self.events_delivered += u32::from(matches!(delivery, Delivery::Event(_)));
        let (ports, undelivered) = (self.ports.clone(), self.undelivered.clone());
        self.executor.spawn(async move {
            if !delivery.is_taken(&ports).await {
                lock(&undelivered).push((delivery, attempt));
            }
        });
    }

    /// The store's POS says that it has every customer that it was told of.
    pub fn acknowledge_customers(&mut self) {
        let told = self.outside.queue.messages();
        let bodies = told
            .iter()
            .filter_map(|sent| serde_json::from_str::<Value>(&sent.body).ok());
        let acknowledged: Vec<String> = bodies
            .filter_map(|body| {
                let data = body.get("data")?;
                let event = json!({
                    "type": "CUSTOMER_ACKNOWLEDGED", "clientId": self.place.tenant, "storeId": self.place.store,
                    "customerId": data.get("customerId")?, "eventId": data.get("eventId")?,
                });
                Some(event.to_string())
            })
            .collect();
        for event in acknowledged {
            self.deliver(Delivery::Event(event), 1);
        }
    }

    /// What was not taken comes again later, or ends where a person finds it.
    pub(super) fn try_again(&mut self) {
        let undelivered = std::mem::take(&mut *lock(&self.undelivered));
        for (delivery, attempt) in undelivered {
            if attempt < ATTEMPTS_MAX {
                self.plan(PAUSE, Planned::Again(delivery, attempt + 1));
            } else {
                self.dead_letters += 1;
            }
        }
    }

    /// How many messages came by the events queue, each as often as it came.
    #[must_use]
    pub fn events_delivered(&self) -> u32 {
        self.events_delivered
    }

    /// How many messages were given up: a person finds them among the dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> u32 {
        self.dead_letters
    }
}
