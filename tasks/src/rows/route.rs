//! From what a request shows before a tenant is known (a webhook's path, the address written to) to the tenant.

use comanda_domain::{
    ids::{ClientId, StoreId},
    keys::{Key, PartitionKey},
    people::ChannelAddress,
    tables::{CHANNEL_ROUTES, Row, Table, WEBHOOK_ROUTES},
};
use serde::{Deserialize, Serialize};

/// Whose webhook a path is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRouteRow {
    /// The last part of the path.
    pub path: String,
    /// The tenant.
    pub client_id: ClientId,
    /// Where the token is that the provider shows.
    pub token_secret: String,
}

/// Which store an address belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelRouteRow {
    /// The store's address on the channel.
    pub address: ChannelAddress,
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
}

impl WebhookRouteRow {
    /// The key of a route of the payment provider.
    pub fn key_of(path: &str) -> Key {
        Key::partition(PartitionKey::platform("ASAAS", path))
    }
}

impl ChannelRouteRow {
    /// The key of a store's address.
    #[must_use]
    pub fn key_of(address: &ChannelAddress) -> Key {
        Key::partition(PartitionKey::platform("CHANNEL", address.as_str()))
    }
}

impl Row for WebhookRouteRow {
    const TABLE: &'static Table = &WEBHOOK_ROUTES;

    fn tenant(&self) -> Option<&ClientId> {
        None
    }

    fn key(&self) -> Key {
        Self::key_of(&self.path)
    }
}

impl Row for ChannelRouteRow {
    const TABLE: &'static Table = &CHANNEL_ROUTES;

    fn tenant(&self) -> Option<&ClientId> {
        None
    }

    fn key(&self) -> Key {
        Self::key_of(&self.address)
    }
}
