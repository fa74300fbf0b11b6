//! What the stack starts with: the sample tenant's stores, menu and routes, its secrets, and its accounts at the
//! simulated providers.
//!
//! Seeding is done at every start and changes nothing that is there: a row that somebody edited stays edited. Tables
//! and queues must exist ([`crate::aws`], [`crate::queues`]).

mod secrets;

use comanda_domain::{
    ids::ClientId,
    people::ChannelAddress,
    store::StoreConfig,
    tables::{Row, RowError, to_item},
};
use comanda_simulation::restaurant::{self, SampleError, SampleStore};
use comanda_tasks::{
    api::Shop,
    ports::{Change, Condition, Store, StoreError, Write},
    rows::{ChannelRouteRow, WebhookRouteRow},
};
use secrecy::ExposeSecret;

pub use secrets::{SecretKind, SecretsFile, SecretsFileError};

use crate::simulators::{asaas, twilio};

/// What the simulated payment account holds at first. Fees are not given back (providers §1.7), so that a first order
/// could not be refunded from an empty account.
const OPENING_BALANCE_CENTAVOS: i64 = 50_000;

/// What could not be seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The sample data.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A sample row.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The tables.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secrets.
    #[error(transparent)]
    Secrets(#[from] SecretsFileError),
    /// The simulators.
    #[error(transparent)]
    Simulators(#[from] crate::simulators::DatabaseError),
}

/// The sample tenant, ready to be written.
pub struct Sample {
    /// The tenant.
    pub tenant: ClientId,
    /// Its stores, the open one first.
    pub stores: [SampleStore; 2],
}

impl Sample {
    /// Restaurante Sabor Brasileiro.
    pub fn load() -> Result<Self, SeedError> {
        Ok(Self {
            tenant: restaurant::tenant()?,
            stores: restaurant::stores()?,
        })
    }

    /// The first store.
    #[must_use]
    pub fn first_shop(&self) -> Shop {
        let [first, _] = &self.stores;
        Shop {
            client_id: first.store.client_id.clone(),
            store_id: first.store.store_id.clone(),
        }
    }

    /// The tenants, each once.
    #[must_use]
    pub fn tenants(&self) -> Vec<ClientId> {
        vec![self.tenant.clone()]
    }

    /// The names of the stores' queues.
    #[must_use]
    pub fn queue_names(&self) -> Vec<String> {
        let name = |sample: &SampleStore| {
            let url = &sample.store.queue_url;
            url.rsplit('/').next().unwrap_or(url).to_owned()
        };
        self.stores.iter().map(name).collect()
    }

    /// The secrets that the stores' configurations and the webhook's route refer to.
    pub fn ensure_secrets(&self, secrets: &mut SecretsFile) -> Result<(), SeedError> {
        for SampleStore { store, .. } in &self.stores {
            let references = &store.secrets;
            secrets.ensure(&references.payment_api_key, SecretKind::PaymentApiKey);
            secrets.ensure(&references.messaging_account, SecretKind::MessagingAccount);
            secrets.ensure(&references.messaging_token, SecretKind::MessagingToken);
        }
        secrets.ensure(&self.webhook_secret(), SecretKind::WebhookToken);
        Ok(secrets.save()?)
    }

    fn webhook_secret(&self) -> String {
        format!("comanda/{}/asaas-webhook-token", self.tenant)
    }

    /// Writes the rows that are not there.
    pub async fn write_rows(&self, store: &dyn Store) -> Result<(), SeedError> {
        for sample in &self.stores {
            put_if_absent(store, &sample.orders).await?;
            put_if_absent(store, &sample.store).await?;
            put_if_absent(store, &sample.menu).await?;
            for address in &sample.store.channel_addresses {
                put_if_absent(store, &channel_route(&sample.store, address)).await?;
            }
        }
        let route = WebhookRouteRow {
            path: restaurant::WEBHOOK_ROUTE.to_owned(),
            client_id: self.tenant.clone(),
            token_secret: self.webhook_secret(),
        };
        put_if_absent(store, &route).await
    }

    /// Makes the tenant's accounts at the simulated providers, whose webhooks come to `url`.
    pub fn register_accounts(
        &self,
        secrets: &SecretsFile,
        url: &str,
        asaas: &asaas::Asaas,
        twilio: &twilio::Twilio,
    ) -> Result<(), SeedError> {
        let value = |reference: &str| {
            let value = secrets.get(reference);
            value
                .map(|value| value.expose_secret().to_owned())
                .unwrap_or_default()
        };
        let [first, _] = &self.stores;
        asaas.register(&asaas::Account {
            id: self.tenant.to_string(),
            name: first.store.name.clone(),
            city: "São Paulo".to_owned(),
            api_key: value(&first.store.secrets.payment_api_key),
            webhook_url: format!("{url}/webhooks/asaas/{}", restaurant::WEBHOOK_ROUTE),
            webhook_token: value(&self.webhook_secret()),
            opening_balance_centavos: OPENING_BALANCE_CENTAVOS,
        })?;
        let senders = self
            .stores
            .iter()
            .flat_map(|sample| &sample.store.channel_addresses);
        let templates = self
            .stores
            .iter()
            .flat_map(|sample| sample.store.channel_templates.values());
        twilio.register(&twilio::Account {
            sid: value(&first.store.secrets.messaging_account),
            auth_token: value(&first.store.secrets.messaging_token),
            senders: senders
                .map(|address| twilio::Sender {
                    address: address.as_str().to_owned(),
                    webhook_url: format!("{url}/webhooks/twilio"),
                })
                .collect(),
            templates: templates
                .map(|sid| twilio::Template {
                    sid: sid.clone(),
                    text: "{{1}}".to_owned(),
                })
                .collect(),
        })?;
        Ok(())
    }
}

fn channel_route(store: &StoreConfig, address: &ChannelAddress) -> ChannelRouteRow {
    ChannelRouteRow {
        address: address.clone(),
        client_id: store.client_id.clone(),
        store_id: store.store_id.clone(),
    }
}

async fn put_if_absent<R: Row>(store: &dyn Store, row: &R) -> Result<(), SeedError> {
    let write = Write {
        table: R::TABLE,
        key: row.key(),
        condition: Condition::Absent,
        change: Change::Put(to_item(row)?),
    };
    match store.write(vec![write]).await {
        Ok(()) | Err(StoreError::ConditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
