//! The tenants of a running stack: the sample's, and those that `comanda tenant add` brought. A tenant's file lies in the data
//! directory, so that the next start has it again; its rows, queues and secrets lie where all others do.

mod files;
mod http;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use comanda_domain::ids::{ClientId, StoreId};
use comanda_tasks::{
    ports::Ports,
    tenants::{FileProblem, OnboardError, SecretPurpose, Tenant, Written, onboard},
};
use secrecy::{ExposeSecret, SecretString};

pub use files::{FilesError, check, tenants_in};
pub(crate) use http::router;

use crate::{
    aws::Services,
    queues::{self, QueueError},
    seed::{SecretsFile, SecretsFileError},
    simulators::{DatabaseError, asaas, secrets::Extension, twilio},
};

/// What a simulated payment account holds at first. Fees are not given back (providers §1.7), so that a first order
/// could not be refunded from an empty account.
const OPENING_BALANCE_CENTAVOS: i64 = 50_000;

/// Why a tenant could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum TenancyError {
    /// Its file.
    #[error("the tenant's file cannot be taken as it is")]
    File(Vec<FileProblem>),
    /// Another tenant has what it wants, or the tables are away.
    #[error(transparent)]
    Onboard(#[from] OnboardError),
    /// Another tenant's store has a queue of the same name: `a-b` with `c`, and `a` with `b-c`.
    #[error("the queue {queue} belongs to {owner}")]
    QueueTaken {
        /// Its name.
        queue: String,
        /// Whose it is.
        owner: ClientId,
    },
    /// A queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The secrets.
    #[error(transparent)]
    Secrets(#[from] SecretsFileError),
    /// The simulators.
    #[error(transparent)]
    Simulators(#[from] DatabaseError),
    /// The data directory.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// Who is registered under it would be lost.
    #[error(
        "the simulated messaging account keeps its id: its messages and customers are filed under it"
    )]
    AccountIsKept,
    /// There is no such tenant here.
    #[error("the tenant {0} is not here")]
    Unknown(String),
}

/// What taking in a tenant needs of the stack.
pub(crate) struct Parts {
    /// The world.
    pub(crate) ports: Ports,
    /// Queues.
    pub(crate) services: Arc<Services>,
    /// Our public address.
    pub(crate) url: String,
    /// Where files are kept; nowhere if absent.
    pub(crate) directory: Option<PathBuf>,
    /// The payment provider.
    pub(crate) asaas: Arc<asaas::Asaas>,
    /// The messaging provider.
    pub(crate) twilio: Arc<twilio::Twilio>,
    /// Who serves secrets to functions.
    pub(crate) extension: Arc<Extension>,
}

/// The tenants.
pub struct Tenancy {
    parts: Parts,
    secrets: Mutex<SecretsFile>,
    tenants: RwLock<Vec<Tenant>>,
}

impl Tenancy {
    pub(crate) fn new(parts: Parts, secrets: SecretsFile) -> Self {
        Self {
            parts,
            secrets: Mutex::new(secrets),
            tenants: RwLock::new(Vec::new()),
        }
    }

    /// Makes everything that a tenant needs and that is not there; what is there stays as it is.
    pub(crate) async fn settle(
        &self,
        tenant: Tenant,
    ) -> Result<Vec<(String, Written)>, TenancyError> {
        self.refuse_taken_queues(&tenant)?;
        let written = onboard(self.parts.ports.store.as_ref(), &tenant).await?;
        for name in tenant.queue_names() {
            queues::make(&self.parts.services, &name).await?;
        }
        self.ensure_secrets(&tenant)?;
        self.register(&tenant)?;
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.retain(|known| known.client_id != tenant.client_id);
        tenants.push(tenant);
        Ok(written)
    }

    /// Before anything is written: who reads a store's queue learns names, addresses and how to answer for the store.
    fn refuse_taken_queues(&self, tenant: &Tenant) -> Result<(), TenancyError> {
        let wanted = tenant.queue_names();
        for other in self.all() {
            let is_another = other.client_id != tenant.client_id;
            let mut taken = other.queue_names().into_iter();
            let taken = taken.find(|name| is_another && wanted.contains(name));
            if let Some(queue) = taken {
                let owner = other.client_id;
                return Err(TenancyError::QueueTaken { queue, owner });
            }
        }
        Ok(())
    }

    /// Takes in the sample tenant and those whose files are kept. A file that can no longer be taken keeps nobody else from
    /// selling.
    pub(crate) async fn settle_all(&self, sample: Tenant) -> Result<(), TenancyError> {
        self.settle(sample).await?;
        let kept = self
            .parts
            .directory
            .as_deref()
            .map(tenants_in)
            .transpose()?;
        for tenant in kept.unwrap_or_default() {
            let id = tenant.client_id.clone();
            if let Err(error) = self.settle(tenant).await {
                tracing::error!(%error, tenant = %id, "a tenant could not be taken in again");
            }
        }
        Ok(())
    }

    /// Takes in the tenant of a file, and keeps the file.
    pub(crate) async fn add(
        &self,
        text: &str,
    ) -> Result<(Tenant, Vec<(String, Written)>), TenancyError> {
        let tenant = check(text).map_err(TenancyError::File)?;
        let written = self.settle(tenant.clone()).await?;
        if let Some(directory) = &self.parts.directory {
            files::keep(directory, &tenant, text)?;
        }
        Ok((tenant, written))
    }

    /// Makes a tenant's secrets for this purpose anew, here and at the simulated provider; their names. An event that the
    /// provider brings with the old webhook token is answered 401, and comes again.
    pub(crate) fn rotate(
        &self,
        client: &str,
        purpose: SecretPurpose,
    ) -> Result<Vec<String>, TenancyError> {
        let tenant = self
            .all()
            .into_iter()
            .find(|tenant| tenant.client_id.as_str() == client)
            .ok_or_else(|| TenancyError::Unknown(client.to_owned()))?;
        if purpose == SecretPurpose::MessagingAccount {
            return Err(TenancyError::AccountIsKept);
        }
        let names: Vec<String> = tenant
            .secret_names()
            .into_iter()
            .filter(|(is, _)| *is == purpose)
            .map(|(_, name)| name)
            .collect();
        {
            let mut secrets = self.file();
            for name in &names {
                secrets.renew(name, purpose);
            }
            secrets.save()?;
            self.parts.extension.serve(secrets.all());
        }
        self.register(&tenant)?;
        Ok(names)
    }

    /// One secret's value.
    #[must_use]
    pub fn secret(&self, reference: &str) -> Option<SecretString> {
        self.file().get(reference).cloned()
    }

    /// The tenants' ids.
    #[must_use]
    pub fn clients(&self) -> Vec<ClientId> {
        let tenants = self.all().into_iter();
        tenants.map(|tenant| tenant.client_id).collect()
    }

    /// The stores of all tenants.
    #[must_use]
    pub fn shops(&self) -> Vec<(ClientId, StoreId)> {
        let stores = self.all().into_iter().flat_map(|tenant| tenant.stores);
        stores
            .map(|of| (of.store.client_id, of.store.store_id))
            .collect()
    }

    /// The tenants.
    #[must_use]
    pub fn all(&self) -> Vec<Tenant> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.clone()
    }

    fn file(&self) -> MutexGuard<'_, SecretsFile> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ensure_secrets(&self, tenant: &Tenant) -> Result<(), TenancyError> {
        let mut secrets = self.file();
        for (purpose, name) in tenant.secret_names() {
            secrets.ensure(&name, purpose);
        }
        secrets.save()?;
        self.parts.extension.serve(secrets.all());
        Ok(())
    }

    /// Makes the tenant's accounts at the simulated providers.
    fn register(&self, tenant: &Tenant) -> Result<(), TenancyError> {
        let Some(first) = tenant.stores.first() else {
            return Ok(());
        };
        let value = |reference: &str| {
            let value = self.secret(reference);
            value
                .map(|value| value.expose_secret().to_owned())
                .unwrap_or_default()
        };
        let url = &self.parts.url;
        let place = first.store.place.as_ref();
        self.parts.asaas.register(&asaas::Account {
            id: tenant.client_id.to_string(),
            name: first.store.name.clone(),
            city: place.map_or_else(|| "São Paulo".to_owned(), |place| place.city.clone()),
            api_key: value(&first.store.secrets.payment_api_key),
            webhook_url: format!("{url}/webhooks/asaas/{}", tenant.webhook_route),
            webhook_token: value(&tenant.webhook_token),
            opening_balance_centavos: OPENING_BALANCE_CENTAVOS,
        })?;
        let stores = || tenant.stores.iter().map(|of| &of.store);
        let senders = stores().flat_map(|store| &store.channel_addresses);
        let templates = stores().flat_map(|store| store.channel_templates.values());
        self.parts.twilio.register(&twilio::Account {
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
                    // An approved one neither begins nor ends with a variable.
                    text: "Olá! {{1}} Obrigado pela preferência.".to_owned(),
                })
                .collect(),
        })?;
        Ok(())
    }
}
