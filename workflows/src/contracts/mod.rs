//! What the workflows ask of the Lambda functions: typed inputs, outputs, signals and refusals. One file a service.
//!
//! A task's refusal is a Lambda error whose type is `<Enum>.<Variant>` and whose message is the variant as JSON. Whatever
//! is not a refusal is an outage (`Outage`, to be retried) or a fault of ours (`Unexpected`).
//!
//! INVARIANT: nothing personal (names, addresses, phones, CPF, what people wrote) is in any of these types, because
//! inputs and outputs of an execution are readable in its history for ninety days.

mod conversation;
mod customers;
mod notifications;
mod orders;
mod payments;
mod pos;
mod pos_messages;
mod reconciliation;
mod refusals;

pub use conversation::*;
pub use customers::*;
pub use notifications::*;
pub use orders::*;
pub use payments::*;
pub use pos::*;
pub use pos_messages::*;
pub use reconciliation::*;
pub use refusals::*;

pub use comanda_domain::{
    ids::{OrderKey, RefundIntentId},
    order::{Actor, OrderStatus},
    payment::RefundReason,
};

use comanda_domain::ids::{CheckoutId, ClientId, OrderId, StoreId};
use comanda_dsl::Handles;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names an order that is still a checkout: what `order-lifecycle` starts with. The order's body is read from its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct OrderReference {
    /// The tenant.
    pub client_id: ClientId,
    /// The shop.
    pub store_id: StoreId,
    /// The order's id, which is the execution's name too.
    pub order_id: OrderId,
    /// The caller's key for this checkout.
    pub checkout_id: CheckoutId,
}

impl OrderReference {
    /// The order that the checkout becomes.
    #[must_use]
    pub fn order(&self) -> OrderKey {
        OrderKey {
            client_id: self.client_id.clone(),
            store_id: self.store_id.clone(),
            order_id: self.order_id.clone(),
        }
    }
}
