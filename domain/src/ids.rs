//! Identifiers as types, so that a store's id cannot be passed for a tenant's.
//!
//! Who makes an id (128 random bits, SPEC §2) is the business of `tasks/`; here an id is only named and checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An identifier that is empty, too long, or holds a character that keys and logs reserve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a valid {kind}: use 1 to 128 letters, digits, `-`, `_` or `.`")]
pub struct InvalidIdError {
    kind: &'static str,
    value: String,
}

/// `#` separates the parts of a key (SPEC §2), so no identifier may contain it.
fn check(kind: &'static str, value: String) -> Result<String, InvalidIdError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=128).contains(&value.len()) && value.chars().all(allowed) {
        Ok(value)
    } else {
        Err(InvalidIdError { kind, value })
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("maxLength" = 128, "pattern" = "^[A-Za-z0-9._-]+$"))]
        pub struct $name(String);

        impl $name {
            /// Checks the characters and the length.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidIdError> {
                check($kind, value.into()).map(Self)
            }

            /// A word of ours that is known to be an identifier.
            #[allow(dead_code, reason = "not every kind of id has such words")]
            pub(crate) fn constant(word: &'static str) -> Self {
                debug_assert!(check($kind, word.to_owned()).is_ok());
                Self(word.to_owned())
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidIdError;
            fn try_from(value: String) -> Result<Self, Self::Error> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

identifiers! {
    /// The tenant: the business that sells. The reference calls it `clientId`.
    ClientId = "tenant id";
    /// One shop of a tenant.
    StoreId = "store id";
    /// The person who writes, within one tenant.
    CustomerId = "customer id";
    /// An order; 128 random bits, `order_` in front.
    OrderId = "order id";
    /// The caller's own key for one checkout; unique within a tenant.
    CheckoutId = "checkout id";
    /// A charge at the payment provider (`pay_…` at Asaas). The reference calls it `paymentId`.
    ChargeId = "charge id";
    /// An item of the menu.
    ItemId = "item id";
    /// One option of a menu item (`cebola_caramelizada`).
    OptionId = "option id";
    /// A choice that an item offers (`adicionar`, `tamanho`).
    OptionGroupId = "option group id";
    /// One intent to give money back; unique for a charge.
    RefundIntentId = "refund intent id";
    /// A booking.
    BookingId = "booking id";
}

/// An order with its tenant and store: what a workflow carries instead of the order.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct OrderKey {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// The order.
    pub order_id: OrderId,
}
