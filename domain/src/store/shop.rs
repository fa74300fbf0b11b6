//! Configuration and menu together, checked: the only thing that orders are priced by.

use jiff::Timestamp;

use super::{ConfirmationPolicy, OrderConfig, StoreConfig};
use crate::{
    ids::{ClientId, StoreId},
    menu::Menu,
    money::Money,
    order::PaymentMethod,
    people::Address,
};

/// A store that can sell.
#[derive(Debug, Clone)]
pub struct Shop {
    orders: OrderConfig,
    store: StoreConfig,
    menu: Menu,
}

/// Why a store cannot sell. Orders are refused until a person has put it right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsoundShopError {
    /// One of the three rows does not exist.
    #[error("the store has no {0}")]
    Missing(&'static str),
    /// The rows belong to different stores.
    #[error("order configuration, store configuration and menu belong to different stores")]
    DifferentStores,
    /// A value that no rule can work with.
    #[error("{place} is unsound: {detail}")]
    Unsound {
        /// Where.
        place: String,
        /// What is wrong.
        detail: &'static str,
    },
}

impl Shop {
    /// Takes the three rows as they were read, and checks them.
    pub fn new(
        orders: Option<OrderConfig>,
        store: Option<StoreConfig>,
        menu: Option<Menu>,
    ) -> Result<Self, UnsoundShopError> {
        let orders = orders.ok_or(UnsoundShopError::Missing("order configuration"))?;
        let store = store.ok_or(UnsoundShopError::Missing("store configuration"))?;
        let menu = menu.ok_or(UnsoundShopError::Missing("menu"))?;
        let shop = Self {
            orders,
            store,
            menu,
        };
        shop.check_owner()?;
        shop.check_orders()?;
        shop.check_store()?;
        shop.menu.check()?;
        Ok(shop)
    }

    fn check_owner(&self) -> Result<(), UnsoundShopError> {
        let owner = (&self.store.client_id, &self.store.store_id);
        let same = (&self.orders.client_id, &self.orders.store_id) == owner
            && (&self.menu.client_id, &self.menu.store_id) == owner;
        if same {
            Ok(())
        } else {
            Err(UnsoundShopError::DifferentStores)
        }
    }

    fn check_orders(&self) -> Result<(), UnsoundShopError> {
        if self.orders.accepted_payment_methods.is_empty() {
            return unsound("acceptedPaymentMethods", "nobody could pay");
        }
        if self.orders.minimum_order_value < Money::ZERO {
            return unsound("minimumOrderValue", "it is negative");
        }
        Ok(())
    }

    fn check_store(&self) -> Result<(), UnsoundShopError> {
        let store = &self.store;
        if store.name.trim().is_empty() || store.name.chars().count() > 80 {
            return unsound("name", "it needs 1 to 80 characters");
        }
        if store.payment_timeout.get() == 0 {
            return unsound("paymentTimeout", "nobody could pay in no time");
        }
        if store.queue_url.is_empty() {
            // F046: orders were accepted and paid, and never reached the kitchen.
            return unsound("queueUrl", "orders could not reach the store");
        }
        if store.channel_addresses.is_empty() {
            return unsound("channelAddresses", "customers could not be answered");
        }
        if !store.offers_pickup && store.delivery_zones.is_empty() {
            return unsound(
                "deliveryZones",
                "the store neither delivers nor offers pickup",
            );
        }
        if store
            .discount_rule
            .as_ref()
            .is_some_and(|rule| !rule.is_sound())
        {
            return unsound("discountRule", "it could give away a whole order");
        }
        for zone in &store.delivery_zones {
            let amounts = [Some(zone.fee), zone.free_from, zone.minimum_order_value];
            if amounts
                .into_iter()
                .flatten()
                .any(|amount| amount < Money::ZERO)
            {
                return unsound("deliveryZones", "an amount is negative");
            }
            if zone.postal_codes.is_empty() && zone.neighborhoods.is_empty() {
                return unsound("deliveryZones", "a zone covers nothing");
            }
            if zone.postal_codes.iter().any(|range| range.from > range.to) {
                return unsound("deliveryZones", "a range of CEPs ends before it begins");
            }
        }
        Ok(())
    }

    /// The tenant.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.store.client_id
    }

    /// The store.
    #[must_use]
    pub fn store_id(&self) -> &StoreId {
        &self.store.store_id
    }

    /// How it takes orders.
    #[must_use]
    pub fn orders(&self) -> &OrderConfig {
        &self.orders
    }

    /// Who and where it is.
    #[must_use]
    pub fn store(&self) -> &StoreConfig {
        &self.store
    }

    /// What it sells.
    #[must_use]
    pub fn menu(&self) -> &Menu {
        &self.menu
    }

    /// How its orders become confirmed.
    #[must_use]
    pub fn confirmation(&self) -> ConfirmationPolicy {
        ConfirmationPolicy::of(&self.orders)
    }

    /// When an order accepted now ends unpaid; `None` where nothing is paid online.
    #[must_use]
    pub fn payment_deadline(&self, method: PaymentMethod, now: Timestamp) -> Option<Timestamp> {
        method
            .is_online()
            .then(|| self.store.payment_timeout.after(now))
    }

    /// Whether orders are taken at this instant.
    #[must_use]
    pub fn takes_orders_at(&self, now: Timestamp) -> bool {
        let hours = &self.store.opening_hours;
        !self.orders.operating_hours_check || hours.open_at(&self.store.time_zone, now)
    }

    /// The first zone that covers an address.
    #[must_use]
    pub fn zone_of(&self, address: &Address) -> Option<&super::DeliveryZone> {
        self.store
            .delivery_zones
            .iter()
            .find(|zone| zone.covers(address))
    }
}

/// The refusal of one place.
pub(crate) fn unsound<T>(
    place: impl Into<String>,
    detail: &'static str,
) -> Result<T, UnsoundShopError> {
    Err(UnsoundShopError::Unsound {
        place: place.into(),
        detail,
    })
}
