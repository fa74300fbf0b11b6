//! The schedule of `reconciliation`: what an EventBridge schedule per tenant is on AWS.

use std::{sync::Arc, time::Duration};

use comanda_tasks::ports::Ports;
use serde_json::json;

use crate::tenancy::Tenancy;

/// Starts a sweep of each tenant every so often, for ever. The first comes after one interval.
pub(super) async fn run(ports: Ports, tenancy: Arc<Tenancy>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        for tenant in tenancy.clients() {
            let name = format!("{tenant}-{}", ports.clock.now().as_millisecond());
            let input = json!({ "clientId": tenant });
            if let Err(error) = ports.workflows.start("reconciliation", &name, input).await {
                tracing::warn!(%error, "a sweep could not be started; the next one is");
            }
        }
    }
}
