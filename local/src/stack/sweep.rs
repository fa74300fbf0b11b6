//! The schedule of `reconciliation`: what an EventBridge schedule per tenant is on AWS.

use std::time::Duration;

use comanda_domain::ids::ClientId;
use comanda_tasks::ports::Ports;
use serde_json::json;

/// Starts a sweep of each tenant every so often, for ever. The first comes after one interval.
pub(super) async fn run(ports: Ports, tenants: Vec<ClientId>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        for tenant in &tenants {
            let name = format!("{tenant}-{}", ports.clock.now().as_millisecond());
            let input = json!({ "clientId": tenant });
            if let Err(error) = ports.workflows.start("reconciliation", &name, input).await {
                tracing::warn!(%error, "a sweep could not be started; the next one is");
            }
        }
    }
}
