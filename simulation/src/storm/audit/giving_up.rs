//! When an order may be given up, or be before a person: only for what this life explains.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    order::Order,
    payment::RefundIntent,
};
use comanda_dsl::Retry;
use comanda_tasks::{
    ports::{ChargeStatus, RefundStatus},
    testing::ChargeTruth,
};
use comanda_workflows::{order_lifecycle::HAND_OVER, refund::SHORTEST_SECONDS};
use jiff::{SignedDuration, Timestamp};

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
/// The steps that a person is called for when they fail.
const LAST_RESORTS: [&str; 4] = ["SettleStore", "ConfirmOrder", "CloseOrder", "RecordRefund"];

/// How often a step is tried.
fn tries_of(task: &str) -> u32 {
    let again = match task {
        "RequestPayment" | "OfferAnotherMethod" => Retry::WAITED_FOR,
        "HandToStore" => HAND_OVER,
        "CloseOrder" | "RecordRefund" => Retry::PATIENT,
        _ => Retry::OUTAGE,
    };
    1 + again.attempts()
}

impl Storm {
    /// Whether by then accidents had met every try of one of these tasks of an order, one after the other, or its party had decided
    /// against it.
    pub(super) fn gave_up(&self, index: usize, tasks: &[&str], by: Timestamp) -> bool {
        tasks.iter().any(|task| {
            let job = format!("order {}: {task}", index + 1);
            let given_up = self.tries.given_up(&job, tries_of(task));
            given_up.is_some_and(|tries| tries.until <= by) || self.was_refused(&job, by)
        })
    }

    /// When the first try began of those by which a task of an order was given up, or it was refused.
    pub(super) fn gave_up_from(&self, index: usize, task: &str) -> Option<Timestamp> {
        let job = format!("order {}: {task}", index + 1);
        let given_up = self.tries.given_up(&job, tries_of(task));
        let refused = lock(&self.network.refused).get(&job).copied();
        given_up
            .map(|tries| tries.from)
            .into_iter()
            .chain(refused)
            .min()
    }

    fn was_refused(&self, job: &str, by: Timestamp) -> bool {
        lock(&self.network.refused)
            .get(job)
            .is_some_and(|at| *at <= by)
    }

    /// O7: each alarm of an order is explained, whether a person has it still or had it.
    pub(super) fn person_is_called_for(
        &mut self,
        index: usize,
        order: &Order,
        charges: &[&ChargeTruth],
    ) {
        let raised = rows::<Exception>(&self.outside.store).unwrap_or_default();
        let own = raised.iter().filter(|alarm| {
            let is_seen = alarm.state != ExceptionState::Healed;
            is_seen && alarm.order_id.as_ref() == Some(&order.order_id)
        });
        let unexplained = own
            .filter(|alarm| !self.is_explained(index, order, (charges, alarm)))
            .map(|alarm| format!("{} {:?}: {}", alarm.kind, alarm.state, alarm.detail));
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
        let by = alarm.raised_at;
        match alarm.kind {
            ExceptionKind::UnexpectedFailure => self.gave_up(index, &LAST_RESORTS, by),
            ExceptionKind::PaidUnconfirmed => self.is_a_persons(index, (order, by)),
            ExceptionKind::NoDeliveryNews => {
                let mut history = order.status_history().iter();
                !history.any(|entry| entry.status.is_final() && entry.timestamp <= by)
            }
            ExceptionKind::Chargeback => own.any(|truth| standing(truth).disputed),
            ExceptionKind::AmountMismatch => own.any(|truth| truth.captured != order.total),
            ExceptionKind::RefundBlocked => self
                .owed_by(charges, alarm)
                .any(|truth| self.was_short(truth, alarm)),
            ExceptionKind::RefundFailed => self
                .owed_by(charges, alarm)
                .any(|truth| self.took_long(index, truth, by)),
            ExceptionKind::RefundDenied => {
                let asked = format!("order {}: RequestRefund", index + 1);
                self.owed_by(charges, alarm).any(was_denied) || self.was_refused(&asked, by)
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

    /// The charges that are to go back, of those that an alarm may be about.
    fn owed_by<'a>(
        &self,
        charges: &[&'a ChargeTruth],
        alarm: &Exception,
    ) -> impl Iterator<Item = &'a ChargeTruth> {
        charges.iter().copied().filter(|truth| {
            let mut intents = self.auditor.intents.values();
            intents.any(|intent| {
                intent.charge_id == truth.charge.id
                    && alarm.amount.is_none_or(|amount| amount == intent.amount)
            })
        })
    }

    /// Whether the provider had taken a refund on and was still at it when its workflow had used up all its time.
    fn took_long(&self, index: usize, truth: &ChargeTruth, by: Timestamp) -> bool {
        let of_charge = |intent: &&RefundIntent| intent.charge_id == truth.charge.id;
        let intents = self.auditor.intents.values().filter(of_charge);
        let since = intents.map(|intent| intent.created_at).min();
        let shortest = SignedDuration::from_secs(i64::from(SHORTEST_SECONDS));
        let is_late = since.is_some_and(|since| by.duration_since(since) >= shortest);
        let refunds = self.lives.get(index).map(|life| &life.refunds);
        let mut refunds = refunds.into_iter().flatten();
        let under_way = refunds.any(|refund| {
            refund.charge == truth.charge.id
                && refund.asked_at <= by
                && refund.ended_at.is_none_or(|ended| ended > by)
        });
        is_late && under_way
    }

    /// Whether the provider had refused, for want of balance, to give this charge back. When the books have been swept that is over
    /// for whatever went back since, or could.
    fn was_short(&self, truth: &ChargeTruth, alarm: &Exception) -> bool {
        let provider = &self.outside.provider;
        let mut short = provider.shortages().into_iter();
        let was_short =
            short.any(|short| short.charge == truth.charge.id && short.at <= alarm.raised_at);
        let is_over = alarm.state == ExceptionState::Open
            && !self.sweeps.none_yet()
            && alarm.amount.is_some_and(|amount| {
                truth.promised_back() >= truth.captured || provider.covers(&truth.charge.id, amount)
            });
        was_short && !is_over
    }
}

/// Whether the provider took a refund back, or the payer's bank has the case.
fn was_denied(truth: &ChargeTruth) -> bool {
    let mut refunds = truth.charge.refunds.iter();
    refunds.any(|refund| refund.status == RefundStatus::Cancelled)
}
