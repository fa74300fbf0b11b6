//! A customer of one tenant (000 §2.1), and the key rows that make an address or a phone one customer's only (C1).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, ChannelAddress, Cpf, Email, PersonName, Phone, Preferences};
use crate::{
    ids::{ClientId, CustomerId, OrderId},
    keys::{Key, PartitionKey},
    money::Money,
    order::{OrderStatus, Source},
    tables::{CUSTOMER_KEYS, CUSTOMERS, Row, Table},
};

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// 128 random bits, `customer_` in front.
    pub customer_id: CustomerId,
    /// Whose customer.
    pub client_id: ClientId,
    /// Where they write from; the first is where they first wrote.
    pub channel_addresses: Vec<ChannelAddress>,
    /// Where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<Phone>,
    /// As they call themselves.
    pub name: PersonName,
    /// Given for an online payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpf: Option<Cpf>,
    /// If they gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Where they have things brought.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// Which of them, if nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_address_index: Option<u32>,
    /// The last five orders, newest first.
    #[serde(default)]
    pub order_history: Vec<OrderSummary>,
    /// Orders that were delivered or fetched.
    #[serde(default)]
    pub total_orders: u64,
    /// Never below zero.
    #[serde(default)]
    pub loyalty_points: u64,
    /// What they like and do not eat.
    #[serde(default, skip_serializing_if = "Preferences::is_empty")]
    pub preferences: Preferences,
    /// For segments.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Grows with every write.
    pub version: u64,
    /// When they were first seen.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub created_at: Timestamp,
    /// When the record last changed.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub updated_at: Timestamp,
    /// Where they came from.
    pub source: Source,
}

/// An order as a customer's record remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderSummary {
    /// Which.
    pub order_id: OrderId,
    /// When it was placed.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub at: Timestamp,
    /// What it cost.
    pub total: Money,
    /// How it ended.
    pub status: OrderStatus,
}

impl Customer {
    /// A customer who orders for the first time.
    #[must_use]
    pub fn first_seen(
        client_id: ClientId,
        customer_id: CustomerId,
        customer: crate::checkout::CheckedCustomer,
        source: Source,
        at: Timestamp,
    ) -> Self {
        Self {
            customer_id,
            client_id,
            phone_number: customer.channel_address.phone(),
            channel_addresses: vec![customer.channel_address],
            name: customer.name,
            cpf: customer.cpf,
            email: None,
            addresses: Vec::new(),
            default_address_index: None,
            order_history: Vec::new(),
            total_orders: 0,
            loyalty_points: 0,
            preferences: Preferences::default(),
            tags: Vec::new(),
            version: 1,
            created_at: at,
            updated_at: at,
            source,
        }
    }

    /// Whether the person asked to be erased: everybody else writes from somewhere.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.channel_addresses.is_empty()
    }

    /// The key of a customer.
    #[must_use]
    pub fn key_of(tenant: &ClientId, customer: &CustomerId) -> Key {
        Key::partition(PartitionKey::new(tenant, customer))
    }
}

impl Row for Customer {
    const TABLE: &'static Table = &CUSTOMERS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.customer_id)
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let customers = PartitionKey::new(&self.client_id, "CUSTOMERS");
        vec![("clientCustomers", Some(customers.to_string()))]
    }
}

/// What may belong to one customer of a tenant only. Written together with the customer, under the condition that it is
/// absent: two first orders at the same moment make one customer (F086).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerKey {
    /// The tenant.
    pub client_id: ClientId,
    /// What is unique.
    pub identity: CustomerIdentity,
    /// Whose it is.
    pub customer_id: CustomerId,
}

/// By what a customer is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CustomerIdentity {
    /// Where they write from.
    ChannelAddress(ChannelAddress),
    /// Their phone, in its canonical form.
    Phone(Phone),
}

impl CustomerKey {
    /// The key of a channel address or a phone.
    #[must_use]
    pub fn key_of(tenant: &ClientId, identity: &CustomerIdentity) -> Key {
        Key::partition(match identity {
            CustomerIdentity::ChannelAddress(address) => {
                PartitionKey::new(tenant, format_args!("ADDRESS#{}", address.as_str()))
            }
            CustomerIdentity::Phone(phone) => {
                PartitionKey::new(tenant, format_args!("PHONE#{}", phone.e164()))
            }
        })
    }
}

impl Row for CustomerKey {
    const TABLE: &'static Table = &CUSTOMER_KEYS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.identity)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Customer, CustomerIdentity, CustomerKey};
    use crate::{
        checkout::CheckedCustomer,
        ids::{ClientId, CustomerId},
        order::Source,
        people::{ChannelAddress, Cpf, PersonName},
        tables::{from_item, to_item},
    };

    pub(in crate::people) fn a_customer() -> Customer {
        let checked = CheckedCustomer {
            name: PersonName::parse("João da Silva").expect("a name"),
            channel_address: ChannelAddress::new("whatsapp:+551187654321").expect("an address"),
            cpf: Cpf::parse("52998224725").ok(),
        };
        Customer::first_seen(
            ClientId::new("sabor").expect("an id"),
            CustomerId::new("cust_1").expect("an id"),
            checked,
            Source::WhatsappBot,
            crate::order::tests::NOON.parse().expect("an instant"),
        )
    }

    #[test]
    fn is_read_back_from_its_row_and_absent_from_what_it_lacks() {
        let customer = a_customer();
        let item = to_item(&customer).expect("a row");
        assert_eq!(item["customerId"], "sabor#cust_1");
        assert_eq!(item["clientCustomers"], "sabor#CUSTOMERS");
        assert_eq!(item["phoneNumber"], "sabor#+5511987654321");
        // F084: an empty e-mail used to be the key of an index, and was refused.
        assert_eq!(item.get("email"), None);
        assert_eq!(from_item(&item), Ok(customer));
    }

    #[test]
    fn one_address_is_one_key() {
        let customer = a_customer();
        let address = customer
            .channel_addresses
            .first()
            .expect("an address")
            .clone();
        let key = CustomerKey {
            client_id: customer.client_id,
            identity: CustomerIdentity::ChannelAddress(address),
            customer_id: customer.customer_id,
        };
        let item = to_item(&key).expect("a row");
        assert_eq!(item["customerKey"], "sabor#ADDRESS#whatsapp:+551187654321");
        assert_eq!(from_item(&item), Ok(key));
    }

    #[test]
    fn debug_gives_nobody_away() {
        let shown = format!("{:?}", a_customer());
        for secret in ["87654321", "João", "52998224725"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
