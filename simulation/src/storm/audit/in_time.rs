//! O7 by the clock: however an order goes on, it does so within its payment's time and its store's, as they are set.

use comanda_domain::{
    order::{Order, OrderStatus, WaitingFor},
    store::{DEFAULT_ANSWER, Minutes},
};
use jiff::SignedDuration;

use crate::{storm::Storm, world::lock};

/// What every step's retries, and the outages that they outlast, add to that.
const RETRIES: SignedDuration = SignedDuration::from_hours(12);
/// What an order that met with no accident adds to that: the time between its steps.
const STEPS: SignedDuration = SignedDuration::from_mins(5);

impl Storm {
    /// Whether it was decided, or put before a person, when its time was over. No rule is made of the timers here: the shorter one
    /// that is on ends the wait.
    pub(super) fn was_decided_in_time(&mut self, index: usize, order: &Order, subject: &str) {
        let Some(shop) = self.shop_of(index) else {
            return;
        };
        let timers = [
            shop.orders.auto_confirmation_timeout,
            shop.orders.refund_timeout,
        ];
        let on = timers.into_iter().filter(|timer| *timer > Minutes::ZERO);
        let answer = on.min().unwrap_or(DEFAULT_ANSWER);
        let minutes = i64::from(shop.store.payment_timeout.get()) + i64::from(answer.get());
        let is_hurt = lock(&self.network.hurt).contains_key(subject);
        let spare = if is_hurt { RETRIES } else { STEPS };
        let until = order.created_at + SignedDuration::from_mins(minutes) + spare;
        let mut history = order.status_history().iter();
        let decided = history.find(|entry| {
            entry.status != OrderStatus::Pending || entry.waiting_for == Some(WaitingFor::Person)
        });
        if decided.is_none_or(|entry| entry.timestamp > until) {
            let detail = "its payment's time and its store's were over long before it was decided";
            self.auditor.found("O7", subject, detail);
        }
    }
}
