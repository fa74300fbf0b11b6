//! What the stack tells about itself: printed at its start, and left in the data directory so that other commands find
//! it whatever port it got.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use comanda_domain::{people::Cnpj, store::StoreConfig};
use comanda_tasks::tenants::Tenant;
use serde::{Deserialize, Serialize};

use crate::{aws::names::last_part, queues};

const FILE_NAME: &str = "stack.json";

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Console, API, webhooks and simulators.
    pub url: String,
    /// Every AWS service.
    pub aws_url: String,
    /// Where everything is kept; nowhere if absent.
    pub data: Option<PathBuf>,
    /// The process.
    pub process: u32,
    /// The tenant's stores.
    pub stores: Vec<StoreFacts>,
}

/// One store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreFacts {
    /// The tenant.
    pub client_id: String,
    /// The store.
    pub store_id: String,
    /// As customers know it.
    pub name: String,
    /// The business that sells, where the tenant's file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnpj: Option<Cnpj>,
    /// Its numbers on channels.
    pub channel_addresses: Vec<String>,
    /// Us → its POS.
    pub queue_url: String,
}

/// The file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be written", file.display())]
pub struct FactsError {
    file: PathBuf,
    source: io::Error,
}

impl Facts {
    pub(super) fn new(
        url: String,
        aws_url: String,
        data: Option<PathBuf>,
        tenants: &[Tenant],
    ) -> Self {
        Self {
            stores: stores_of(tenants, &aws_url),
            url,
            aws_url,
            data,
            process: std::process::id(),
        }
    }

    /// Adds what came since the start.
    pub(crate) fn add_stores(directory: &Path, tenants: &[Tenant]) {
        let Some(mut facts) = Self::read(directory) else {
            return;
        };
        facts.stores = stores_of(tenants, &facts.aws_url);
        if let Err(error) = facts.write(Some(directory)) {
            tracing::warn!(%error, "other commands do not hear of the tenant until the next start");
        }
    }

    /// The facts of the stack that runs on this data directory, or that ended there without saying so.
    #[must_use]
    pub fn read(directory: &Path) -> Option<Self> {
        let text = fs::read(directory.join(FILE_NAME)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub(super) fn write(&self, directory: Option<&Path>) -> Result<(), FactsError> {
        let Some(directory) = directory else {
            return Ok(());
        };
        let file = directory.join(FILE_NAME);
        let written = serde_json::to_vec_pretty(self)
            .map_err(io::Error::other)
            .and_then(|text| fs::write(&file, text));
        written.map_err(|source| FactsError { file, source })
    }

    pub(super) fn remove(directory: Option<&Path>) {
        if let Some(directory) = directory {
            // Left behind, it names a process that no longer runs; nothing else depends on it.
            let _ = fs::remove_file(directory.join(FILE_NAME));
        }
    }
}

fn stores_of(tenants: &[Tenant], aws_url: &str) -> Vec<StoreFacts> {
    let facts = |store: &StoreConfig| StoreFacts {
        client_id: store.client_id.to_string(),
        store_id: store.store_id.to_string(),
        name: store.name.clone(),
        cnpj: store.cnpj.clone(),
        channel_addresses: store
            .channel_addresses
            .iter()
            .map(|address| address.as_str().to_owned())
            .collect(),
        queue_url: queues::url(aws_url, last_part(&store.queue_url, '/')),
    };
    let stores = tenants.iter().flat_map(|tenant| &tenant.stores);
    stores.map(|of| facts(&of.store)).collect()
}
