//! Lists the walks of a tenant: by store, and by account at the provider.

use std::collections::BTreeSet;

use comanda_domain::{
    ids::ClientId,
    store::{StoreConfig, stores_of},
    tables,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{PlanSweep, SweepPlan, SweepRequest, Walk, WalkKind};

use super::{set_stand, stand};
use crate::{
    fault::{Failure, Fault},
    handler::Handler,
    ports::{Ports, guarded::Uses},
    rows::load_all,
};

impl Handler for PlanSweep {
    const USES: &'static [Uses] = &[Uses {
        reads: &[&tables::COUNTERS],
        queries: &[&tables::STORE_CONFIG],
        writes: &[&tables::COUNTERS],
        ..Uses::NOTHING
    }];

    async fn handle(ports: &Ports, request: SweepRequest) -> Result<SweepPlan, Failure<NoRefusal>> {
        let tenant = &request.client_id;
        let stores: Vec<StoreConfig> = load_all(ports.store.as_ref(), stores_of(tenant)).await?;
        let mut walks = Vec::new();
        let mut accounts = BTreeSet::new();
        for store in in_turn(ports, tenant, &stores).await? {
            walks.push(Walk::begun(tenant, WalkKind::Orders, Some(&store.store_id)));
            // Stores of one tenant may share an account: it is read once.
            if accounts.insert(store.secrets.payment_api_key.as_str()) {
                walks.push(Walk::begun(
                    tenant,
                    WalkKind::Charges,
                    Some(&store.store_id),
                ));
                walks.push(Walk::begun(
                    tenant,
                    WalkKind::Statement,
                    Some(&store.store_id),
                ));
            }
        }
        walks.push(Walk::begun(tenant, WalkKind::Refunds, None));
        walks.push(Walk::begun(tenant, WalkKind::Checkouts, None));
        walks.push(Walk::begun(tenant, WalkKind::CustomerEvents, None));
        walks.push(Walk::begun(tenant, WalkKind::Messages, None));
        walks.push(Walk::begun(tenant, WalkKind::Exceptions, None));
        Ok(SweepPlan { walks })
    }
}

/// The stores whose turn it is. Planned twice, some wait for one round more.
async fn in_turn<'a>(
    ports: &Ports,
    tenant: &ClientId,
    stores: &'a [StoreConfig],
) -> Result<Vec<&'a StoreConfig>, Fault> {
    if stores.len() <= SweepPlan::STORES_MAX {
        return Ok(stores.iter().collect());
    }
    let begin = stand(ports, tenant, "STORES").await? % stores.len();
    set_stand(ports, tenant, ("STORES", begin + SweepPlan::STORES_MAX)).await?;
    let turn = stores
        .iter()
        .cycle()
        .skip(begin)
        .take(SweepPlan::STORES_MAX);
    Ok(turn.collect())
}
