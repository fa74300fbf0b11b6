//! An order: its lines and money, where it stands, what it waits for, and how it may change.
//!
//! INVARIANT: every change is one [`Order::apply`]: version + 1 and one history entry, so that the history's length is the
//! version and its last entry is the order's state (O2). `status`, `version`, `paymentStatus` and the history cannot be
//! written otherwise.

mod change;
mod history;
mod payment_status;
mod row;
mod status;
#[cfg(test)]
pub(crate) mod tests;
mod wait;

pub use change::{ChangeError, HISTORY_LIMIT};
pub use history::{Actor, HistoryEntry, Reason};
pub use payment_status::{IllegalPaymentChange, PaymentMethod, PaymentStatus};
pub use status::{IllegalTransition, OrderEvent, OrderStatus};
pub use wait::{TaskToken, Wait, WaitKind, WaitingFor};

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{
        ChargeId, CheckoutId, ClientId, CustomerId, ItemId, OptionId, OrderId, OrderKey, StoreId,
    },
    money::Money,
    people::{Address, ChannelAddress, PersonName, Phone},
    store::DiscountRule,
};

/// One order (002 §2.2). Money is in centavos.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// 128 random bits, `order_` in front.
    pub order_id: OrderId,
    /// Whose order it is.
    pub client_id: ClientId,
    /// Which store cooks it.
    pub store_id: StoreId,
    /// Counts per store; what people say to each other.
    pub order_number: u64,
    /// The checkout that it came from (O1).
    pub checkout_id: CheckoutId,
    /// Who ordered.
    pub customer_id: CustomerId,
    /// Their name at that time.
    pub customer_name: PersonName,
    /// Where they wrote from, and where they are answered.
    pub channel_address: ChannelAddress,
    /// Their phone, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<Phone>,
    /// Where it stands.
    status: OrderStatus,
    /// How many changes it has seen; every write is conditional on it.
    version: u64,
    /// What was ordered, with the prices of that moment.
    pub items: Vec<OrderItem>,
    /// Sum of the lines.
    pub subtotal: Money,
    /// The zone's fee.
    pub delivery_fee: Money,
    /// What is taken off.
    pub discount: Money,
    /// By which rule, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_rule: Option<DiscountRule>,
    /// subtotal + fee - discount.
    pub total: Money,
    /// The version of the menu that the prices are from (O3).
    pub menu_version: u64,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// Our view of the money.
    payment_status: PaymentStatus,
    /// The live charge, or the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<ChargeId>,
    /// How many times a charge was asked for; 0 for orders paid at the door.
    #[serde(default)]
    pub payment_attempt: u32,
    /// When an unpaid order ends.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub payment_deadline: Option<Timestamp>,
    /// What the customer pays with.
    #[serde(default)]
    pub payment_details: PaymentDetails,
    /// Captured so far, over all charges.
    #[serde(default)]
    pub paid_amount: Money,
    /// Given back so far.
    #[serde(default)]
    pub refunded_amount: Money,
    /// Brought or fetched.
    pub delivery_type: DeliveryType,
    /// Where to, if it is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_address: Option<Address>,
    /// When it is expected to be there, or ready at the counter.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub delivery_time: Option<Timestamp>,
    /// What the customer wants the store to know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub customer_notes: String,
    /// Whether the store must say yes.
    pub requires_confirmation: bool,
    /// When the store first had the order in its queue; its clocks start here, not at the order's creation (F008).
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub handed_over_at: Option<Timestamp>,
    /// When silence of the store becomes a yes.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub confirmation_timeout: Option<Timestamp>,
    /// When silence of the store becomes a no.
    #[serde(
        default,
        with = "crate::instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Timestamp>")]
    pub refund_timeout: Option<Timestamp>,
    /// Who must do something before it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// The step that waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Every change, oldest first.
    status_history: Vec<HistoryEntry>,
    /// When it was accepted.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    updated_at: Timestamp,
    /// Where it came from.
    pub source: Source,
}

/// One line of an order, with the price of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderItem {
    /// The item of the menu.
    pub item_id: ItemId,
    /// Its name then.
    pub name: String,
    /// 1 to 99.
    pub quantity: u32,
    /// One of it, with its options.
    pub unit_price: Money,
    /// `quantity` of it.
    pub total_price: Money,
    /// The chosen options by the name of their group, as the kitchen reads them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub customizations: BTreeMap<String, Vec<String>>,
    /// The chosen options, to order the same again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionId>,
    /// What the customer wants of this line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// Brought or fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryType {
    /// To the customer's door.
    Delivery,
    /// At the counter.
    Pickup,
}

/// Where an order came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// A chat on WhatsApp, Messenger or Instagram.
    WhatsappBot,
    /// A call of our HTTP interface or the command line.
    Api,
    /// The store's own system.
    Pos,
}

/// What the customer pays with. Never the provider's raw answer (F032).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentDetails {
    /// PIX: the copy-and-paste code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pix_code: Option<String>,
    /// Cards: the page to pay on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_url: Option<String>,
    /// Why the last attempt failed, as the customer was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What an order is made of; everything else starts at its beginning.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Tenant, store and the order's own id.
    pub key: OrderKey,
    /// The store's next number.
    pub order_number: u64,
    /// The checkout that it comes from.
    pub checkout_id: CheckoutId,
    /// Who orders.
    pub customer_id: CustomerId,
    /// Their name.
    pub customer_name: PersonName,
    /// Where they write from.
    pub channel_address: ChannelAddress,
    /// Priced lines.
    pub items: Vec<OrderItem>,
    /// Sum of the lines.
    pub subtotal: Money,
    /// The zone's fee.
    pub delivery_fee: Money,
    /// What is taken off.
    pub discount: Money,
    /// By which rule.
    pub discount_rule: Option<DiscountRule>,
    /// subtotal + fee - discount.
    pub total: Money,
    /// The menu that the prices are from.
    pub menu_version: u64,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// When an unpaid order ends; for online methods.
    pub payment_deadline: Option<Timestamp>,
    /// Brought or fetched.
    pub delivery_type: DeliveryType,
    /// Where to.
    pub delivery_address: Option<Address>,
    /// What the customer wants the store to know.
    pub customer_notes: String,
    /// Whether the store must say yes.
    pub requires_confirmation: bool,
    /// Where it came from.
    pub source: Source,
}

impl Order {
    /// The order at its beginning: version 1, PENDING.
    #[must_use]
    pub fn new(new: NewOrder, at: Timestamp) -> Self {
        let payment_status = if new.payment_method.is_online() {
            PaymentStatus::Pending
        } else {
            PaymentStatus::NotApplicable
        };
        Self {
            order_id: new.key.order_id,
            client_id: new.key.client_id,
            store_id: new.key.store_id,
            order_number: new.order_number,
            checkout_id: new.checkout_id,
            customer_id: new.customer_id,
            customer_name: new.customer_name,
            phone_number: new.channel_address.phone(),
            channel_address: new.channel_address,
            status: OrderStatus::Pending,
            version: 1,
            items: new.items,
            subtotal: new.subtotal,
            delivery_fee: new.delivery_fee,
            discount: new.discount,
            discount_rule: new.discount_rule,
            total: new.total,
            menu_version: new.menu_version,
            payment_method: new.payment_method,
            payment_status,
            payment_id: None,
            payment_attempt: 0,
            payment_deadline: new.payment_deadline,
            payment_details: PaymentDetails::default(),
            paid_amount: Money::ZERO,
            refunded_amount: Money::ZERO,
            delivery_type: new.delivery_type,
            delivery_address: new.delivery_address,
            delivery_time: None,
            customer_notes: new.customer_notes,
            requires_confirmation: new.requires_confirmation,
            handed_over_at: None,
            confirmation_timeout: None,
            refund_timeout: None,
            waiting_for: None,
            wait: None,
            status_history: vec![HistoryEntry {
                version: 1,
                status: OrderStatus::Pending,
                payment_status,
                waiting_for: None,
                timestamp: at,
                by: Actor::System,
                notes: "Pedido criado".to_owned(),
            }],
            created_at: at,
            updated_at: at,
            source: new.source,
        }
    }

    /// Tenant, store and id.
    #[must_use]
    pub fn order_key(&self) -> OrderKey {
        OrderKey {
            client_id: self.client_id.clone(),
            store_id: self.store_id.clone(),
            order_id: self.order_id.clone(),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> OrderStatus {
        self.status
    }

    /// How many changes it has seen.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Our view of its money.
    #[must_use]
    pub fn payment_status(&self) -> PaymentStatus {
        self.payment_status
    }

    /// Every change, oldest first.
    #[must_use]
    pub fn status_history(&self) -> &[HistoryEntry] {
        &self.status_history
    }

    /// The change that brought it to a status first; `None` if it never had it.
    #[must_use]
    pub fn became(&self, status: OrderStatus) -> Option<&HistoryEntry> {
        let mut entries = self.status_history.iter();
        entries.find(|entry| entry.status == status)
    }

    /// When it last changed.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Captured and not given back (P4). Never negative: R1 holds where refunds are recorded.
    #[must_use]
    pub fn money_held(&self) -> Money {
        let held = self.paid_amount.checked_sub(self.refunded_amount);
        held.unwrap_or(Money::ZERO).max(Money::ZERO)
    }

    /// `0001`: the number as people see it.
    #[must_use]
    pub fn display_number(&self) -> String {
        format!("{:04}", self.order_number)
    }
}
