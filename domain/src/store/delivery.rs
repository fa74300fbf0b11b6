//! Where a store delivers and for how much. The first zone that fits decides; outside all of them there is no delivery.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Minutes;
use crate::{
    money::Money,
    people::{Address, PostalCode},
    text::folded,
};

/// An area with one fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryZone {
    /// What the store calls it.
    pub name: String,
    /// CEPs from and to, both included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postal_codes: Vec<PostalCodeRange>,
    /// Neighbourhoods by name; accents and case do not matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighborhoods: Vec<String>,
    /// What it costs.
    pub fee: Money,
    /// Goods worth this much are brought for free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Money>,
    /// The least that is brought there, where it is more than the store's minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_order_value: Option<Money>,
    /// How long the way takes, on top of cooking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travel_time: Option<Minutes>,
}

/// CEPs from and to, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostalCodeRange {
    /// The first.
    pub from: PostalCode,
    /// The last.
    pub to: PostalCode,
}

impl DeliveryZone {
    /// Whether an address lies in it.
    #[must_use]
    pub fn covers(&self, address: &Address) -> bool {
        let code = address.postal_code.as_ref().map(PostalCode::number);
        let in_range = |range: &PostalCodeRange| {
            code.is_some_and(|code| (range.from.number()..=range.to.number()).contains(&code))
        };
        let name = folded(&address.neighborhood);
        self.postal_codes.iter().any(in_range)
            || self.neighborhoods.iter().any(|known| folded(known) == name)
    }

    /// What bringing goods of this value costs.
    #[must_use]
    pub fn fee_for(&self, goods: Money) -> Money {
        match self.free_from {
            Some(from) if goods >= from => Money::ZERO,
            _ => self.fee,
        }
    }
}
