//! When the weather has cleared and nothing is left to happen: everything has ended, everybody knows, and every centavo
//! has its reason.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    invariants::{money_at_rest, order_at_rest},
    money::Money,
    notification::is_told,
    order::{Order, OrderStatus, PaymentStatus, WaitingFor},
    payment::{RefundIntent, RefundState},
};
use comanda_dsl::Retry;
use comanda_engine::Status;
use comanda_tasks::{ports::RefundStatus, rows::NotificationState, testing::ChargeTruth};

use super::{End, order_of, prices, standing};
use crate::{people, storm::Storm, world::lock};

/// How often a step is tried that its execution may fail by.
fn last_resort(workflow: &str, job: &str) -> Option<u32> {
    let task = job.split(": ").nth(1)?.trim_end();
    let again = match (workflow, task) {
        ("conversation", "CloseTalk") => Retry::PATIENT,
        // A sweep finds the order that nobody was called for.
        ("order-lifecycle" | "refund", "CallPerson") => Retry::PATIENT,
        ("order-status", "ApplyStatus" | "NotifyStatus") => Retry::TRANSIENT,
        // The next sweep sees what this one did not.
        ("reconciliation", "PlanSweep" | "CloseSweep") => Retry::OUTAGE,
        _ => return None,
    };
    Some(1 + again.attempts())
}

impl Storm {
    /// Sentences for statuses that changed.
    pub(in crate::storm) fn tell_statuses(&mut self) {
        for (order, status, words) in std::mem::take(&mut self.auditor.changed) {
            self.say(order, status.as_str(), || words);
            if self.auditor.waits_for_person(order)
                && self
                    .tenant_of(order)
                    .is_some_and(|tenant| tenant.has_operator)
            {
                self.plan(3_000, super::super::doings::Doing::PersonLooks(order));
            }
        }
    }

    /// The audit of a world at rest.
    pub(in crate::storm) fn audit_end(&mut self) {
        self.executions_ended();
        if !self.asaas.is_quiet() {
            self.auditor
                .found("P3", "the webhook", "events wait for ever");
        }
        let charges = self.outside.provider.charges();
        let orders: Vec<Order> = self.auditor.orders.values().cloned().collect();
        for order in &orders {
            self.order_ended(order, &charges);
        }
        let taken = self.outside.channel.accepted_from(0);
        let hurt = lock(&self.network.hurt).clone();
        self.auditor.messages_are_accounted_for(&taken, &hurt);
        self.failures_were_followed(&taken);
        self.delivered_orders_are_counted(&orders);
        self.stores_hear_of_their_own();
        self.ledger(&orders, &charges);
        self.blocked_refunds_are_seen();
        self.every_centavo_is_explained();
        let customers = people::at_rest(&self.outside.store);
        self.auditor.breaches("the customers", customers);
        self.answered_orders_exist();
        self.nobody_is_named();
    }

    /// W: every execution ends, and ends well. A report that fails comes again and comes right; it, a talk and a sweep may be left
    /// undone only where accidents met every try of the step that they failed by.
    fn executions_ended(&mut self) {
        let mut ends = Vec::new();
        {
            let time = lock(&self.time);
            for execution in time.executions() {
                let name = &*execution.start().state_machine_name;
                let Some(outcome) = execution.outcome() else {
                    ends.push(("W9", format!("an execution of {name} never ends")));
                    continue;
                };
                if outcome.status == Status::Succeeded {
                    continue;
                }
                let arn = &execution.start().execution_arn;
                let excused = self.tries.broke(arn, |job| last_resort(name, job));
                if !excused {
                    let cause = outcome.error.as_deref().unwrap_or_default();
                    ends.push(("W8", format!("an execution of {name} failed: {cause}")));
                }
            }
        }
        for (invariant, detail) in ends {
            self.auditor.found(invariant, "the workflows", &detail);
        }
    }

    pub(super) fn order_ended(&mut self, order: &Order, charges: &[ChargeTruth]) {
        let subject = self.auditor.subject_of(&order.order_id);
        let own: Vec<_> = charges
            .iter()
            .filter(|truth| order_of(truth).as_ref() == Some(&order.order_id))
            .collect();
        let standings: Vec<_> = own.iter().map(|truth| standing(truth)).collect();
        let rows: Vec<_> = self
            .auditor
            .rows
            .values()
            .filter(|row| row.order_id == order.order_id)
            .cloned()
            .collect();
        let intents = self.intents_as_seen(order);
        self.auditor.breaches(&subject, order_at_rest(order));
        let breaches = money_at_rest(order, (&standings, &rows, &intents));
        self.auditor.breaches(&subject, breaches);
        let Some(index) = self.auditor.checkout_of(&order.order_id) else {
            return;
        };
        if let (Some(life), Some(shop)) = (self.lives.get(index), self.shop_of(index))
            && !prices::is_right(order, &life.customer.body, shop)
        {
            self.auditor.found(
                "O3",
                &subject,
                "it does not cost what the menu says, or is another store's",
            );
        }
        self.store_knows(index, order, &subject);
        self.customer_knows(index, order, &subject);
        self.status_fits_money(order, &own, &subject);
        self.told_how_to_pay(index, order, &own);
        self.deeds_count(index, order, &subject);
        self.was_decided_in_time(index, order, &subject);
        self.person_is_called_for(index, order, &own);
        self.messages_arrived(order, &subject);
        self.news_was_heard(order, &subject);
    }

    /// Its obligations. One that a person has the open alarm of does not go back by itself: a second payment's leaves its order
    /// alone.
    fn intents_as_seen(&self, order: &Order) -> Vec<RefundIntent> {
        let raised = people::rows::<Exception>(&self.outside.store).unwrap_or_default();
        let is_seen = |intent: &RefundIntent| {
            raised.iter().any(|alarm| {
                matches!(
                    alarm.kind,
                    ExceptionKind::RefundFailed | ExceptionKind::RefundDenied
                ) && alarm.state == ExceptionState::Open
                    && alarm.order_id.as_ref() == Some(&intent.order_id)
                    && alarm.amount == Some(intent.amount)
            })
        };
        let intents = self.auditor.intents.values();
        let own = intents.filter(|intent| intent.order_id == order.order_id);
        own.map(|intent| {
            let state = if intent.state != RefundState::Done && is_seen(intent) {
                RefundState::Denied
            } else {
                intent.state
            };
            RefundIntent {
                state,
                ..intent.clone()
            }
        })
        .collect()
    }

    /// O4 and O6: the store has every confirmed order, and knows of every end.
    fn store_knows(&mut self, index: usize, order: &Order, subject: &str) {
        let kitchen = self.kitchens.of(index);
        let (cooks, said_yes) =
            kitchen.map_or((false, false), |kitchen| (kitchen.cooks, kitchen.said_yes));
        let told_over = kitchen.is_some_and(|kitchen| kitchen.told_over);
        let confirmed = order.became(OrderStatus::Confirmed).is_some();
        if confirmed && !order.status().is_closed() && !cooks && !said_yes {
            self.auditor
                .found("O4", subject, "it is confirmed and the store never got it");
        }
        let cancelled = order.became(OrderStatus::Cancelled).is_some();
        if cancelled && (cooks || said_yes) && !told_over {
            self.auditor
                .found("O6", subject, "it is off and the store cooks it");
        }
    }

    /// N1: whoever ordered knows how it ended, unless the channel refused.
    fn customer_knows(&mut self, index: usize, order: &Order, subject: &str) {
        let Some(config) = self.shop_of(index).map(|shop| shop.orders.clone()) else {
            return;
        };
        let status = order.status();
        let kind = format!("STATUS#{status}");
        let row = self
            .auditor
            .notifications
            .get(&(order.order_id.as_str().to_owned(), kind));
        let told = row.is_some_and(|row| {
            !matches!(
                row.state,
                NotificationState::Intended | NotificationState::Overtaken
            )
        });
        let must = is_told(&config, status) && status != OrderStatus::Pending;
        // An order that was saved and never answered is refused in words.
        let refused = self.is_refused(&order.order_id) && status == OrderStatus::Cancelled;
        if must && !told && !refused {
            self.auditor.found(
                "N1",
                subject,
                &format!("its customer does not know that it is {status}"),
            );
        }
    }

    /// N1: what is noted as sent was taken by the channel.
    fn messages_arrived(&mut self, order: &Order, subject: &str) {
        let taken: BTreeSet<String> = self
            .outside
            .channel
            .accepted_from(0)
            .into_iter()
            .map(|accepted| accepted.sent.id)
            .collect();
        let rows = self
            .auditor
            .notifications
            .values()
            .filter(|row| row.subject_id == order.order_id.as_str());
        let missing = rows
            .filter_map(|row| row.message_id.as_ref())
            .any(|id| !taken.contains(id));
        if missing {
            self.auditor.found(
                "N1",
                subject,
                "a message is noted as sent, and the channel never took it",
            );
        }
    }

    /// R5: REFUNDED is what the provider says, not what we asked for; and what went back shows.
    fn status_fits_money(&mut self, order: &Order, charges: &[&ChargeTruth], subject: &str) {
        let sum = |part: fn(&ChargeTruth) -> Money| {
            charges.iter().fold(Money::ZERO, |sum, truth| {
                sum.checked_add(part(truth)).unwrap_or(sum)
            })
        };
        let (captured, refunded) = (sum(|truth| truth.captured), sum(|truth| truth.refunded));
        let disputed = charges.iter().any(|truth| standing(truth).disputed);
        // The order's status is that of its own payment; another's dispute is a person's.
        let own = |truth: &&&ChargeTruth| order.payment_id.as_ref() == Some(&truth.charge.id);
        let mut of_order = charges.iter().filter(own);
        let own_is_disputed = of_order.any(|truth| standing(truth).disputed);
        let says = order.payment_status();
        // What a second payment's refund comes to is told by its own intent (P4).
        let mut of_order = charges.iter().filter(own);
        let kept = of_order.any(|truth| truth.refunded < truth.captured);
        if says == PaymentStatus::Refunded && kept && !disputed {
            self.auditor.found(
                "R5",
                subject,
                "it says REFUNDED, and not all of its payment went back",
            );
        }
        let all_is_back = captured > Money::ZERO && refunded >= captured;
        if all_is_back && !disputed && says != PaymentStatus::Refunded {
            self.auditor.found(
                "R5",
                subject,
                &format!("all of {captured} went back, and it says {says}"),
            );
        }
        if own_is_disputed != (says == PaymentStatus::Chargeback) {
            let is = if own_is_disputed { "is" } else { "is not" };
            self.auditor.found(
                "P1",
                subject,
                &format!("its payment {is} disputed, and it says {says}"),
            );
        }
        let pending = charges.iter().flat_map(|truth| &truth.charge.refunds);
        if pending
            .into_iter()
            .any(|refund| refund.status == RefundStatus::Pending)
        {
            self.auditor
                .found("R5", subject, "a refund is under way for ever");
        }
    }

    /// P6: per tenant, our rows add up to what the provider's statement says.
    fn ledger(&mut self, orders: &[Order], charges: &[ChargeTruth]) {
        let mut ours: BTreeMap<String, i64> = BTreeMap::new();
        for order in orders {
            *ours
                .entry(format!("key-of-{}", order.client_id))
                .or_insert(0) += order.money_held().centavos();
        }
        let mut theirs: BTreeMap<String, i64> = BTreeMap::new();
        let mut disputed = BTreeSet::new();
        for truth in charges {
            if standing(truth).disputed {
                disputed.insert(truth.account.clone());
            }
            *theirs.entry(truth.account.clone()).or_insert(0) +=
                truth.captured.centavos() - truth.refunded.centavos();
        }
        for (account, kept) in theirs {
            let believed = ours.get(&account).copied().unwrap_or(0);
            if believed != kept && !disputed.contains(&account) {
                let detail = format!("we count {believed} centavos, the statement {kept}");
                self.auditor.found("P6", &account, &detail);
            }
        }
    }

    /// How every customer's wish ended.
    pub(in crate::storm) fn ends(&self) -> BTreeMap<End, u64> {
        let mut ends = BTreeMap::new();
        for (index, life) in self.lives.iter().enumerate() {
            if self
                .setting
                .only_orders
                .as_ref()
                .is_some_and(|only| !only.contains(&index))
            {
                continue;
            }
            let end = match self.auditor.order_of(index) {
                Some(order) => end_of(order),
                None if life.answered.is_empty()
                    && !self.auditor.checkouts.values().any(|of| *of == index) =>
                {
                    if life.attempts.is_empty() {
                        End::Refused
                    } else {
                        End::NotTaken
                    }
                }
                None => End::Refused,
            };
            *ends.entry(end).or_insert(0) += 1;
        }
        ends
    }
}

fn end_of(order: &Order) -> End {
    match (order.payment_status(), order.status()) {
        (PaymentStatus::Chargeback, _) => End::Disputed,
        _ if order.waiting_for == Some(WaitingFor::Person) => End::WithPerson,
        (PaymentStatus::Refunded, OrderStatus::Cancelled | OrderStatus::Refunded) => End::Refunded,
        (_, OrderStatus::Cancelled | OrderStatus::Refunded) => End::Cancelled,
        _ => End::Served,
    }
}
