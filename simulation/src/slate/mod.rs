//! The clean slate: what must hold of a whole world, whatever way it came about (RELIABILITY §1). The standard tests ask
//! at the end of every story, the exploration at every state.
//!
//! It compares three things: our rows, the parties' truth, and the executions. It reads and changes nothing.

mod messages;
mod money;

use std::{collections::BTreeSet, sync::Arc};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::OrderId,
    invariants::{Breach, Standing, order_at_rest},
    ledger::LedgerEntry,
    order::{Order, OrderStatus, WaitingFor},
    payment::{Charge, RefundIntent},
    tables::{self, Row, Table},
};
use comanda_engine::{Status, virtual_time::VirtualTime};
use comanda_tasks::{
    ports::{ChargeStatus, RefundStatus},
    rows::NotificationRow,
    testing::{ChargeTruth, World},
};

/// A world, read once.
pub struct Slate<'a> {
    outside: &'a World,
    /// The orders, as their rows stand.
    pub orders: Vec<Arc<Order>>,
    charges: Vec<Arc<Charge>>,
    intents: Vec<Arc<RefundIntent>>,
    entries: Vec<Arc<LedgerEntry>>,
    exceptions: Vec<Arc<Exception>>,
    notifications: Vec<Arc<NotificationRow>>,
    /// The provider's truth.
    pub truths: Vec<ChargeTruth>,
    unreadable: Vec<Breach>,
}

impl<'a> Slate<'a> {
    /// Reads a world.
    #[must_use]
    pub fn of(outside: &'a World) -> Self {
        let mut unreadable = Vec::new();
        Self {
            orders: read(outside, &mut unreadable),
            charges: read(outside, &mut unreadable),
            intents: read(outside, &mut unreadable),
            entries: read(outside, &mut unreadable),
            exceptions: read(outside, &mut unreadable),
            notifications: read(outside, &mut unreadable),
            truths: outside.provider.charges(),
            outside,
            unreadable,
        }
    }

    /// What may never be, not even for a moment.
    #[must_use]
    pub fn now(&self) -> Vec<Breach> {
        let mut breaches = self.unreadable.clone();
        breaches.extend(self.rows_are_the_tenants());
        breaches.extend(self.money_now());
        breaches.extend(self.told_once());
        breaches.extend(self.store_knows_only_paid());
        breaches
    }

    /// What must hold when nothing is left to happen.
    #[must_use]
    pub fn at_rest(&self, time: &VirtualTime) -> Vec<Breach> {
        let mut breaches = self.now();
        breaches.extend(self.executions_ended(time));
        for order in &self.orders {
            if !self.is_seen(order) {
                breaches.extend(order_at_rest(order));
            }
            breaches.extend(self.store_knows(order));
        }
        breaches.extend(self.money_at_rest());
        breaches.extend(self.nothing_is_unsaid());
        breaches
    }

    /// Whether a person has this order before them: it waits for one, or an alarm about it is open.
    #[must_use]
    pub fn is_seen(&self, order: &Order) -> bool {
        let alarm = self.exceptions.iter().any(|exception| {
            exception.state == ExceptionState::Open
                && exception.order_id.as_ref() == Some(&order.order_id)
        });
        alarm || order.waiting_for == Some(WaitingFor::Person)
    }

    /// Whether a person has this order's money before them: an alarm that is about it is open. That a message failed, or that a sweep
    /// found something, explains no money.
    fn has_alarm_of_money(&self, order: &Order) -> bool {
        use ExceptionKind as K;
        self.exceptions.iter().any(|exception| {
            let of_money = matches!(
                exception.kind,
                K::PaidUnconfirmed
                    | K::UnexpectedFailure
                    | K::RefundBlocked
                    | K::RefundDenied
                    | K::RefundFailed
                    | K::RefundToAuthorise
                    | K::Chargeback
                    | K::PartialRefund
                    | K::OrderWithoutExecution
                    | K::WaitOverdue
            );
            of_money
                && exception.state == ExceptionState::Open
                && exception.order_id.as_ref() == Some(&order.order_id)
        })
    }

    fn is_alarmed(&self, subject: &str) -> bool {
        self.exceptions.iter().any(|exception| {
            exception.state == ExceptionState::Open && exception.subject_id == subject
        })
    }

    fn of_order<'b>(&'b self, order: &'b OrderId) -> impl Iterator<Item = &'b ChargeTruth> {
        let own = move |truth: &&ChargeTruth| {
            truth.charge.external_reference.as_deref() == Some(order.as_str())
        };
        self.truths.iter().filter(own)
    }

    /// T2: every row is of a tenant that exists, and its key says so.
    fn rows_are_the_tenants(&self) -> Vec<Breach> {
        let known = tenants_of(self.outside, &tables::STORE_CONFIG);
        let routes = [tables::CHANNEL_ROUTES.name, tables::WEBHOOK_ROUTES.name];
        let mut breaches = Vec::new();
        for table in tables::ALL {
            if routes.contains(&table.name) {
                continue;
            }
            if !tenants_of(self.outside, table).is_subset(&known) {
                breaches.push(breach("T2", format!("a row of {} is nobody's", table.name)));
            }
        }
        breaches
    }

    /// W8: everything ends, and what looks after orders and refunds ends well.
    fn executions_ended(&self, time: &VirtualTime) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for execution in time.executions() {
            let name = &execution.start().state_machine_name;
            match execution.outcome() {
                None => breaches.push(breach("W9", format!("an execution of {name} never ends"))),
                // A report comes again, and the next message begins another session.
                Some(end) if end.status != Status::Succeeded && &**name != "order-status" => {
                    let error = end.error.as_deref().unwrap_or_default();
                    breaches.push(breach(
                        "W8",
                        format!("an execution of {name} failed: {error}"),
                    ));
                }
                Some(_) => {}
            }
        }
        breaches
    }

    /// O6: the store has every order that is on, and knows of every end.
    fn store_knows(&self, order: &Order) -> Option<Breach> {
        let heard = messages::store_heard(self.outside, &order.order_id);
        let has = heard.contains("REMOTE_ORDER_RECEIVED");
        if order.became(OrderStatus::Confirmed).is_some() && !has {
            return Some(breach("O4", "it is confirmed and the store never got it"));
        }
        let off = order.status().is_closed() && has && !heard.contains("ORDER_CANCELLED");
        (off && !self.is_seen(order)).then(|| breach("O6", "it is off and the store does not know"))
    }
}

fn read<R: Row>(outside: &World, unreadable: &mut Vec<Breach>) -> Vec<Arc<R>> {
    let mut rows = Vec::new();
    for row in outside.store.shared_rows(R::TABLE) {
        match row.read() {
            Ok(row) => rows.push(row),
            Err(error) => unreadable.push(breach("T2", error.to_string())),
        }
    }
    rows
}

/// Whom the rows of a table are of, by their keys.
fn tenants_of(outside: &World, table: &Table) -> BTreeSet<String> {
    let rows = outside.store.shared_rows(table);
    let keys = rows
        .iter()
        .filter_map(|row| row.get(table.partition_key)?.as_str());
    keys.map(|key| key.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

fn breach(invariant: &'static str, detail: impl Into<String>) -> Breach {
    Breach {
        invariant,
        detail: detail.into(),
    }
}

/// A charge's truth as the invariants read it.
pub(crate) fn standing(truth: &ChargeTruth) -> Standing {
    let refunds = truth.charge.refunds.iter();
    Standing {
        charge_id: truth.charge.id.clone(),
        captured: truth.captured,
        refunded: truth.refunded,
        promised_back: truth.promised_back(),
        refunds: refunds
            .filter(|refund| refund.status != RefundStatus::Cancelled)
            .count(),
        open: truth.charge.status == ChargeStatus::Pending && !truth.charge.deleted,
        disputed: truth.charge.status == ChargeStatus::Chargeback,
    }
}
