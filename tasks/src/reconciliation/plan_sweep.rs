//! Lists the walks of a tenant: by store, and by account at the provider.

use std::collections::BTreeSet;

use comanda_domain::{
    store::{StoreConfig, stores_of},
    tables,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{PlanSweep, SweepPlan, SweepRequest, WalkKind};

use super::start;
use crate::{
    fault::Failure,
    handler::Handler,
    ports::{Ports, guarded::Uses},
    rows::load_all,
};

/// More stores than this are swept in turns, when a tenant has so many: an execution's history is finite.
const STORES_MAX: usize = 50;

impl Handler for PlanSweep {
    const USES: &'static [Uses] = &[Uses {
        queries: &[&tables::STORE_CONFIG],
        ..Uses::NOTHING
    }];

    async fn handle(ports: &Ports, request: SweepRequest) -> Result<SweepPlan, Failure<NoRefusal>> {
        let tenant = &request.client_id;
        let stores: Vec<StoreConfig> = load_all(ports.store.as_ref(), stores_of(tenant)).await?;
        let mut walks = Vec::new();
        let mut accounts = BTreeSet::new();
        for store in stores.iter().take(STORES_MAX) {
            walks.push(start(tenant, WalkKind::Orders, Some(&store.store_id)));
            // Stores of one tenant may share an account: it is read once.
            if accounts.insert(store.secrets.payment_api_key.as_str()) {
                walks.push(start(tenant, WalkKind::Charges, Some(&store.store_id)));
                walks.push(start(tenant, WalkKind::Statement, Some(&store.store_id)));
            }
        }
        walks.push(start(tenant, WalkKind::Refunds, None));
        walks.push(start(tenant, WalkKind::Exceptions, None));
        Ok(SweepPlan { walks })
    }
}
