//! Sweeps are the second net, and mend so much that they would hide what the first one lets through. So two things are
//! asked of the first net alone: that orders which met with no accident come right before anything is swept, and that no
//! sweep ever finds what we had said we took.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    inbox::{News, NewsKind},
    order::{Order, OrderStatus},
    tables::INBOX,
};
use jiff::SignedDuration;

use crate::{storm::Storm, world::lock};

/// From the answer to an event until what it tells is in our rows: calls may be slow.
const FOLLOWED_WITHIN: SignedDuration = SignedDuration::from_mins(4);

/// Whether somebody must do something about it. How far a refund is, is for whoever asked for it and may have gone; how an order is
/// to be paid is nothing when it is not to be paid any more.
fn obliges(news: &NewsKind, order: &Order) -> bool {
    if matches!(news, NewsKind::MethodChosen { .. }) {
        return order.status() == OrderStatus::Pending;
    }
    !matches!(
        news,
        NewsKind::Refunded { .. }
            | NewsKind::RefundUnderWay { .. }
            | NewsKind::RefundDenied { .. }
            | NewsKind::ChargeDeleted { .. }
    )
}

impl Storm {
    /// Before the first sweep, when nothing else is left to happen.
    pub(in crate::storm) fn audit_first_net(&mut self) {
        let charges = self.outside.provider.charges();
        let orders: Vec<Order> = self.auditor.orders.values().cloned().collect();
        let known = self.auditor.violations.len();
        for order in &orders {
            let whose = self.auditor.subject_of(&order.order_id);
            if !lock(&self.network.hurt).contains_key(&whose) {
                self.order_ended(order, &charges);
            }
        }
        let mut found = self.auditor.violations.split_off(known);
        // A charge that nobody wants any more may stay payable until the next sweep (RELIABILITY P5).
        found.retain(|violation| violation.invariant != "P5");
        for violation in &mut found {
            violation
                .detail
                .push_str(", without an accident and before any sweep");
        }
        self.auditor.violations.append(&mut found);
    }

    /// W5: whatever an order was told was heard by a step, or followed by whoever brought it. A payment that is booked already is
    /// nothing new: a try that was given up for slow may keep it when all is over.
    pub(super) fn news_was_heard(&mut self, order: &Order, subject: &str) {
        let mut unheard = Vec::new();
        for row in self.outside.store.shared_rows(&INBOX) {
            if let Ok(news) = row.read::<News>()
                && news.order_id == order.order_id
                && news.acknowledged_at.is_none()
                && obliges(&news.news, order)
                && !self.is_booked(&news.news)
            {
                unheard.push(format!("news {} was never heard", news.news_id));
            }
        }
        for detail in unheard {
            self.auditor.found("W5", subject, &detail);
        }
    }

    fn is_booked(&self, news: &NewsKind) -> bool {
        let NewsKind::Paid { charge_id, amount } = news else {
            return false;
        };
        let row = self.auditor.rows.get(charge_id);
        row.is_some_and(|row| row.evidence.captured >= *amount)
    }

    /// P3: an event that was answered with 200 is stored, and what it tells is followed, long before a sweep reads the same
    /// at the provider.
    pub(in crate::storm) fn taken_news_was_followed(&mut self, raised: &[Exception]) {
        for missed in raised {
            let late = self
                .asaas
                .taken_at(&missed.subject_id)
                .is_some_and(|taken| missed.raised_at.duration_since(taken) > FOLLOWED_WITHIN);
            if missed.kind == ExceptionKind::MissedNews && late {
                let detail = "its event was answered with 200, and a sweep had to find it";
                self.auditor.found("P3", &missed.subject_id, detail);
            }
        }
    }
}
