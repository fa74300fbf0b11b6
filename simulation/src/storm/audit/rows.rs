//! Every change of a row, as it happens.

use std::sync::Arc;

use comanda_domain::{
    checkout::Refusal,
    ids::OrderId,
    invariants::{booked_on_its_day, books_agree, charge_change, order_change, refund_change},
    ledger::LedgerEntry,
    order::Order,
    payment::{Charge, RefundIntent, RefundState},
    tables::{self, Row},
};
use comanda_tasks::{
    ports::StoredRow,
    rows::{CheckoutRow, ConversationRow, NotificationRow},
};

use super::Auditor;
use crate::{people, storm::store::RowChange};

impl Auditor {
    /// Looks at rows that changed: each by itself, and then the rows of each order that they are of against each other.
    pub fn rows(&mut self, changes: Vec<RowChange>) {
        self.each_row(changes);
        for id in std::mem::take(&mut self.touched) {
            self.books(&id);
        }
    }

    fn books(&mut self, id: &OrderId) {
        let Some(order) = self.orders.get(id) else {
            return;
        };
        let charges = self.rows.values().filter(|charge| charge.order_id == *id);
        let charges: Vec<Charge> = charges.cloned().collect();
        let intents = self
            .intents
            .values()
            .filter(|intent| intent.order_id == *id);
        let intents: Vec<RefundIntent> = intents.cloned().collect();
        let own = charges
            .iter()
            .filter_map(|charge| self.entries.get(&charge.charge_id));
        let entries: Vec<LedgerEntry> = own.flatten().cloned().collect();
        let breaches = books_agree(order, (&charges, &intents, &entries));
        let subject = self.subject_of(id);
        self.breaches(&subject, breaches);
    }

    fn each_row(&mut self, changes: Vec<RowChange>) {
        for change in changes {
            self.breaches("a customer", people::changed(&change));
            let Some(after) = &change.after else {
                self.found("L1", change.table.name, "a row was deleted");
                continue;
            };
            let table = change.table.name;
            if table == tables::ORDERS.name {
                self.read(after, Self::order_row);
            } else if table == tables::CHECKOUTS.name {
                self.read(after, Self::checkout_row);
            } else if table == tables::PAYMENTS.name {
                self.read(after, Self::charge_row);
            } else if table == tables::REFUNDS.name {
                self.read(after, Self::intent_row);
            } else if table == tables::LEDGER.name {
                self.read(after, Self::ledger_row);
            } else if table == tables::NOTIFICATIONS.name {
                self.read(after, |own, row: NotificationRow| {
                    let key = (row.subject_id.clone(), row.kind.clone());
                    own.notifications.insert(key, row);
                });
            } else if table == tables::CONVERSATIONS.name {
                self.read(after, |own, talk: ConversationRow| {
                    let both = [talk.channel_address, talk.own_address];
                    let both = both.map(|address| address.as_str().to_owned());
                    own.last_inbound.insert(both.into(), talk.last_inbound_at);
                });
            }
        }
    }

    fn read<R: Row>(&mut self, row: &Arc<StoredRow>, then: impl FnOnce(&mut Self, R)) {
        match row.clone().into_value() {
            Ok(row) => then(self, row),
            Err(error) => self.found("T2", R::TABLE.name, &error.to_string()),
        }
    }

    /// The checkout ids are the world's own: `checkout-3` is the fourth customer's.
    fn checkout_row(&mut self, row: CheckoutRow) {
        let number = row
            .checkout_id
            .as_str()
            .rsplit('-')
            .next()
            .and_then(|number| number.parse().ok());
        let Some(index) = number else { return };
        let other = self
            .checkouts
            .iter()
            .find(|(id, of)| **of == index && **id != row.order_id);
        if other.is_some() {
            self.found(
                "O1",
                &format!("order {}", index + 1),
                "one checkout became two orders",
            );
        }
        // That it was our fault is for the accidents to explain.
        let refusal = row.refused_for().ok().flatten();
        if refusal.is_some_and(|refusal| refusal != Refusal::NotRegistered) {
            self.refusals.insert(row.order_id.clone());
        }
        self.checkouts.insert(row.order_id, index);
    }

    fn order_row(&mut self, after: Order) {
        let before = self.orders.remove(&after.order_id);
        let subject = self.subject_of(&after.order_id);
        self.breaches(&subject, order_change(before.as_ref(), &after));
        if let Some(index) = self.checkout_of(&after.order_id) {
            let was = before
                .as_ref()
                .map(|before| (before.status(), before.payment_status(), before.waiting_for));
            let is = (after.status(), after.payment_status(), after.waiting_for);
            if was != Some(is) {
                let waits = after
                    .waiting_for
                    .map_or_else(String::new, |who| format!(", waiting for {}", who.as_str()));
                let words = format!("it is {}, payment {}{waits}", is.0, is.1);
                self.changed.push((index, after.status(), words));
            }
        } else {
            self.found("O1", &subject, "an order came from no checkout");
        }
        let number = (after.store_id.as_str().to_owned(), after.order_number);
        let other = self.numbers.insert(number, after.order_id.clone());
        if other.is_some_and(|other| other != after.order_id) {
            self.found("O1", &subject, "two orders of a store have one number");
        }
        self.touched.insert(after.order_id.clone());
        self.orders.insert(after.order_id.clone(), after);
    }

    /// The order and the charge are written before what is owed of them.
    fn intent_row(&mut self, after: RefundIntent) {
        let subject = self.subject_of(&after.order_id);
        let key = (after.charge_id.clone(), after.intent_id.as_str().to_owned());
        let before = self.intents.remove(&key);
        let others = self.intents.values();
        let others = others.filter(|other| other.charge_id == after.charge_id);
        let others: Vec<&RefundIntent> = others.collect();
        let of = (
            self.orders.get(&after.order_id),
            self.rows.get(&after.charge_id),
        );
        let breaches = refund_change((before.as_ref(), &after), of, &others);
        self.breaches(&subject, breaches);
        if after.state == RefundState::Blocked {
            let shown = self.shown_blocked.entry(after.charge_id.clone());
            shown.or_insert(after.updated_at);
        }
        self.touched.insert(after.order_id.clone());
        self.intents.insert(key, after);
    }

    fn ledger_row(&mut self, entry: LedgerEntry) {
        self.breaches("the ledger", booked_on_its_day(&entry));
        self.touched.extend(entry.order_id.clone());
        let entries = self.entries.entry(entry.charge_id.clone()).or_default();
        entries.retain(|other| other.entry_id != entry.entry_id);
        entries.push(entry);
    }

    fn charge_row(&mut self, after: Charge) {
        let before = self.rows.remove(&after.charge_id);
        let subject = self.subject_of(&after.order_id);
        self.breaches(&subject, charge_change(before.as_ref(), &after));
        self.touched.insert(after.order_id.clone());
        self.rows.insert(after.charge_id.clone(), after);
    }
}
