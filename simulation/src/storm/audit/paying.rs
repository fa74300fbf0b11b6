//! N1 of money: whoever was to pay was told how, by the code or the page of the charge that is there to be paid.

use comanda_domain::order::{Order, OrderStatus};
use comanda_tasks::{ports::ChargeMethod, rows::NotificationState, testing::ChargeTruth};
use jiff::{SignedDuration, Timestamp};

use crate::{
    storm::{Storm, paying::way_to_pay},
    world::lock,
};

/// A charge that is overtaken or an order that is off so soon may be so before anything is said.
const SOON: SignedDuration = SignedDuration::from_mins(10);

impl Storm {
    /// Each charge of an order that was there for a while was told of; at once, where no accident met the order.
    pub(super) fn told_how_to_pay(
        &mut self,
        index: usize,
        order: &Order,
        charges: &[&ChargeTruth],
    ) {
        let subject = self.auditor.subject_of(&order.order_id);
        let given_up = self.gave_up_from(index, "RequestPayment");
        let untold = charges.iter().any(|truth| {
            let Some((from, until)) = self.payable((index, order), truth) else {
                return false;
            };
            if given_up.is_some_and(|tries| tries <= until) {
                return false;
            }
            let hurt = lock(&self.network.hurt);
            let mut hurt = hurt.get(&subject).into_iter().flatten();
            let hurt = hurt.any(|at| (from..=until).contains(at));
            let way = way_to_pay(truth);
            let sort = match truth.charge.method {
                ChargeMethod::Pix => "PAYMENT#PIX_CODE#",
                ChargeMethod::Card => "PAYMENT#CARD_LINK#",
            };
            let mut rows = self.auditor.notifications.values();
            let told = rows.any(|row| {
                row.subject_id == order.order_id.as_str()
                    && row.kind.starts_with(sort)
                    && row.text.contains(&way)
                    && (hurt || row.state != NotificationState::Overtaken)
            });
            !told && until.duration_since(from) > SOON
        });
        if untold {
            let detail = "its customer was never told how to pay a charge";
            self.auditor.found("N1", &subject, detail);
        }
    }

    /// From when until another charge took its place, something was paid, or the order was off.
    fn payable(
        &self,
        (index, order): (usize, &Order),
        truth: &ChargeTruth,
    ) -> Option<(Timestamp, Timestamp)> {
        let row = self.auditor.rows.get(&truth.charge.id)?;
        let rows = self.auditor.rows.values();
        let of_order = rows.filter(|other| other.order_id == order.order_id);
        // Our rows have it by the word of its end: one that was made after it is there already.
        let mut made_later = of_order
            .clone()
            .filter(|other| other.charge_id > row.charge_id);
        if made_later.any(|other| other.created_at <= row.created_at) {
            return None;
        }
        let others = of_order.filter(|other| other.created_at > row.created_at);
        let paid = self.lives.get(index).into_iter();
        let paid = paid.flat_map(|life| &life.paid);
        let off = order.status_history().iter();
        let off = off.filter(|entry| entry.status != OrderStatus::Pending);
        let ends = others
            .map(|other| other.created_at)
            .chain(paid.map(|(at, _, _)| *at))
            .chain(off.map(|entry| entry.timestamp));
        Some((row.created_at, ends.min().unwrap_or(Timestamp::MAX)))
    }
}
