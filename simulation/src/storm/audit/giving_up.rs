//! When an order may be given up, or be before a person: only for what this life explains.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    order::Order,
};
use comanda_dsl::Retry;
use comanda_tasks::{
    ports::{ChargeStatus, RefundStatus},
    testing::ChargeTruth,
};
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
/// The steps of a refund.
const REFUNDING: [&str; 3] = ["RequestRefund", "SettleRefund", "RecordRefund"];

/// How often a step is tried.
fn tries_of(task: &str) -> u32 {
    let again = match task {
        "RequestPayment" | "OfferAnotherMethod" => Retry::WAITED_FOR,
        "HandToStore" => HAND_OVER,
        "RequestRefund" | "SettleRefund" | "RecordRefund" => Retry::PATIENT,
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

    /// O7: each alarm that a person has of an order is explained.
    pub(super) fn person_is_called_for(
        &mut self,
        index: usize,
        order: &Order,
        charges: &[&ChargeTruth],
    ) {
        let raised = rows::<Exception>(&self.outside.store).unwrap_or_default();
        let own = raised.iter().filter(|alarm| {
            alarm.order_id.as_ref() == Some(&order.order_id) && alarm.state == ExceptionState::Open
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
        let mut own = charges
            .iter()
            .filter(|truth| truth.charge.id.as_str() == alarm.subject_id);
        let life = self.lives.get(index);
        match alarm.kind {
            ExceptionKind::UnexpectedFailure => self.gave_up(index, &TAKING),
            ExceptionKind::PaidUnconfirmed => {
                !self.is_taken_in_time(index, order) || self.gave_up(index, &TAKING)
            }
            ExceptionKind::NoDeliveryNews => {
                let mut history = order.status_history().iter();
                !history.any(|entry| entry.status.is_final() && entry.timestamp <= alarm.raised_at)
            }
            ExceptionKind::Chargeback => own.any(|truth| standing(truth).disputed),
            ExceptionKind::AmountMismatch => own.any(|truth| truth.captured != order.total),
            // What the provider keeps of each payment leaves an account short.
            ExceptionKind::RefundBlocked => self.network.weather.keeps_fees,
            ExceptionKind::RefundFailed => {
                self.network.weather.keeps_fees
                    || life.is_some_and(|life| life.waits_for_refund)
                    || self.gave_up(index, &REFUNDING)
            }
            ExceptionKind::RefundDenied => {
                let mut refunds = charges.iter().flat_map(|truth| &truth.charge.refunds);
                let own = format!("order {}: ", index + 1);
                refunds.any(|refund| refund.status == RefundStatus::Cancelled)
                    || lock(&self.network.refused)
                        .iter()
                        .any(|job| job.starts_with(&own))
            }
            // No account in these worlds has its refunds authorised by a person.
            ExceptionKind::RefundToAuthorise => false,
            // Their time was long over when nobody worked on them any more: nothing in a life explains it.
            ExceptionKind::OrderWithoutExecution
            | ExceptionKind::WaitOverdue
            | ExceptionKind::InvariantBroken => false,
            // Money that the payer's bank held may go back by itself, and nobody refunds in the provider's panel.
            ExceptionKind::PartialRefund => {
                let mut asked = self.auditor.intents.keys();
                let asked = asked.any(|(charge, _)| charge.as_str() == alarm.subject_id);
                !asked && own.any(|truth| truth.charge.status == ChargeStatus::Refunded)
            }
            // They call nobody to an order: each has an auditor of its own.
            ExceptionKind::MissedNews
            | ExceptionKind::OrphanMoney
            | ExceptionKind::LedgerDifference
            | ExceptionKind::SweepIncomplete
            | ExceptionKind::MessageFailed
            | ExceptionKind::CustomerUnacknowledged => true,
        }
    }
}
