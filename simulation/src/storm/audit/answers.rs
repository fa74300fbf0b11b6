//! What customers were answered when they ordered, against what came of it.

use comanda_domain::ids::OrderId;

use crate::storm::Storm;

/// How often `order-lifecycle` tries to accept an order.
const ACCEPT_TRIES: u32 = 9;

impl Storm {
    /// L1: an order whose customer was answered "taken" exists, or was refused with a reason.
    pub(super) fn answered_orders_exist(&mut self) {
        for index in 0..self.lives.len() {
            let answered = self
                .lives
                .get(index)
                .and_then(|life| life.answered.first().cloned());
            let Some(id) = answered else { continue };
            if self.auditor.orders.contains_key(&id) {
                continue;
            }
            let job = format!("order {}: AcceptOrder", index + 1);
            if self.is_refused(&id)
                && !self.auditor.refusals.contains(&id)
                && self.tries.given_up(&job, ACCEPT_TRIES).is_none()
            {
                let detail = "it was refused for no reason";
                self.auditor
                    .found("L1", &format!("order {}", index + 1), detail);
            } else if !self.is_refused(&id) {
                self.auditor.found(
                    "L1",
                    &format!("order {}", index + 1),
                    "its customer was told that it is taken, and there is none",
                );
            }
        }
    }

    pub(super) fn is_refused(&self, id: &OrderId) -> bool {
        let key = (id.as_str().to_owned(), "REFUSAL".to_owned());
        self.auditor.notifications.contains_key(&key)
    }
}
