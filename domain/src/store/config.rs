//! What is configured for a store: how it takes orders (002 §2.1), and who and where it is (SPEC §2).

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeliveryZone, DiscountRule, Minutes, OpeningHours, Zone};
use crate::{
    ids::{ClientId, StoreId},
    keys::{Key, PartitionKey},
    money::Money,
    notification::Template,
    order::{OrderStatus, PaymentMethod},
    people::{ChannelAddress, Cnpj, State},
    tables::{ORDER_CONFIG, Row, STORE_CONFIG, Table},
};

/// How a store takes orders (002 §2.1). Timers are in minutes, money is in centavos.
///
/// ```
/// use comanda_domain::store::{ConfirmationPolicy, OrderConfig, Silence};
///
/// let config: OrderConfig = serde_json::from_str(
///     r##"{
///         "clientId": "client_123abc",
///         "storeId": "store_456def",
///         "requiresConfirmation": true,
///         "autoConfirmationTimeout": 15,
///         "refundUnconfirmedOrders": true,
///         "refundTimeout": 30,
///         "notificationTemplates": {"READY": "Seu pedido #{order_id} está pronto!"},
///         "acceptedPaymentMethods": ["PIX", "CREDIT", "DEBIT", "CASH"],
///         "minimumOrderValue": 2000,
///         "updatedAt": "2025-05-24T15:30:45Z"
///     }"##,
/// )?;
/// let ConfirmationPolicy::ByStore { answer_within, at_silence } = ConfirmationPolicy::of(&config) else {
///     unreachable!("this store confirms by itself");
/// };
/// assert_eq!((answer_within.get(), at_silence), (15, Silence::Confirms));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderConfig {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// Whether the store must say yes.
    pub requires_confirmation: bool,
    /// Minutes of silence that mean yes; 0 is never.
    #[serde(default = "off")]
    pub auto_confirmation_timeout: Minutes,
    /// Whether money goes back by itself when the store stays silent.
    pub refund_unconfirmed_orders: bool,
    /// Minutes of silence that mean no.
    #[serde(default = "an_hour")]
    pub refund_timeout: Minutes,
    /// Whether the customer is told of each change of status.
    #[serde(default = "yes")]
    pub notify_customer_on_status_change: bool,
    /// The store's own words by status; the defaults are 002 §5.2's.
    #[serde(default)]
    pub notification_templates: BTreeMap<OrderStatus, Template>,
    /// How one may pay.
    pub accepted_payment_methods: Vec<PaymentMethod>,
    /// The least that goods must be worth, after discount.
    pub minimum_order_value: Money,
    /// Whether orders are refused outside opening hours.
    #[serde(default = "yes")]
    pub operating_hours_check: bool,
    /// When this was last changed.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub updated_at: Timestamp,
}

/// Who and where a store is (SPEC §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoreConfig {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// As customers know it.
    pub name: String,
    /// The business that sells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnpj: Option<Cnpj>,
    /// Where it is. A customer's address that names no city is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Its clock.
    pub time_zone: Zone,
    /// When it is open.
    pub opening_hours: OpeningHours,
    /// Where it delivers; nowhere if the list is empty.
    #[serde(default)]
    pub delivery_zones: Vec<DeliveryZone>,
    /// Whether one may fetch orders.
    #[serde(default = "yes")]
    pub offers_pickup: bool,
    /// What is taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_rule: Option<DiscountRule>,
    /// Minutes until an unpaid order ends.
    #[serde(default = "half_an_hour")]
    pub payment_timeout: Minutes,
    /// Minutes without news after which a confirmed order waits for a person.
    #[serde(default = "a_day")]
    pub delivery_timeout: Minutes,
    /// What the store usually needs, told where nobody knows better.
    #[serde(default = "forty_minutes")]
    pub preparation_time: Minutes,
    /// The store's own addresses on channels; customers write to them.
    pub channel_addresses: Vec<ChannelAddress>,
    /// Approved templates by kind of message, for outside the 24-hour window.
    #[serde(default)]
    pub channel_templates: BTreeMap<String, String>,
    /// Which of the provider's worlds the account lives in. There is no default: pretend money must never buy food (P7).
    pub provider_environment: ProviderEnvironment,
    /// Where the secrets are.
    pub secrets: SecretReferences,
    /// The store's queue: us to its POS.
    pub queue_url: String,
}

/// A city and its federal unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// City.
    pub city: String,
    /// Federal unit.
    pub state: State,
}

/// Which of the provider's worlds an account lives in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProviderEnvironment {
    /// The simulator of the local stack.
    Local,
    /// The provider's sandbox.
    Sandbox,
    /// Real money.
    Production,
}

/// Names of secrets, never their values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretReferences {
    /// The payment account's API key.
    pub payment_api_key: String,
    /// The messaging account's id.
    pub messaging_account: String,
    /// The messaging account's token.
    pub messaging_token: String,
}

impl OrderConfig {
    /// The key of a store's order configuration.
    #[must_use]
    pub fn key_of(tenant: &ClientId, store: &StoreId) -> Key {
        Key::sorted(stores_of(tenant), store.as_str())
    }
}

impl StoreConfig {
    /// The key of a store's configuration.
    #[must_use]
    pub fn key_of(tenant: &ClientId, store: &StoreId) -> Key {
        Key::sorted(stores_of(tenant), store.as_str())
    }
}

/// The partition in which a tenant's stores are listed, in every table with one row per store.
#[must_use]
pub fn stores_of(tenant: &ClientId) -> PartitionKey {
    PartitionKey::new(tenant, "STORES")
}

impl Row for OrderConfig {
    const TABLE: &'static Table = &ORDER_CONFIG;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.store_id)
    }
}

impl Row for StoreConfig {
    const TABLE: &'static Table = &STORE_CONFIG;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.store_id)
    }
}

fn yes() -> bool {
    true
}

fn off() -> Minutes {
    Minutes::ZERO
}

fn half_an_hour() -> Minutes {
    Minutes::constant::<30>()
}

fn forty_minutes() -> Minutes {
    Minutes::constant::<40>()
}

fn an_hour() -> Minutes {
    Minutes::constant::<60>()
}

fn a_day() -> Minutes {
    Minutes::constant::<1_440>()
}
