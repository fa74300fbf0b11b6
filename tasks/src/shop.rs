//! What a store is: its configuration, its account at the provider, its voice on a channel.
//!
//! What of it is missing fails closed, and a person is called: nobody else would put it back. So they are where a provider wants
//! nothing of an account any more.

use std::sync::Arc;

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::{ClientId, StoreId},
    menu::Menu,
    people::ChannelAddress,
    store::{OrderConfig, ProviderEnvironment, Shop, StoreConfig},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    fault::Fault,
    ports::{Account, Environment, Ports, Sender},
    raise::raise,
    rows::{load, look_up},
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
) -> Result<Arc<StoreConfig>, Fault> {
    let key = StoreConfig::key_of(tenant, store);
    match look_up(ports.store.as_ref(), &key).await? {
        Some(config) => Ok(config),
        None => {
            let what = format!("store {store} has no configuration");
            Err(missing(ports, tenant, store.as_str(), what).await)
        }
    }
}

/// How a store takes orders.
pub(crate) async fn load_order_config(
    ports: &Ports,
    tenant: &ClientId,
    store: &StoreId,
) -> Result<Arc<OrderConfig>, Fault> {
    let key = OrderConfig::key_of(tenant, store);
    match look_up(ports.store.as_ref(), &key).await? {
        Some(config) => Ok(config),
        None => {
            let what = format!("store {store} has no order configuration");
            Err(missing(ports, tenant, store.as_str(), what).await)
        }
    }
}

/// The store's account at the payment provider.
pub(crate) async fn account(ports: &Ports, store: &StoreConfig) -> Result<Account, Fault> {
    Ok(Account {
        environment: match store.provider_environment {
            ProviderEnvironment::Local => Environment::Local,
            ProviderEnvironment::Sandbox => Environment::Sandbox,
            ProviderEnvironment::Production => Environment::Production,
        },
        api_key: secret(ports, &store.client_id, &store.secrets.payment_api_key).await?,
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
    let account = secret(ports, &store.client_id, &store.secrets.messaging_account).await?;
    Ok(Sender {
        address: own.as_str().to_owned(),
        account: account.expose_secret().to_owned(),
        auth_token: secret(ports, &store.client_id, &store.secrets.messaging_token).await?,
    })
}

/// A tenant's secret, which must be there. Its reference is no secret.
pub(crate) async fn secret(
    ports: &Ports,
    tenant: &ClientId,
    reference: &str,
) -> Result<SecretString, Fault> {
    match ports.secrets.get(reference).await? {
        Some(secret) => Ok(secret),
        None => {
            let what = format!("secret {reference} does not exist");
            Err(missing(ports, tenant, reference, what).await)
        }
    }
}

/// What must be there and is not: whatever needed it fails.
async fn missing(ports: &Ports, tenant: &ClientId, subject: &str, what: String) -> Fault {
    match call_person(ports, tenant, subject, &what).await {
        Ok(()) => Fault::unexpected(what),
        Err(fault) => fault,
    }
}

/// Calls a person to what is wrong with a store or an account of its, once however often it is met.
pub(crate) async fn call_person(
    ports: &Ports,
    tenant: &ClientId,
    subject: &str,
    what: &str,
) -> Result<(), Fault> {
    let alarm = (subject, ExceptionKind::UnexpectedFailure);
    let alarm = Exception::raised(tenant, alarm, what, ports.clock.now());
    raise(ports, &alarm).await?;
    Ok(())
}
