//! What the stack starts with: the sample tenant. Seeding is done at every start and changes nothing that is there: a row that
//! somebody edited stays edited ([`crate::tenancy`]).

mod secrets;

use comanda_domain::ids::ClientId;
use comanda_simulation::restaurant::{self, SampleError, SampleStore};
use comanda_tasks::{
    api::Shop,
    tenants::{Tenant, TenantStore},
};

pub use secrets::{SecretsFile, SecretsFileError, made};

/// The sample tenant, ready to be taken in.
pub struct Sample {
    /// The tenant.
    pub tenant: ClientId,
    /// Its stores, the open one first.
    pub stores: [SampleStore; 2],
}

impl Sample {
    /// Restaurante Sabor Brasileiro.
    pub fn load() -> Result<Self, SampleError> {
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

    /// As any tenant is.
    #[must_use]
    pub fn as_tenant(&self) -> Tenant {
        let [first, _] = &self.stores;
        let store = |sample: &SampleStore| TenantStore {
            orders: sample.orders.clone(),
            store: sample.store.clone(),
            menu: sample.menu.clone(),
        };
        Tenant {
            client_id: self.tenant.clone(),
            name: first.store.name.clone(),
            webhook_route: restaurant::WEBHOOK_ROUTE.to_owned(),
            webhook_token: format!("comanda/{}/asaas-webhook-token", self.tenant),
            stores: self.stores.iter().map(store).collect(),
        }
    }
}
