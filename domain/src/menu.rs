//! What a store sells: items, the choices they offer, prices in centavos. One row is one store's menu under one version.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, ItemId, OptionGroupId, OptionId, StoreId},
    keys::Key,
    money::Money,
    store::{UnsoundShopError, stores_of, unsound},
    tables::{MENUS, Row, Table},
};

/// A store's whole menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Menu {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
    /// Grows with every change; orders remember the one they were priced by (O3).
    pub version: u64,
    /// When it last changed.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub updated_at: Timestamp,
    /// What is sold, in the order it is shown.
    pub items: Vec<MenuItem>,
}

/// One thing on the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MenuItem {
    /// Its id.
    pub item_id: ItemId,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Under which heading it is shown.
    pub category: String,
    /// One of it, without options.
    pub price: Money,
    /// Whether there is any today.
    #[serde(default = "available")]
    pub available: bool,
    /// What one chooses with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub option_groups: Vec<OptionGroup>,
}

/// A choice: between `minimum` and `maximum` of its options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionGroup {
    /// Its id within the item.
    pub group_id: OptionGroupId,
    /// As the kitchen reads it: `adicionar`, `tamanho`.
    pub name: String,
    /// At least so many; 0 is a free choice.
    #[serde(default)]
    pub minimum: u32,
    /// At most so many.
    pub maximum: u32,
    /// What there is to choose.
    pub options: Vec<MenuOption>,
}

/// One option of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MenuOption {
    /// Its id, unique within the item.
    pub option_id: OptionId,
    /// Its name.
    pub name: String,
    /// What it adds to the price of one.
    #[serde(default)]
    pub price: Money,
    /// Whether there is any today.
    #[serde(default = "available")]
    pub available: bool,
}

impl Menu {
    /// The most items one menu row holds.
    pub const ITEM_LIMIT: usize = 500;

    /// The key of a store's menu.
    #[must_use]
    pub fn key_of(tenant: &ClientId, store: &StoreId) -> Key {
        Key::sorted(stores_of(tenant), store.as_str())
    }

    /// The item with this id.
    #[must_use]
    pub fn item(&self, id: &ItemId) -> Option<&MenuItem> {
        self.items.iter().find(|item| item.item_id == *id)
    }

    /// Whether every item can be sold as it stands. Called by [`crate::store::Shop::new`].
    pub fn check(&self) -> Result<(), UnsoundShopError> {
        if self.items.is_empty() || self.items.len() > Self::ITEM_LIMIT {
            return unsound("menu", "it needs 1 to 500 items");
        }
        let mut ids = BTreeSet::new();
        for item in &self.items {
            let place = || format!("item {}", item.item_id);
            if !ids.insert(&item.item_id) {
                return unsound(place(), "its id occurs twice");
            }
            if item.name.trim().is_empty() || item.price < Money::ZERO {
                return unsound(place(), "it needs a name and a price of zero or more");
            }
            check_groups(item)?;
        }
        Ok(())
    }
}

fn check_groups(item: &MenuItem) -> Result<(), UnsoundShopError> {
    let (mut groups, mut options) = (BTreeSet::new(), BTreeSet::new());
    for group in &item.option_groups {
        let place = || format!("item {}, group {}", item.item_id, group.group_id);
        if !groups.insert(&group.group_id) {
            return unsound(place(), "its id occurs twice");
        }
        let count = u32::try_from(group.options.len()).unwrap_or(u32::MAX);
        if group.minimum > group.maximum || group.maximum == 0 || group.maximum > count {
            return unsound(
                place(),
                "0 <= minimum <= maximum <= number of options must hold",
            );
        }
        for option in &group.options {
            if !options.insert(&option.option_id) {
                return unsound(place(), "an option's id occurs twice in the item");
            }
            if option.price < Money::ZERO {
                return unsound(place(), "an option's price is negative");
            }
        }
    }
    Ok(())
}

impl Row for Menu {
    const TABLE: &'static Table = &MENUS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.store_id)
    }
}

fn available() -> bool {
    true
}
