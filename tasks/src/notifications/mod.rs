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
    status::status_saying,
    tell::{A_MOMENT, tell_in_a_moment},
};

impl Handler for NotifyStatus {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE, parts::TELL];

    const TELLS_AGAIN: u32 = A_MOMENT;

    async fn handle(ports: &Ports, notice: StatusNotice) -> Result<(), Failure<NoRefusal>> {
        // Read again before it is said: what was overtaken is dropped (N2).
        let order = require_order(ports.store.as_ref(), &notice.order).await?;
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let reason = end_reason(&order, notice.version);
        let status = (notice.status, reason);
        let Some(saying) = status_saying(ports, &store, &order, status).await? else {
            return Ok(());
        };
        // The status is applied, and its sender waits: neither a channel that is away nor another who is speaking is a reason
        // to hear of it again.
        Ok(tell_in_a_moment(ports, &store, &order, vec![saying]).await?)
    }
}

fn end_reason(order: &Order, version: u64) -> Option<EndReason> {
    let mut entries = order.status_history().iter();
    let entry = entries.find(|entry| entry.version == version)?;
    (entry.status == OrderStatus::Cancelled).then_some(EndReason::CancelledBy(entry.by))
}
