//! R5 of refunds that an account cannot pay: the provider told whoever asked, and they show it to the tenant's people.

use comanda_domain::ids::OrderId;
use comanda_engine::{Details, virtual_time::VirtualTime};
use comanda_workflows::contracts::RefundRequest;
use jiff::{SignedDuration, Timestamp};

use crate::{storm::Storm, world::lock};

/// RELIABILITY R5.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// Every refund that was refused for want of balance, and when first.
fn blocked(time: &VirtualTime) -> Vec<(RefundRequest, Timestamp)> {
    let all = time.executions().map(comanda_engine::Execution::start);
    let refunds = all.filter(|start| &*start.state_machine_name == "refund");
    let refused = refunds.filter_map(|start| {
        let mut history = time.history(&start.execution_arn).iter();
        let told = history.find(|event| {
            matches!(
                &event.details,
                Some(Details::TaskFailedEventDetails(failed))
                    if failed.error.as_deref() == Some("RequestRefundError.Blocked")
            )
        })?;
        let request = serde_json::from_value(start.input.value().clone()).ok()?;
        Some((request, told.timestamp))
    });
    refused.collect()
}

impl Storm {
    /// Where no accident met its order: who could not be reached shows it later, or when it is asked for again.
    pub(super) fn blocked_refunds_are_seen(&mut self) {
        let blocked = blocked(&lock(&self.time));
        for (request, at) in blocked {
            let Ok(order) = OrderId::new(request.order.order_id.as_str()) else {
                continue;
            };
            let subject = self.auditor.subject_of(&order);
            let is_hurt = lock(&self.network.hurt).contains_key(&subject);
            let shown = self.auditor.shown_blocked.get(&request.charge_id).copied();
            let in_time = shown.is_some_and(|shown| shown.duration_since(at) <= SEEN_WITHIN);
            if !is_hurt && !in_time {
                let detail = "the account cannot pay its refund, and nobody is shown that";
                self.auditor.found("R5", &subject, detail);
            }
        }
    }
}
