//! The one way to change an order.

use super::{
    HistoryEntry, IllegalPaymentChange, IllegalTransition, Order, OrderEvent, OrderStatus,
    PaymentStatus, Reason, TaskToken, Wait, WaitKind,
};
use jiff::Timestamp;

/// More changes than any order's life has; what goes on and on is a fault that a person must see. Keeps the row far
/// below DynamoDB's 400 KB (F022).
pub const HISTORY_LIMIT: usize = 200;

/// Why an order was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The status does not allow it.
    #[error(transparent)]
    Status(#[from] IllegalTransition),
    /// The payment status does not allow it.
    #[error(transparent)]
    Payment(#[from] IllegalPaymentChange),
    /// The order has changed [`HISTORY_LIMIT`] times.
    #[error("the order has changed {HISTORY_LIMIT} times; a person must look at it")]
    TooManyChanges,
}

impl Order {
    /// The next version: what `change` does to it, then one history entry saying who, when and why.
    ///
    /// `change` may move the status ([`Order::move_to`]), the money ([`Order::set_payment_status`]) and any open field; if
    /// it refuses, nothing changed. Write the result under the condition that the row still has the version before.
    pub fn apply(
        &self,
        reason: Reason,
        change: impl FnOnce(&mut Self) -> Result<(), ChangeError>,
    ) -> Result<Self, ChangeError> {
        if self.status_history.len() >= HISTORY_LIMIT {
            return Err(ChangeError::TooManyChanges);
        }
        let mut next = self.clone();
        change(&mut next)?;
        next.version = self.version + 1;
        next.updated_at = reason.at;
        next.status_history.push(HistoryEntry {
            version: next.version,
            status: next.status,
            payment_status: next.payment_status,
            waiting_for: next.waiting_for,
            timestamp: reason.at,
            by: reason.by,
            notes: reason.notes,
        });
        Ok(next)
    }

    /// Moves the status by the table, inside an [`Order::apply`].
    pub fn move_to(&mut self, event: OrderEvent) -> Result<(), ChangeError> {
        self.status = self.status.after(event)?;
        if event == OrderEvent::ChargeBack {
            self.payment_status = self.payment_status.changed_to(PaymentStatus::Chargeback)?;
        }
        if self.status == OrderStatus::Confirmed {
            self.confirmation_timeout = None;
            self.refund_timeout = None;
        }
        Ok(())
    }

    /// Moves our view of the money, inside an [`Order::apply`].
    pub fn set_payment_status(&mut self, next: PaymentStatus) -> Result<(), ChangeError> {
        self.payment_status = self.payment_status.changed_to(next)?;
        Ok(())
    }

    /// Registers the step that waits, inside an [`Order::apply`]. A token registered before is replaced.
    pub fn register_wait(&mut self, kind: WaitKind, token: TaskToken, deadline: Timestamp) {
        self.waiting_for = Some(kind.waiting_for());
        self.wait = Some(Wait {
            kind,
            token,
            deadline,
        });
    }

    /// Whether exactly this step is registered already: a call that is repeated registers nothing, so that what follows from
    /// the version (a message's name on the store's queue) is the same again.
    #[must_use]
    pub fn waits_with(&self, kind: &WaitKind, token: &TaskToken) -> bool {
        let wait = self.wait.as_ref();
        wait.is_some_and(|wait| wait.kind == *kind && wait.token == *token)
    }

    /// The step no longer waits, inside an [`Order::apply`].
    pub fn clear_wait(&mut self) {
        self.waiting_for = None;
        self.wait = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Actor, OrderEvent as E, OrderStatus, PaymentStatus, WaitKind, WaitingFor};
    use super::*;
    use crate::order::tests::{NOON, an_order};

    fn reason(notes: &str) -> Reason {
        Reason::new(Actor::Restaurant, NOON.parse().expect("an instant"), notes)
    }

    #[test]
    fn each_change_is_one_version_and_one_entry() {
        let mut order = an_order();
        for event in [
            E::Confirm,
            E::Prepare,
            E::MakeReady,
            E::Dispatch,
            E::Deliver,
            E::Complete,
        ] {
            order = order
                .apply(reason("segue"), |order| order.move_to(event))
                .expect("legal");
            let last = order.status_history().last().expect("an entry");
            assert_eq!(order.status_history().len() as u64, order.version());
            assert_eq!(
                (last.version, last.status),
                (order.version(), order.status())
            );
        }
        assert_eq!(
            (order.status(), order.version()),
            (OrderStatus::Completed, 7)
        );
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let order = an_order();
        let refused = order.apply(reason("cedo demais"), |order| {
            order.delivery_time = None;
            order.move_to(E::Deliver)
        });
        let expected = IllegalTransition {
            status: OrderStatus::Pending,
            event: E::Deliver,
        };
        assert_eq!(refused, Err(ChangeError::Status(expected)));
        assert_eq!(order, an_order());
    }

    #[test]
    fn waits_are_registered_replaced_and_gone() {
        let deadline: Timestamp = NOON.parse().expect("an instant");
        let register = |token: &'static str| {
            move |order: &mut Order| {
                order.register_wait(WaitKind::Store, TaskToken::new(token), deadline);
                Ok(())
            }
        };
        let first = an_order()
            .apply(reason("espera"), register("one"))
            .expect("legal");
        let second = first
            .apply(reason("espera"), register("two"))
            .expect("legal");
        let wait = second.wait.as_ref().expect("a wait");
        assert_eq!(wait.token.expose(), "two");
        assert_eq!(second.waiting_for, Some(WaitingFor::Store));
        let cancelled = second.apply(reason("cancelado"), |order| {
            order.clear_wait();
            order.move_to(E::Cancel)
        });
        let cancelled = cancelled.expect("legal");
        assert_eq!((cancelled.wait, cancelled.waiting_for), (None, None));
    }

    #[test]
    fn a_chargeback_shows_in_the_money_and_keeps_the_status() {
        let order = an_order().apply(reason("contestado"), |order| order.move_to(E::ChargeBack));
        let order = order.expect("legal");
        assert_eq!(order.status(), OrderStatus::Pending);
        assert_eq!(order.payment_status(), PaymentStatus::Chargeback);
    }

    #[test]
    fn history_has_a_limit() {
        let mut order = an_order();
        let end = loop {
            match order.apply(reason("de novo"), |_| Ok(())) {
                Ok(next) => order = next,
                Err(error) => break error,
            }
        };
        assert_eq!(end, ChangeError::TooManyChanges);
        assert_eq!(order.status_history().len(), HISTORY_LIMIT);
    }

    /// O2 and O8 for every walk of up to six events, legal or not: versions count changes, the history grows and never
    /// changes, and what ended leaves its end only for completion or money.
    #[test]
    fn every_short_life_keeps_the_invariants() {
        let mut lives = vec![an_order()];
        let mut walked = 0;
        for _ in 0..6 {
            let mut next_lives = Vec::new();
            for order in &lives {
                for event in E::ALL {
                    let next = order.apply(reason("passo"), |order| order.move_to(event));
                    walked += 1;
                    let Ok(next) = next else { continue };
                    assert_eq!(next.version(), order.version() + 1);
                    assert_eq!(next.status_history().len() as u64, next.version());
                    assert!(next.status_history().starts_with(order.status_history()));
                    let last = next.status_history().last().expect("an entry");
                    assert_eq!((last.version, last.status), (next.version(), next.status()));
                    if order.status().is_final() && next.status() != order.status() {
                        assert!(matches!(event, E::Refund | E::Complete), "{event:?}");
                    }
                    next_lives.push(next);
                }
            }
            lives = next_lives;
        }
        assert!(walked > 1_000, "{walked} steps");
    }
}
