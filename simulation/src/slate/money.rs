//! Money: at the provider, in our rows, and in the ledger.

use std::sync::Arc;

use comanda_domain::{
    invariants::{Breach, Standing, books_agree, money_at_rest, money_now},
    ledger::LedgerEntry,
    money::Money,
    order::{Order, PaymentStatus},
    payment::{Charge, RefundIntent},
};
use comanda_tasks::ports::RefundStatus;

use super::{Slate, breach, standing};

fn owned<'a, R: Clone + 'a>(rows: impl IntoIterator<Item = &'a Arc<R>>) -> Vec<R> {
    rows.into_iter().map(|row| R::clone(row)).collect()
}

impl Slate<'_> {
    /// R1 to R4, P4 to P6 and O2: at every moment.
    pub(super) fn money_now(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let entries: Vec<LedgerEntry> = owned(&self.entries);
        for order in &self.orders {
            let standings: Vec<Standing> = self.of_order(&order.order_id).map(standing).collect();
            breaches.extend(money_now(&standings));
            let (charges, intents) = self.own(order);
            let found = books_agree(order, (&charges, &intents, &entries));
            // Money that a person has before them is explained.
            let explained =
                |found: &Breach| found.invariant == "P4" && self.has_alarm_of_money(order);
            breaches.extend(found.into_iter().filter(|found| !explained(found)));
        }
        breaches.extend(self.refunds_are_intended());
        breaches
    }

    /// R4: whatever was asked of the provider was written down first, in that amount.
    fn refunds_are_intended(&self) -> Vec<Breach> {
        let asked = self.truths.iter().flat_map(|truth| {
            let refunds = truth.charge.refunds.iter();
            refunds.map(move |refund| (&truth.charge.id, refund.amount))
        });
        let unintended = asked.filter(|(charge, amount)| {
            !self
                .intents
                .iter()
                .any(|intent| intent.charge_id == **charge && intent.amount == *amount)
        });
        unintended
            .map(|(charge, _)| breach("R4", format!("nothing says why {charge} goes back")))
            .collect()
    }

    /// P3 to P6 and R5: when nothing is left to happen.
    pub(super) fn money_at_rest(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for order in &self.orders {
            let standings: Vec<Standing> = self.of_order(&order.order_id).map(standing).collect();
            let (charges, intents) = self.own(order);
            let found = money_at_rest(order, (&standings, &charges, &intents));
            // Money that a person has before them is explained; books that are wrong are not.
            let is_seen = self.has_alarm_of_money(order);
            let explained = |found: &Breach| is_seen && found.invariant == "P4";
            breaches.extend(found.into_iter().filter(|found| !explained(found)));
            breaches.extend(self.refunded_is_true(order));
        }
        breaches.extend(self.nobodys_money());
        breaches
    }

    /// R5: REFUNDED is what the provider says, and nothing is under way for ever.
    fn refunded_is_true(&self, order: &Order) -> Option<Breach> {
        let truths: Vec<_> = self.of_order(&order.order_id).collect();
        let kept = truths
            .iter()
            .any(|truth| truth.refunded < truth.captured && !standing(truth).disputed);
        if order.payment_status() == PaymentStatus::Refunded && kept {
            return Some(breach("R5", "it says REFUNDED, and not all went back"));
        }
        let refunds = truths.iter().flat_map(|truth| &truth.charge.refunds);
        let pending = refunds
            .into_iter()
            .any(|refund| refund.status == RefundStatus::Pending);
        (pending && !self.has_alarm_of_money(order))
            .then(|| breach("R5", "a refund is under way for ever"))
    }

    /// P5: a charge of an order that never came to be can neither be paid nor hold money unseen.
    fn nobodys_money(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for truth in &self.truths {
            let reference = truth.charge.external_reference.as_deref();
            let known = self
                .orders
                .iter()
                .any(|order| Some(order.order_id.as_str()) == reference);
            let kept = truth.captured > truth.refunded;
            let id = truth.charge.id.as_str();
            if !known && (standing(truth).open || kept && !self.is_alarmed(id)) {
                breaches.push(breach("P5", format!("{id} is nobody's")));
            }
        }
        breaches
    }

    fn own(&self, order: &Order) -> (Vec<Charge>, Vec<RefundIntent>) {
        let charges = self.charges.iter();
        let charges = charges.filter(|charge| charge.order_id == order.order_id);
        let intents = self.intents.iter();
        let intents = intents.filter(|intent| intent.order_id == order.order_id);
        (owned(charges), owned(intents))
    }

    /// What the provider has of an order's money.
    #[must_use]
    pub fn captured(&self, order: &Order) -> Money {
        self.of_order(&order.order_id)
            .fold(Money::ZERO, |sum, truth| {
                sum.checked_add(truth.captured).unwrap_or(sum)
            })
    }
}
