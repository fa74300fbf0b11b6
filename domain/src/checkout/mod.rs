//! What a caller asks for when it places an order, and why it may be refused.
//!
//! The request carries item ids, option ids and quantities; no name of an item, no price, no fee (F005). Texts are taken as
//! they come and checked in one place, so that a wrong one is a [`Refusal`] that the customer can act on.

mod refusal;
mod text;

pub use refusal::Refusal;
pub(crate) use text::{line, lines};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Digest;

use crate::{
    ids::{CheckoutId, ItemId, OptionId},
    order::PaymentMethod,
    people::{Address, ChannelAddress, Cpf, PersonName, PostalCode, State},
};

/// A request to place an order in a store that the caller has named.
///
/// ```
/// use comanda_domain::{checkout::PlaceOrder, order::PaymentMethod};
///
/// let order: PlaceOrder = serde_json::from_str(
///     r#"{
///         "checkoutId": "carrinho-7",
///         "customer": {
///             "name": "João da Silva",
///             "channelAddress": "whatsapp:+5511987654321",
///             "cpf": "529.982.247-25"
///         },
///         "items": [
///             {"itemId": "burger_cheese_bacon", "quantity": 1, "options": ["sem_tomate"], "notes": "Bem passado"},
///             {"itemId": "drink_coca_cola", "quantity": 2}
///         ],
///         "delivery": {"type": "PICKUP"},
///         "paymentMethod": "PIX"
///     }"#,
/// )?;
/// assert_eq!(order.payment_method, PaymentMethod::Pix);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceOrder {
    /// The caller's own key: the same id and body is the same order, however often it is sent (O1).
    pub checkout_id: CheckoutId,
    /// Who orders.
    pub customer: CustomerRequest,
    /// What.
    pub items: Vec<LineRequest>,
    /// Brought or fetched.
    pub delivery: DeliveryRequest,
    /// How it will be paid. Never assumed (F054).
    pub payment_method: PaymentMethod,
    /// What the store should know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// Who orders. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerRequest {
    /// First and last name.
    pub name: String,
    /// Where they write from, such as `whatsapp:+5511987654321`.
    pub channel_address: String,
    /// For online payment, unless it is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpf: Option<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineRequest {
    /// The item of the menu.
    pub item_id: ItemId,
    /// 1 to 99; anything else is refused.
    pub quantity: i64,
    /// The chosen options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionId>,
    /// What the kitchen should know of this line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// Brought or fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryRequest {
    /// To this door.
    Delivery {
        /// Where to.
        address: AddressRequest,
    },
    /// At the counter.
    Pickup,
}

/// An address as it is typed. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddressRequest {
    /// Street.
    pub street: String,
    /// Number; `s/n` where there is none.
    pub number: String,
    /// Flat, block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complement: Option<String>,
    /// Neighbourhood.
    pub neighborhood: String,
    /// City.
    pub city: String,
    /// Two letters.
    pub state: String,
    /// CEP.
    pub postal_code: String,
    /// How to find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A customer whose every field was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedCustomer {
    /// Their name.
    pub name: PersonName,
    /// Where they write from.
    pub channel_address: ChannelAddress,
    /// The CPF they gave.
    pub cpf: Option<Cpf>,
}

impl PlaceOrder {
    /// The most lines of an order.
    pub const LINE_LIMIT: usize = 50;

    /// What makes two requests the same: a hash of every field. Different text is a different request.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        // Writing a struct of strings and numbers as JSON cannot fail; if it ever did, the hash would match nothing.
        let json = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(sha2::Sha256::digest(json))
    }
}

impl CustomerRequest {
    /// Checks the fields one by one; the first that is wrong is the refusal.
    pub fn check(&self) -> Result<CheckedCustomer, Refusal> {
        let cpf = self.cpf.as_deref().map(Cpf::parse).transpose();
        let address = ChannelAddress::new(self.channel_address.trim());
        Ok(CheckedCustomer {
            name: PersonName::parse(&self.name).map_err(|_| Refusal::NameInvalid)?,
            channel_address: address.map_err(|_| Refusal::ChannelAddressInvalid)?,
            cpf: cpf.map_err(|_| Refusal::CpfInvalid)?,
        })
    }
}

impl AddressRequest {
    /// Checks the fields one by one; the first that is wrong is the refusal.
    pub fn check(&self) -> Result<Address, Refusal> {
        let wrong = |field: &str| Refusal::AddressInvalid {
            field: field.to_owned(),
        };
        let needed = |field: &str, text: &str, limit| {
            line(field, text, limit)
                .ok()
                .filter(|text| !text.is_empty())
                .ok_or_else(|| wrong(field))
        };
        let optional = |field: &str, text: Option<&str>, limit| {
            let text = text.map(|text| line(field, text, limit).map_err(|_| wrong(field)));
            Ok::<_, Refusal>(text.transpose()?.filter(|text| !text.is_empty()))
        };
        Ok(Address {
            address_id: None,
            label: None,
            street: needed("street", &self.street, 120)?,
            number: needed("number", &self.number, 20)?,
            complement: optional("complement", self.complement.as_deref(), 80)?,
            neighborhood: needed("neighborhood", &self.neighborhood, 80)?,
            city: needed("city", &self.city, 80)?,
            state: State::parse(&self.state).map_err(|_| wrong("state"))?,
            postal_code: Some(
                PostalCode::parse(&self.postal_code).map_err(|_| wrong("postalCode"))?,
            ),
            reference: optional("reference", self.reference.as_deref(), 200)?,
        })
    }
}

impl std::fmt::Debug for CustomerRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CustomerRequest").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for AddressRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddressRequest").finish_non_exhaustive()
    }
}
