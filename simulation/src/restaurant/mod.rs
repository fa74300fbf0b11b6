//! The sample tenant: Restaurante Sabor Brasileiro, its two stores and its menu.
//!
//! `tour`, `run` and the simulation sell from it, and `local` seeds it. It is data that a tenant could have entered, and
//! is read through the same types.

use comanda_domain::{
    ids::{ClientId, StoreId},
    menu::Menu,
    store::{OpeningHours, OrderConfig, StoreConfig},
};

/// A store of the sample tenant: the three rows that make a shop.
#[derive(Debug, Clone)]
pub struct SampleStore {
    /// How it takes orders.
    pub orders: OrderConfig,
    /// Who and where it is.
    pub store: StoreConfig,
    /// What it sells.
    pub menu: Menu,
}

/// The sample data does not fit the types; only an edit of the JSON files beside this one can cause it.
#[derive(Debug, thiserror::Error)]
#[error("simulation/src/restaurant/{file} cannot be read: {source}")]
pub struct SampleError {
    file: &'static str,
    source: serde_json::Error,
}

/// The tenant's id.
pub const TENANT: &str = "sabor-brasileiro";
/// The store that is always open.
pub const OPEN_STORE: &str = "centro";
/// The store that is always closed.
pub const CLOSED_STORE: &str = "madrugada";
/// The path element of the provider's webhooks for this tenant.
pub const WEBHOOK_ROUTE: &str = "sabor-brasileiro";

/// The open store and the closed one, in that order.
pub fn stores() -> Result<[SampleStore; 2], SampleError> {
    let open = SampleStore {
        orders: read("orders.json", include_str!("orders.json"))?,
        store: read("store.json", include_str!("store.json"))?,
        menu: read("menu.json", include_str!("menu.json"))?,
    };
    let mut closed = open.clone();
    let id: StoreId = read("mod.rs", &format!("\"{CLOSED_STORE}\""))?;
    closed.orders.store_id = id.clone();
    closed.store.store_id = id.clone();
    closed.menu.store_id = id;
    closed.store.name = "Restaurante Sabor Brasileiro (madrugada)".to_owned();
    closed.store.opening_hours = OpeningHours::default();
    closed.store.channel_addresses = vec![read("mod.rs", "\"whatsapp:+551140028923\"")?];
    closed.store.queue_url = closed.store.queue_url.replace(OPEN_STORE, CLOSED_STORE);
    Ok([open, closed])
}

/// The tenant's id as a type.
pub fn tenant() -> Result<ClientId, SampleError> {
    read("mod.rs", &format!("\"{TENANT}\""))
}

fn read<T: serde::de::DeserializeOwned>(file: &'static str, text: &str) -> Result<T, SampleError> {
    serde_json::from_str(text).map_err(|source| SampleError { file, source })
}

#[cfg(test)]
mod tests {
    use comanda_domain::{money::Money, store::Shop};

    use super::stores;

    #[test]
    fn both_stores_can_sell_what_is_on_the_menu() {
        let [open, closed] = stores().unwrap();
        let now = "2026-11-22T03:00:00Z".parse().unwrap();
        for (sample, is_open) in [(&open, true), (&closed, false)] {
            assert!(sample.menu.items.len() >= 15);
            assert_eq!(
                sample
                    .store
                    .opening_hours
                    .open_at(&sample.store.time_zone, now),
                is_open
            );
            let shop = Shop::new(
                Some(sample.orders.clone()),
                Some(sample.store.clone()),
                Some(sample.menu.clone()),
            );
            shop.expect("a sound shop");
        }
        assert_ne!(open.store.queue_url, closed.store.queue_url);
    }

    #[test]
    fn the_documents_prices_are_kept() {
        let [open, _] = stores().unwrap();
        let price = |name: &str| {
            open.menu
                .items
                .iter()
                .find(|item| item.name == name)
                .unwrap()
                .price
        };
        assert_eq!(price("Cheese Bacon"), Money::from_centavos(3_290));
        assert_eq!(price("Coca-Cola 350ml"), Money::from_centavos(690));
    }
}
