//! What a store's POS gets from its queue and what it answers: the schemas that POS makers build against.

use comanda_domain::{
    ids::{ClientId, CustomerId, OrderId, StoreId},
    order::{Order, OrderStatus},
    people::{Address, CustomerUpdate, Email, PersonName, Phone, Preferences},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A message to a store's POS. Of several about one order the one with the highest version is true.
///
/// One may come more than once, hours apart: of the same type about the same order in the same version the first counts, whatever the
/// later ones say of how it stands by then.
///
/// Not `Debug`: it holds a customer's order and a task token.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum StoreMessage {
    /// An order for the store.
    RemoteOrderReceived {
        /// When this was said.
        timestamp: Timestamp,
        /// The order's version.
        version: u64,
        /// The order.
        data: Box<RemoteOrder>,
    },
    /// The order is off. Nothing is to be cooked.
    OrderCancelled {
        /// When this was said.
        timestamp: Timestamp,
        /// The order's version.
        version: u64,
        /// Which order.
        data: OrderNotice,
    },
    /// The store's decision came after the order had ended; this is how it stands.
    OrderDecisionLate {
        /// When this was said.
        timestamp: Timestamp,
        /// The order's version.
        version: u64,
        /// Which order.
        data: OrderNotice,
    },
    /// There is a customer more.
    CustomerCreated {
        /// When this was said.
        timestamp: Timestamp,
        /// The record's version; of several messages about a customer the one with the highest is true.
        version: u64,
        /// The customer.
        data: Box<StoreCustomer>,
    },
    /// A customer's record changed.
    CustomerUpdated {
        /// When this was said.
        timestamp: Timestamp,
        /// The record's version.
        version: u64,
        /// The customer as they are.
        data: Box<StoreCustomer>,
    },
    /// A customer got or used points.
    CustomerLoyaltyUpdated {
        /// When this was said.
        timestamp: Timestamp,
        /// The record's version.
        version: u64,
        /// The balance.
        data: StoreLoyalty,
    },
}

/// What of a customer a store needs to serve them: no CPF, no history of other stores (F104).
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoreCustomer {
    /// The tenant.
    pub client_id: ClientId,
    /// The customer.
    pub customer_id: CustomerId,
    /// What an acknowledgement names.
    pub event_id: String,
    /// The name.
    pub name: PersonName,
    /// The phone, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<Phone>,
    /// The e-mail, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The addresses.
    pub addresses: Vec<Address>,
    /// Which of them is used if nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_address_index: Option<u32>,
    /// What they must not or do not eat, and what they like best.
    #[serde(default, skip_serializing_if = "Preferences::is_empty")]
    pub preferences: Preferences,
}

/// A customer's points, without the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoreLoyalty {
    /// The tenant.
    pub client_id: ClientId,
    /// The customer.
    pub customer_id: CustomerId,
    /// What an acknowledgement names.
    pub event_id: String,
    /// How many there are.
    pub loyalty_points: u64,
    /// Got, or below zero used.
    pub points_added: i64,
}

/// An order as the store gets it.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoteOrder {
    /// The order.
    pub order: StoreOrder,
    /// Whether the store must answer.
    pub awaiting_confirmation: bool,
    /// What the answer is sent with, to `SendTaskSuccess`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_token: Option<String>,
    /// Until when the answer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<Timestamp>,
}

/// What of an order a store needs: all of it but the workflow's own affairs and the payment's details.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoreOrder {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The order.
    pub order_id: OrderId,
    /// What people call it.
    pub order_number: String,
    /// Everything that is in the kitchen's and the courier's interest, by the order's own field names.
    #[serde(flatten)]
    pub details: serde_json::Map<String, serde_json::Value>,
}

impl StoreOrder {
    /// Fields of an order that are not the store's business.
    const WITHHELD: [&str; 9] = [
        "wait",
        "paymentId",
        "paymentDetails",
        "paymentAttempt",
        "checkoutId",
        "statusHistory",
        "version",
        "source",
        "discountRule",
    ];

    /// The store's part of an order.
    pub fn of(order: &Order) -> Result<Self, serde_json::Error> {
        let mut details = match serde_json::to_value(order)? {
            serde_json::Value::Object(fields) => fields,
            _ => serde_json::Map::new(),
        };
        for field in Self::WITHHELD {
            details.remove(field);
        }
        for field in ["clientId", "storeId", "orderId", "orderNumber"] {
            details.remove(field);
        }
        Ok(Self {
            client_id: order.client_id.clone(),
            store_id: order.store_id.clone(),
            order_id: order.order_id.clone(),
            order_number: order.display_number(),
            details,
        })
    }
}

/// Which order, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderNotice {
    /// The order.
    pub order_id: OrderId,
    /// What people call it.
    pub order_number: String,
    /// How it stands.
    pub status: OrderStatus,
    /// Why, in Portuguese, for the store's screen.
    pub reason: String,
}

/// A store's decision. The same JSON completes the task token and travels in [`StoreEvent::OrderDecision`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum StoreDecision {
    /// The store takes the order.
    Confirmed {
        /// Minutes until it is ready.
        ready_in_minutes: Option<u32>,
    },
    /// The store does not take it.
    Rejected {
        /// Why, in the store's words.
        reason: Option<String>,
    },
}

/// What a POS posts to our events queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum StoreEvent {
    /// A decision whose token was refused, or that never had one.
    OrderDecision {
        /// The tenant.
        client_id: ClientId,
        /// The store.
        store_id: StoreId,
        /// The order.
        order_id: OrderId,
        /// The POS's own id for this event: the same twice is one event.
        event_id: String,
        /// What was decided.
        decision: StoreDecision,
    },
    /// The order went on in the kitchen or on the road.
    OrderStatus {
        /// The tenant.
        client_id: ClientId,
        /// The store.
        store_id: StoreId,
        /// The order.
        order_id: OrderId,
        /// The POS's own id for this event.
        event_id: String,
        /// What it is now.
        status: OrderStatus,
        /// Why, where there is something to say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Minutes until it is ready or there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ready_in_minutes: Option<u32>,
    },
    /// The store has what it was told of a customer.
    CustomerAcknowledged {
        /// The tenant.
        client_id: ClientId,
        /// The store.
        store_id: StoreId,
        /// The customer.
        customer_id: CustomerId,
        /// The `eventId` of the message.
        event_id: String,
    },
    /// The store's people changed a customer's record.
    ///
    /// The customer's own word wins: a change that was made on an older version of the record fills what is empty and
    /// overwrites nothing; the store is told the record as it stands.
    CustomerChanged {
        /// The tenant.
        client_id: ClientId,
        /// The store.
        store_id: StoreId,
        /// The customer.
        customer_id: CustomerId,
        /// The POS's own id for this event.
        event_id: String,
        /// The version of the record that the store's people saw.
        seen_version: u64,
        /// What they changed.
        changes: CustomerUpdate,
    },
}
