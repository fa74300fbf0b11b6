//! Taking in a tenant: its file, checked as a whole, and the rows that make it known. Queues, schedules and secrets are made
//! by whoever has them: the local stack, or the CDK app; the values of secrets are put in by `comanda tenant`.

mod file;
mod secrets;

use comanda_domain::{
    ids::{ClientId, StoreId},
    menu::Menu,
    store::{OrderConfig, SecretReferences, StoreConfig},
    tables::{
        CHANNEL_ROUTES, MENUS, ORDER_CONFIG, Row, RowError, STORE_CONFIG, Table, WEBHOOK_ROUTES,
        to_item,
    },
};

use crate::{
    fault::Fault,
    ports::{Change, Condition, Store, StoreError, StoredRow, Write},
    rows::{ChannelRouteRow, WebhookRouteRow, load_all},
};

pub use file::{FileProblem, TenantFile, read};
pub use secrets::SecretPurpose;

/// The tables that a tenant's rows are in.
pub static TABLES: &[&Table] = &[
    &CHANNEL_ROUTES,
    &MENUS,
    &ORDER_CONFIG,
    &STORE_CONFIG,
    &WEBHOOK_ROUTES,
];

/// A tenant, whole and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    /// The tenant.
    pub client_id: ClientId,
    /// As people know it.
    pub name: String,
    /// The last part of its webhook's path.
    pub webhook_route: String,
    /// Where the token is that the payment provider shows.
    pub webhook_token: String,
    /// Its stores, one at least.
    pub stores: Vec<TenantStore>,
}

/// One store: the rows that make a shop.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantStore {
    /// How it takes orders.
    pub orders: OrderConfig,
    /// Who and where it is.
    pub store: StoreConfig,
    /// What it sells.
    pub menu: Menu,
}

/// What became of a row of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Written {
    /// It is there now.
    Made,
    /// It was there, just so.
    AsItWas,
    /// It was there, with other content, which stays: somebody may have edited it.
    Kept,
}

/// Why a tenant was not taken in. Nothing was written where it is refused.
#[derive(Debug, thiserror::Error)]
pub enum OnboardError {
    /// A number of the file is another's.
    #[error("the number {number} belongs to the store {store} of {owner}")]
    NumberTaken {
        /// The number.
        number: String,
        /// Whose it is.
        owner: ClientId,
        /// Which store's.
        store: StoreId,
    },
    /// The webhook route of the file is another's.
    #[error("the webhook route {route} belongs to {owner}")]
    RouteTaken {
        /// The route.
        route: String,
        /// Whose it is.
        owner: ClientId,
    },
    /// A row.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The tables.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OnboardError {
    /// The code that `comanda explain` has a page of, and what to do about it; none where it is not the file that is refused.
    #[must_use]
    pub fn refusal(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::NumberTaken { .. } => Some((
                "NUMBER_TAKEN",
                "give the store another number, or take it from the other tenant first",
            )),
            Self::RouteTaken { .. } => Some(("ROUTE_TAKEN", "choose another webhookRoute")),
            Self::Row(_) | Self::Store(_) => None,
        }
    }
}

impl Tenant {
    /// The names of its stores' queues.
    #[must_use]
    pub fn queue_names(&self) -> Vec<String> {
        let names = self.stores.iter().map(|of| queue_name(&of.store));
        names.collect()
    }

    /// The secrets' names of its stores; stores may share them.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretReferences> {
        self.stores.iter().map(|of| &of.store.secrets)
    }

    fn webhook_row(&self) -> WebhookRouteRow {
        WebhookRouteRow {
            path: self.webhook_route.clone(),
            client_id: self.client_id.clone(),
            token_secret: self.webhook_token.clone(),
        }
    }

    fn number_rows(&self) -> impl Iterator<Item = ChannelRouteRow> {
        self.stores.iter().flat_map(|of| {
            let addresses = of.store.channel_addresses.iter();
            addresses.map(|address| ChannelRouteRow {
                address: address.clone(),
                client_id: of.store.client_id.clone(),
                store_id: of.store.store_id.clone(),
            })
        })
    }
}

/// The name of a store's queue, the end of its URL.
#[must_use]
pub fn queue_name(store: &StoreConfig) -> String {
    let url = &store.queue_url;
    url.rsplit('/').next().unwrap_or(url).to_owned()
}

/// A tenant's stores, as their rows say.
pub async fn stores_of_tenant(
    store: &dyn Store,
    tenant: &ClientId,
) -> Result<Vec<StoreConfig>, Fault> {
    load_all(store, comanda_domain::store::stores_of(tenant)).await
}

/// Writes the rows of a tenant that are not there, with what became of each. A number or a route of another tenant is refused
/// before anything is written; one that another takes at this very moment is refused by its row's condition.
pub async fn onboard(
    store: &dyn Store,
    tenant: &Tenant,
) -> Result<Vec<(String, Written)>, OnboardError> {
    refuse_taken(store, tenant).await?;
    let mut written = Vec::new();
    let route = tenant.webhook_row();
    let what = format!("webhook route {}", route.path);
    written.push((what, put(store, &route).await?));
    for row in tenant.number_rows() {
        let what = format!("number {} of {}", row.address.as_str(), row.store_id);
        written.push((what, put(store, &row).await?));
    }
    // Who lost a race for a number is told here, before there is a store that could sell.
    refuse_taken(store, tenant).await?;
    for of in &tenant.stores {
        let id = &of.store.store_id;
        written.push((
            format!("order configuration of {id}"),
            put(store, &of.orders).await?,
        ));
        written.push((
            format!("store configuration of {id}"),
            put(store, &of.store).await?,
        ));
        written.push((format!("menu of {id}"), put(store, &of.menu).await?));
    }
    Ok(written)
}

/// Refuses a tenant that wants a number or a webhook route of another. Nothing is written.
pub async fn refuse_taken(store: &dyn Store, tenant: &Tenant) -> Result<(), OnboardError> {
    let wanted = tenant.webhook_row();
    if let Some(there) = there::<WebhookRouteRow>(store, &wanted).await?
        && there.client_id != wanted.client_id
    {
        return Err(OnboardError::RouteTaken {
            route: there.path,
            owner: there.client_id,
        });
    }
    for wanted in tenant.number_rows() {
        let there = there::<ChannelRouteRow>(store, &wanted).await?;
        if let Some(there) = there.filter(|there| *there != wanted) {
            return Err(OnboardError::NumberTaken {
                number: there.address.as_str().to_owned(),
                owner: there.client_id,
                store: there.store_id,
            });
        }
    }
    Ok(())
}

async fn there<R: Row>(store: &dyn Store, wanted: &R) -> Result<Option<R>, OnboardError> {
    let row = store.get(R::TABLE, &wanted.key()).await?;
    Ok(row.map(StoredRow::into_value).transpose()?)
}

async fn put<R: Row + PartialEq>(store: &dyn Store, row: &R) -> Result<Written, OnboardError> {
    let write = Write {
        table: R::TABLE,
        key: row.key(),
        condition: Condition::Absent,
        change: Change::Put(to_item(row)?),
    };
    match store.write(vec![write]).await {
        Ok(()) => Ok(Written::Made),
        Err(StoreError::ConditionFailed { .. }) => match there(store, row).await? {
            Some(there) if there == *row => Ok(Written::AsItWas),
            _ => Ok(Written::Kept),
        },
        Err(error) => Err(error.into()),
    }
}
