//! What a store is: its configuration, its account at the provider, its voice on a channel.

use comanda_domain::{
    ids::{ClientId, StoreId},
    menu::Menu,
    people::ChannelAddress,
    store::{OrderConfig, ProviderEnvironment, Shop, StoreConfig},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    fault::Fault,
    ports::{Account, Environment, Ports, Sender},
    rows::load,
};

/// The store as orders are priced by it. A store that cannot sell is a fault: a person must put it right (F036).
pub(crate) async fn load_shop(
    ports: &Ports,
    tenant: &ClientId,
    store: &StoreId,
) -> Result<Option<Shop>, Fault> {
    let rows = ports.store.as_ref();
    let config: Option<StoreConfig> = load(rows, &StoreConfig::key_of(tenant, store)).await?;
    if config.is_none() {
        return Ok(None);
    }
    let orders: Option<OrderConfig> = load(rows, &OrderConfig::key_of(tenant, store)).await?;
    let menu: Option<Menu> = load(rows, &Menu::key_of(tenant, store)).await?;
    Shop::new(orders, config, menu)
        .map(Some)
        .map_err(|error| Fault::unexpected(format!("store {store} cannot sell: {error}")))
}

/// A store's configuration.
pub(crate) async fn load_store(
    ports: &Ports,
    tenant: &ClientId,
    store: &StoreId,
) -> Result<StoreConfig, Fault> {
    let key = StoreConfig::key_of(tenant, store);
    load(ports.store.as_ref(), &key)
        .await?
        .ok_or_else(|| Fault::unexpected(format!("store {store} has no configuration")))
}

/// How a store takes orders.
pub(crate) async fn load_order_config(
    ports: &Ports,
    tenant: &ClientId,
    store: &StoreId,
) -> Result<OrderConfig, Fault> {
    let key = OrderConfig::key_of(tenant, store);
    load(ports.store.as_ref(), &key)
        .await?
        .ok_or_else(|| Fault::unexpected(format!("store {store} has no order configuration")))
}

/// The store's account at the payment provider.
pub(crate) async fn account(ports: &Ports, store: &StoreConfig) -> Result<Account, Fault> {
    Ok(Account {
        environment: match store.provider_environment {
            ProviderEnvironment::Local => Environment::Local,
            ProviderEnvironment::Sandbox => Environment::Sandbox,
            ProviderEnvironment::Production => Environment::Production,
        },
        api_key: secret(ports, &store.secrets.payment_api_key).await?,
    })
}

/// The store's voice on the channel on which a customer writes.
pub(crate) async fn sender(
    ports: &Ports,
    store: &StoreConfig,
    customer: &ChannelAddress,
) -> Result<Sender, Fault> {
    let channel = customer.channel();
    let own = store
        .channel_addresses
        .iter()
        .find(|address| address.channel() == channel)
        .ok_or_else(|| {
            Fault::unexpected(format!("store {} has no {channel} address", store.store_id))
        })?;
    let account = secret(ports, &store.secrets.messaging_account).await?;
    Ok(Sender {
        address: own.as_str().to_owned(),
        account: account.expose_secret().to_owned(),
        auth_token: secret(ports, &store.secrets.messaging_token).await?,
    })
}

/// A secret that must be there. Its reference is no secret.
pub(crate) async fn secret(ports: &Ports, reference: &str) -> Result<SecretString, Fault> {
    ports
        .secrets
        .get(reference)
        .await?
        .ok_or_else(|| Fault::unexpected(format!("secret {reference} does not exist")))
}
