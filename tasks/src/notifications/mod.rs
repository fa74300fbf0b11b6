//! The notifications function: statuses that the Express workflow tells.

use comanda_domain::{
    notification::EndReason,
    order::{Order, OrderStatus},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{NotifyStatus, StatusNotice};

use crate::{
    fault::Failure,
    handler::Handler,
    parts,
    ports::{Ports, guarded::Uses},
    rows::require_order,
    shop::load_store,
    status::tell_status,
    tell::unless_said_by_another,
};

impl Handler for NotifyStatus {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE, parts::TELL];

    async fn handle(ports: &Ports, notice: StatusNotice) -> Result<(), Failure<NoRefusal>> {
        // Read again before it is said: what was overtaken is dropped (N2).
        let order = require_order(ports.store.as_ref(), &notice.order).await?;
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let reason = end_reason(&order, notice.version);
        // The status is applied: neither a channel that is away nor another who is speaking is a reason to hear of it again.
        let told = tell_status(ports, &store, &order, notice.status, reason).await;
        Ok(unless_said_by_another(told)?)
    }
}

fn end_reason(order: &Order, version: u64) -> Option<EndReason> {
    let mut entries = order.status_history().iter();
    let entry = entries.find(|entry| entry.version == version)?;
    (entry.status == OrderStatus::Cancelled).then_some(EndReason::CancelledBy(entry.by))
}
