//! Why an order is not accepted, as the errors of [`super::AcceptOrder`]: one for each [`Refusal`] of the domain.

use comanda_domain::{
    checkout::Refusal,
    ids::{ItemId, OptionId},
    money::Money,
    order::PaymentMethod,
};
use comanda_dsl::TaskError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why an order is not accepted. Each is something the customer can act on; the words are [`Refusal`]'s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TaskError)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AcceptOrderError {
    /// The store is closed.
    StoreClosed {
        /// When it opens, as a customer reads it.
        opens: Option<String>,
        /// The same instant with the store's offset (RFC 3339).
        opens_at: Option<String>,
    },
    /// Nothing was ordered.
    EmptyOrder,
    /// More lines than an order has.
    TooManyLines {
        /// The most.
        limit: u32,
    },
    /// The menu has no such item.
    UnknownItem {
        /// What was asked for.
        item_id: ItemId,
    },
    /// The item is out.
    ItemUnavailable {
        /// What was asked for.
        item_id: ItemId,
        /// Its name.
        name: String,
    },
    /// Not between 1 and the limit of it.
    InvalidQuantity {
        /// What was asked for.
        item_id: ItemId,
        /// How many were asked for.
        quantity: i64,
        /// The most.
        limit: u32,
    },
    /// The item has no such option.
    UnknownOption {
        /// What was asked for.
        item_id: ItemId,
        /// With what.
        option_id: OptionId,
    },
    /// The same option twice on one line.
    RepeatedOption {
        /// What was asked for.
        item_id: ItemId,
        /// With what.
        option_id: OptionId,
    },
    /// The option is out.
    OptionUnavailable {
        /// What was asked for.
        item_id: ItemId,
        /// With what.
        option_id: OptionId,
        /// The option's name.
        name: String,
    },
    /// Too few or too many options of one group.
    OptionCount {
        /// What was asked for.
        item_id: ItemId,
        /// The item's name.
        name: String,
        /// The group's name.
        group: String,
        /// At least.
        minimum: u32,
        /// At most.
        maximum: u32,
        /// Chosen.
        chosen: u32,
    },
    /// Too little.
    BelowMinimum {
        /// The least.
        minimum: Money,
        /// What the goods are worth after discount.
        total: Money,
    },
    /// More than one order may cost.
    AboveLimit {
        /// The most.
        limit: Money,
    },
    /// The store does not take that way of paying.
    MethodNotAccepted {
        /// What was chosen.
        method: PaymentMethod,
        /// What may be chosen.
        accepted: Vec<PaymentMethod>,
    },
    /// Online payment needs the payer's CPF.
    CpfRequired,
    /// The check digits are wrong.
    CpfInvalid,
    /// The name is none.
    NameInvalid,
    /// The channel address is none.
    ChannelAddressInvalid,
    /// The address lacks something or has something wrong.
    AddressInvalid {
        /// Which field.
        field: String,
    },
    /// The store does not deliver there.
    OutsideDeliveryZone,
    /// Orders cannot be fetched here.
    PickupNotOffered,
    /// A text is too long, or has characters that no text has.
    TextInvalid {
        /// Which field.
        field: String,
        /// The most characters.
        limit: u32,
    },
    /// It could not be taken for a reason of ours.
    NotRegistered,
}

/// Both ways, one line a refusal; rustc says if the two enums ever differ.
macro_rules! same_as_refusal {
    ($($variant:ident { $($field:ident),* },)*) => {
        impl From<Refusal> for AcceptOrderError {
            fn from(refusal: Refusal) -> Self {
                match refusal {
                    $(Refusal::$variant { $($field),* } => Self::$variant { $($field),* },)*
                }
            }
        }

        impl From<AcceptOrderError> for Refusal {
            fn from(error: AcceptOrderError) -> Self {
                match error {
                    $(AcceptOrderError::$variant { $($field),* } => Self::$variant { $($field),* },)*
                }
            }
        }
    };
}

same_as_refusal! {
    StoreClosed { opens, opens_at },
    EmptyOrder {},
    TooManyLines { limit },
    UnknownItem { item_id },
    ItemUnavailable { item_id, name },
    InvalidQuantity { item_id, quantity, limit },
    UnknownOption { item_id, option_id },
    RepeatedOption { item_id, option_id },
    OptionUnavailable { item_id, option_id, name },
    OptionCount { item_id, name, group, minimum, maximum, chosen },
    BelowMinimum { minimum, total },
    AboveLimit { limit },
    MethodNotAccepted { method, accepted },
    CpfRequired {},
    CpfInvalid {},
    NameInvalid {},
    ChannelAddressInvalid {},
    AddressInvalid { field },
    OutsideDeliveryZone {},
    PickupNotOffered {},
    TextInvalid { field, limit },
    NotRegistered {},
}
