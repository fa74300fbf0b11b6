//! When an order may be given up, or be before a person: only for what this life explains.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    order::{Order, WaitingFor},
};
use comanda_dsl::Retry;
use comanda_tasks::{ports::RefundStatus, testing::ChargeTruth};
use comanda_workflows::order_lifecycle::HAND_OVER;

use super::standing;
use crate::{people::rows, storm::Storm, world::lock};

/// The steps from the payment to the confirmation, each of which is tried as often as an outage allows.
pub(super) const TAKING: [&str; 6] = [
    "RequestPayment",
    "OfferAnotherMethod",
    "SettlePayment",
    "HandToStore",
    "SettleStore",
    "ConfirmOrder",
];
/// How often a step is tried.
fn tries_of(task: &str) -> u32 {
    let again = match task {
        "RequestPayment" | "OfferAnotherMethod" => Retry::WAITED_FOR,
        "HandToStore" => HAND_OVER,
        _ => Retry::OUTAGE,
    };
    1 + again.attempts()
}

impl Storm {
    /// Whether accidents met every try of one of these tasks of an order, or its party decided against it.
    pub(super) fn gave_up(&self, index: usize, tasks: &[&str]) -> bool {
        tasks.iter().any(|task| {
            let job = format!("order {}: {task}", index + 1);
            self.network.tries_hurt(&job) >= tries_of(task)
                || lock(&self.network.refused).contains(&job)
        })
    }

    /// O7: each alarm of an order that a person has before them is explained.
    pub(super) fn person_is_called_for(
        &mut self,
        index: usize,
        order: &Order,
        charges: &[&ChargeTruth],
    ) {
        if order.waiting_for != Some(WaitingFor::Person) {
            return;
        }
        let raised = rows::<Exception>(&self.outside.store).unwrap_or_default();
        let own = raised.iter().filter(|alarm| {
            alarm.subject_id == order.order_id.as_str() && alarm.state == ExceptionState::Open
        });
        let unexplained = own
            .filter(|alarm| !self.is_explained(index, order, (charges, alarm)))
            .map(|alarm| format!("{}: {}", alarm.kind, alarm.detail));
        for detail in unexplained.collect::<Vec<_>>() {
            let subject = self.auditor.subject_of(&order.order_id);
            let detail = format!("a person was called for nothing that happened: {detail}");
            self.auditor.found("O7", &subject, &detail);
        }
    }

    fn is_explained(
        &self,
        index: usize,
        order: &Order,
        (charges, alarm): (&[&ChargeTruth], &Exception),
    ) -> bool {
        match alarm.kind {
            ExceptionKind::UnexpectedFailure => self.gave_up(index, &TAKING),
            ExceptionKind::PaidUnconfirmed => {
                !self.is_taken_in_time(index, order) || self.gave_up(index, &TAKING)
            }
            ExceptionKind::NoDeliveryNews => {
                let mut history = order.status_history().iter();
                !history.any(|entry| entry.status.is_final() && entry.timestamp <= alarm.raised_at)
            }
            ExceptionKind::Chargeback => charges.iter().any(|truth| standing(truth).disputed),
            ExceptionKind::RefundDenied => {
                let mut refunds = charges.iter().flat_map(|truth| &truth.charge.refunds);
                let own = format!("order {}: ", index + 1);
                refunds.any(|refund| refund.status == RefundStatus::Cancelled)
                    || lock(&self.network.refused)
                        .iter()
                        .any(|job| job.starts_with(&own))
            }
            ExceptionKind::OrderWithoutExecution => false,
            _ => true,
        }
    }
}
