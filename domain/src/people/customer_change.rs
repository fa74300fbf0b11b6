//! How a customer's record may change: an allow-list of fields (F087), addresses with one default, orders counted once.
//!
//! Everything else of a record (whose it is, its id, its points) changes by nothing here.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, ChannelAddress, Cpf, Customer, Email, OrderSummary, PersonName, Preferences};
use crate::{
    loyalty::PointsShortError,
    planted::{CustomerFault as Planted, planted},
};

/// What may be changed of a customer by request. A field that is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerUpdate {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Another e-mail, or none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailChange>,
    /// The CPF, given for an online payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpf: Option<Cpf>,
    /// Other preferences, all of them: a list that is not named is empty then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Preferences>,
}

/// An e-mail, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EmailChange {
    /// This one.
    Given(Email),
    /// None.
    None,
}

/// Why a record is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomerRefusal {
    /// This tenant has no such customer (F085: told, never taken for one that is known).
    #[error("this tenant has no such customer")]
    Unknown,
    /// The customer has no address with this id.
    #[error("the customer has no address with this id")]
    AddressUnknown,
    /// The list of addresses is full.
    #[error("a customer has at most {limit} addresses; remove one first")]
    TooManyAddresses {
        /// How many there may be.
        limit: usize,
    },
    /// More points would be used than there are.
    #[error(transparent)]
    PointsShort(#[from] PointsShortError),
}

impl Customer {
    /// The most addresses of a customer; a list in a chat shows ten.
    pub const ADDRESSES_MAX: usize = 10;
    /// The most orders of the history (000 §2.1).
    pub const HISTORY_MAX: usize = 5;

    /// The next version of the record, or `None` where nothing changed.
    pub fn changed<E>(
        &self,
        at: Timestamp,
        change: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<Option<Self>, E> {
        let mut next = self.clone();
        change(&mut next)?;
        if next == *self {
            return Ok(None);
        }
        next.version = self.version.saturating_add(1);
        next.updated_at = at.max(self.updated_at);
        Ok(Some(next))
    }

    /// Takes over the fields that an update names.
    pub fn update(&mut self, update: CustomerUpdate) {
        if let Some(name) = update.name {
            self.name = name;
        }
        match update.email {
            Some(EmailChange::Given(email)) => self.email = Some(email),
            Some(EmailChange::None) => self.email = None,
            None => {}
        }
        if let Some(cpf) = update.cpf {
            self.cpf = Some(cpf);
        }
        if let Some(preferences) = update.preferences {
            self.preferences = preferences;
        }
        if planted(Planted::EveryField) {
            self.loyalty_points = self.loyalty_points.saturating_add(1_000);
        }
    }

    /// The address that is used if nothing else is said. There is one exactly when there is any address (C4).
    #[must_use]
    pub fn default_address(&self) -> Option<&Address> {
        let index = usize::try_from(self.default_address_index?).ok()?;
        self.addresses.get(index)
    }

    /// One more address, under this id. The first one is the default whatever is asked.
    pub fn add_address(
        &mut self,
        id: &str,
        address: Address,
        as_default: bool,
    ) -> Result<(), CustomerRefusal> {
        if self.addresses.len() >= Self::ADDRESSES_MAX {
            let limit = Self::ADDRESSES_MAX;
            return Err(CustomerRefusal::TooManyAddresses { limit });
        }
        self.addresses.push(Address {
            address_id: Some(id.to_owned()),
            ..address
        });
        if (as_default || self.addresses.len() == 1) && !planted(Planted::NoDefaultAddress) {
            self.choose_at(self.addresses.len().saturating_sub(1));
        }
        Ok(())
    }

    /// Another address under the id of one that is there.
    pub fn replace_address(&mut self, id: &str, address: Address) -> Result<(), CustomerRefusal> {
        let mut known = self.addresses.iter_mut();
        let place = known
            .find(|known| known.address_id.as_deref() == Some(id))
            .ok_or(CustomerRefusal::AddressUnknown)?;
        *place = Address {
            address_id: Some(id.to_owned()),
            ..address
        };
        Ok(())
    }

    /// One address less, by its id. If it was the default, the first of the others is.
    pub fn remove_address(&mut self, id: &str) -> Result<(), CustomerRefusal> {
        let mut at = self.place_of(id)?;
        if planted(Planted::AddressByPlace) {
            // Counted from one, as the customer saw the list.
            at = (at + 1).min(self.addresses.len().saturating_sub(1));
        }
        let default = self
            .default_address()
            .and_then(|known| known.address_id.clone());
        self.addresses.remove(at);
        let default = default.and_then(|default| self.place_of(&default).ok());
        if self.addresses.is_empty() {
            self.default_address_index = None;
        } else {
            self.choose_at(default.unwrap_or(0));
        }
        Ok(())
    }

    /// Makes an address the default.
    pub fn choose_address(&mut self, id: &str) -> Result<(), CustomerRefusal> {
        self.choose_at(self.place_of(id)?);
        Ok(())
    }

    fn place_of(&self, id: &str) -> Result<usize, CustomerRefusal> {
        let mut known = self.addresses.iter();
        known
            .position(|known| known.address_id.as_deref() == Some(id))
            .ok_or(CustomerRefusal::AddressUnknown)
    }

    fn choose_at(&mut self, at: usize) {
        self.default_address_index = u32::try_from(at).ok();
    }

    /// Knows the customer by one more address on a channel.
    pub fn add_channel_address(&mut self, address: ChannelAddress) {
        if self.phone_number.is_none() {
            self.phone_number = address.phone();
        }
        if !self.channel_addresses.contains(&address) {
            self.channel_addresses.push(address);
        }
    }

    /// Remembers an order that was delivered or fetched. That it is counted once is the caller's business (F090).
    pub fn remember_order(&mut self, order: OrderSummary) {
        self.total_orders = self.total_orders.saturating_add(1);
        self.order_history.insert(0, order);
        self.order_history.truncate(Self::HISTORY_MAX);
    }

    /// What is wrong with the record, if anything (C4); for auditors.
    #[must_use]
    pub fn unsound(&self) -> Option<&'static str> {
        let has_default = self.default_address().is_some();
        if has_default == self.addresses.is_empty() {
            return Some("a default address that is none, or addresses without a default");
        }
        if self.addresses.iter().any(|one| one.address_id.is_none()) {
            return Some("an address that has no id, and so cannot be named");
        }
        if self.order_history.len() > Self::HISTORY_MAX {
            return Some("more orders in the history than there may be");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::customer::tests::a_customer;

    fn an_address(street: &str) -> Address {
        serde_json::from_value(serde_json::json!({
            "street": street, "number": "1", "neighborhood": "Centro", "city": "São Paulo", "state": "SP",
        }))
        .expect("an address")
    }

    #[test]
    fn there_is_one_default_address_exactly_when_there_is_any() {
        let mut customer = a_customer();
        assert_eq!(customer.unsound(), None);
        for (id, as_default) in [("a", false), ("b", false), ("c", true)] {
            customer
                .add_address(id, an_address(id), as_default)
                .expect("room");
            assert_eq!(customer.unsound(), None);
        }
        let default = |customer: &Customer| {
            let address = customer.default_address();
            address.map(|address| address.street.clone())
        };
        assert_eq!(default(&customer).as_deref(), Some("c"));
        customer.remove_address("a").expect("known");
        assert_eq!(default(&customer).as_deref(), Some("c"), "it moved along");
        customer.remove_address("c").expect("known");
        assert_eq!(default(&customer).as_deref(), Some("b"));
        assert_eq!(
            customer.remove_address("c"),
            Err(CustomerRefusal::AddressUnknown)
        );
        customer
            .replace_address("b", an_address("d"))
            .expect("known");
        assert_eq!(default(&customer).as_deref(), Some("d"));
        customer.remove_address("b").expect("known");
        assert_eq!((default(&customer), customer.unsound()), (None, None));
    }

    #[test]
    fn the_list_of_addresses_has_an_end() {
        let mut customer = a_customer();
        for number in 0..Customer::ADDRESSES_MAX {
            let id = number.to_string();
            customer
                .add_address(&id, an_address(&id), true)
                .expect("room");
        }
        let refused = customer.add_address("x", an_address("x"), true);
        assert_eq!(
            refused,
            Err(CustomerRefusal::TooManyAddresses { limit: 10 })
        );
    }

    #[test]
    fn fields_that_nobody_may_set_are_refused() {
        for body in [
            r#"{"loyaltyPoints": 9000}"#,
            r#"{"phoneNumber": "+5511987654321"}"#,
            r#"{"tags": []}"#,
            r#"{"clientId": "x"}"#,
            r#"{"preferences": {"notes": ["x"]}}"#,
        ] {
            assert!(
                serde_json::from_str::<CustomerUpdate>(body).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn nothing_changed_is_no_version() {
        let customer = a_customer();
        let later = customer.created_at;
        let same = customer.changed::<CustomerRefusal>(later, |customer| {
            customer.update(CustomerUpdate::default());
            Ok(())
        });
        assert_eq!(same, Ok(None));
        let update = CustomerUpdate {
            email: Some(EmailChange::Given(Email::parse("a@b.com").expect("valid"))),
            ..CustomerUpdate::default()
        };
        let next = customer.changed::<CustomerRefusal>(later, |customer| {
            customer.update(update);
            Ok(())
        });
        assert_eq!(next.expect("allowed").expect("changed").version, 2);
    }
}
