//! A store: what is configured for it, when it is open, where it delivers, and how it confirms orders.
//!
//! Rules read a [`Shop`]: configuration and menu that were found complete and sound. What is missing or unsound is an
//! error, never a default that sells food by mistake (F036).

mod config;
mod confirmation;
mod delivery;
mod discount;
mod hours;
mod minutes;
mod shop;
#[cfg(test)]
pub(crate) mod tests;
mod zones;

pub use config::{
    OrderConfig, Place, ProviderEnvironment, SecretReferences, StoreConfig, stores_of,
};
pub use confirmation::{ConfirmationPolicy, DEFAULT_ANSWER, Silence, SilenceOutcome};
pub use delivery::{DeliveryZone, PostalCodeRange};
pub use discount::{DiscountRule, Off};
pub use hours::{Day, Hours, OpeningHours, UnknownZoneError, Zone};
pub use minutes::{Minutes, TooManyMinutesError};
pub(crate) use shop::unsound;
pub use shop::{Shop, UnsoundShopError};
pub use zones::BRASILIA;
