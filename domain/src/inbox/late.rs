//! News that no step waits for: a repetition, something to note, or a new obligation.

use super::NewsKind;
use crate::{
    ids::ChargeId,
    money::Money,
    order::{Actor, Order, OrderStatus, PaymentStatus, WaitingFor},
    payment::RefundReason,
    planted::{Fault, planted},
};

/// What to do with a piece of news, given the order as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consequence {
    /// The order's workflow runs and will hear it: at once if a step waits for it, else when one does.
    Keep,
    /// The money has no food to pay for: it goes back.
    Refund {
        /// Of which charge.
        charge_id: ChargeId,
        /// How much came in; what is left of it goes back.
        amount: Money,
        /// Why.
        reason: RefundReason,
    },
    /// The store said yes to an order that is over: it is told so (O6).
    TellStoreLate,
    /// A report for `order-status`: the workflow of the order has ended or waits for a person.
    Report {
        /// What the order is to become.
        status: OrderStatus,
        /// Who says so. Why, in their words, stays in the news.
        by: Actor,
        /// The store's estimate.
        ready_in_minutes: Option<u32>,
    },
    /// The charge's row takes note, the refund's step or the payment status with it; the order's course is not changed.
    Record,
    /// Money moved in a way that no rule covers (a chargeback, say): noted, and a person is called.
    CallPerson,
    /// A repetition, or too late to matter.
    Nothing,
}

/// What follows from a piece of news. Asked again after the consequence was carried out, it asks for nothing more, or for
/// the same with the same key.
#[must_use]
pub fn consequence(order: &Order, news: &NewsKind) -> Consequence {
    let status = order.status();
    let waits_for_person = order.waiting_for == Some(WaitingFor::Person);
    let runs = status == OrderStatus::Pending && !waits_for_person;
    match news {
        NewsKind::Paid { charge_id, amount } => paid(order, charge_id, *amount, runs),
        NewsKind::PaymentFailed { .. }
        | NewsKind::ChargeDeleted { .. }
        | NewsKind::MethodChosen { .. } => {
            if runs && !order.payment_status().holds_money() {
                Consequence::Keep
            } else {
                Consequence::Nothing
            }
        }
        // Its money may be back before the store could be told.
        NewsKind::CancelRequested { by, .. } => {
            let said_before = order.became(OrderStatus::Cancelled).is_some();
            cancel(order, runs, (*by, said_before))
        }
        NewsKind::StoreRejected { .. } => {
            let said_before = status == OrderStatus::Cancelled;
            cancel(order, runs, (Actor::Restaurant, said_before))
        }
        NewsKind::StoreConfirmed { ready_in_minutes } => match status {
            OrderStatus::Cancelled | OrderStatus::Refunded => Consequence::TellStoreLate,
            OrderStatus::Pending if runs => Consequence::Keep,
            OrderStatus::Pending => Consequence::Report {
                status: OrderStatus::Confirmed,
                by: Actor::Restaurant,
                ready_in_minutes: *ready_in_minutes,
            },
            // Confirmed by this very word, and never handed over: the store may not have got it yet.
            OrderStatus::Confirmed if was_confirmed_unseen(order) => Consequence::Report {
                status: OrderStatus::Confirmed,
                by: Actor::Restaurant,
                ready_in_minutes: *ready_in_minutes,
            },
            _ => Consequence::Nothing,
        },
        // The waiting store step hears of lost money too; `next_signal` decides whether it does.
        NewsKind::Refunded { .. } if runs => Consequence::Keep,
        NewsKind::Refunded { .. }
        | NewsKind::RefundUnderWay { .. }
        | NewsKind::RefundDenied { .. } => Consequence::Record,
        // The money is here again, and there is no food for it.
        NewsKind::DisputeWon { .. } if status.is_closed() => Consequence::CallPerson,
        NewsKind::DisputeWon { .. } => Consequence::Record,
        NewsKind::ChargedBack { .. } if runs => Consequence::Keep,
        NewsKind::ChargedBack { .. } => Consequence::CallPerson,
    }
}

fn paid(order: &Order, charge_id: &ChargeId, amount: Money, runs: bool) -> Consequence {
    let refund = |reason| Consequence::Refund {
        charge_id: charge_id.clone(),
        amount,
        reason,
    };
    let is_its_charge = order.payment_id.as_ref() == Some(charge_id);
    let was_paid = order.payment_status().holds_money()
        || matches!(
            order.payment_status(),
            PaymentStatus::Refunded | PaymentStatus::Chargeback
        );
    let is_awaited = order.payment_method.is_online();
    match (was_paid, is_its_charge) {
        // Cards are reported twice: CONFIRMED, and RECEIVED a month later (F028). Replays come too (F027).
        (true, true) => Consequence::Nothing,
        (true, false) if planted(Fault::SecondPaymentIgnored) => Consequence::Nothing,
        (true, false) => refund(RefundReason::PaidTwice),
        (false, _) if order.status().is_closed() && planted(Fault::LateMoneyIgnored) => {
            Consequence::Nothing
        }
        (false, _) if order.status().is_closed() => refund(RefundReason::PaidLate),
        (false, _) if runs && is_awaited => Consequence::Keep,
        // A person looks at the order already, and must know that there is money now.
        (false, _) if order.status() == OrderStatus::Pending && is_awaited => {
            Consequence::CallPerson
        }
        // Paid at the door, and online as well.
        (false, _) => refund(RefundReason::PaidTwice),
    }
}

/// Whether its store said yes to it while a person had it, without having got it from its workflow.
fn was_confirmed_unseen(order: &Order) -> bool {
    let confirmed = order.became(OrderStatus::Confirmed);
    order.handed_over_at.is_none() && confirmed.is_some_and(|entry| entry.by == Actor::Restaurant)
}

/// A cancel of an order that is cancelled is reported again: its sender repeats itself because what followed from it (the
/// refund, the messages) did not get done, and each may be done again.
fn cancel(order: &Order, runs: bool, (by, said_before): (Actor, bool)) -> Consequence {
    let said_before = said_before && !planted(Fault::CancelSaidOnce);
    let is_too_late =
        order.status().is_final() && !said_before && !planted(Fault::CancelOverRefunded);
    if runs {
        Consequence::Keep
    } else if is_too_late {
        Consequence::Nothing
    } else {
        Consequence::Report {
            status: OrderStatus::Cancelled,
            by,
            ready_in_minutes: None,
        }
    }
}
