//! What stores and customers are told: to whom, how often, and whether it is true.

use std::collections::BTreeMap;

use comanda_domain::{
    ids::OrderId,
    menu::Menu,
    money::Money,
    notification::{is_said_by, payment_confirmed},
    order::{Actor, DeliveryType, Order, OrderStatus},
};
use comanda_tasks::{
    ports::{Content, QueueMessage},
    rows::NotificationRow,
    testing::{Accepted, CLAIM, ChargeTruth},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Auditor, cooking, deeds::CALLS_TAKE, order_of};

/// SQS forgets a deduplication id after this (W3).
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);
/// Free text may be sent for so long after the customer wrote (providers §2.6).
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// A message that was decided on and then overtaken may still be on its way for so long: a claim, and a call to the channel.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(CLAIM.as_secs() + 10);

/// An order as its customer wants it, and where it is to go.
pub(in crate::storm) struct Ordered<'a> {
    /// The queue of its store.
    pub queue: &'a str,
    /// How many minutes that has to answer.
    pub minutes: i64,
    /// What the customer asked for; both, where they changed their mind.
    pub bodies: Vec<Value>,
    /// The menu that it was chosen from.
    pub menu: &'a Menu,
}

impl Ordered<'_> {
    /// What of it the store is told wrongly, whichever the customer asked for; the outer `None` if nothing was asked.
    fn differs(&self, told: &Value) -> Option<Option<&'static str>> {
        let bodies = self.bodies.iter();
        bodies
            .map(|asked| cooking::differs(told, asked, self.menu))
            .min()
    }
}

impl Auditor {
    /// A store's queue took a message. `own` is what is known of the order that it is about.
    pub fn store_message(
        &mut self,
        message: &QueueMessage,
        own: Option<&Ordered<'_>>,
        charges: &[ChargeTruth],
    ) {
        let Ok(body) = serde_json::from_str::<Value>(&message.body) else {
            self.found("W3", "a store's queue", "a message is not JSON");
            return;
        };
        let text = |pointer: &str| {
            body.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let named = text("/data/order/orderId").to_owned() + text("/data/orderId");
        let Ok(id) = OrderId::new(&named) else {
            if !text("/type").starts_with("CUSTOMER_") {
                self.found("W3", "a store's queue", "a message names no order");
            }
            return;
        };
        let subject = self.subject_of(&id);
        // A group is an order, so that one order never holds up another (F044).
        if message.group_id != named {
            self.found("W3", &subject, "its message is in another's group");
        }
        if own.is_some_and(|own| own.queue != message.queue_url) {
            self.found("T1", &subject, "its message went to another store's queue");
        }
        let kind = text("/type").to_owned();
        let version = body.get("version").and_then(Value::as_u64).unwrap_or(0);
        let at = text("/timestamp").parse::<Timestamp>().unwrap_or_default();
        let said = format!("{named}/{kind}/{version}/{}", text("/data/taskToken"));
        if let Some(before) = self.queued.insert(said, at)
            && at.duration_since(before) < DEDUPLICATION
        {
            self.found(
                "W3",
                &subject,
                &format!("{kind} went onto the store's queue twice"),
            );
        }
        if kind == "REMOTE_ORDER_RECEIVED" {
            if !text("/data/taskToken").is_empty() {
                let until = text("/data/answerBy").parse::<Timestamp>();
                let left = until.map_or(0, |until| until.duration_since(at).as_secs());
                let minutes = own.map_or(0, |own| own.minutes);
                if left < minutes * 60 - CALLS_TAKE.as_secs() {
                    let detail =
                        format!("the store has {left} seconds to answer, of {minutes} minutes");
                    self.found("O7", &subject, &detail);
                }
            }
            let told = body.get("data").unwrap_or(&Value::Null);
            if let Some(Some(wrong)) = own.and_then(|own| own.differs(told)) {
                self.found("O3", &subject, &format!("its store is told {wrong}"));
            }
            self.paid_before_the_store(&id, charges);
        }
    }

    /// O4: the store gets an online order only for money that is there.
    fn paid_before_the_store(&mut self, id: &OrderId, charges: &[ChargeTruth]) {
        let Some(order) = self.orders.get(id) else {
            return;
        };
        let (total, online) = (order.total, order.payment_method.is_online());
        let own = charges
            .iter()
            .filter(|truth| order_of(truth).as_ref() == Some(id));
        let captured = own.fold(Money::ZERO, |sum, truth| {
            sum.checked_add(truth.captured).unwrap_or(sum)
        });
        if online && captured < total {
            let subject = self.subject_of(id);
            self.found(
                "O4",
                &subject,
                &format!("the store got it for {captured} of {total}"),
            );
        }
    }

    /// Which of a person's orders a message is about: the first that has it to say and has not said it yet.
    pub fn order_of_message(&self, orders: &[usize], body: &str) -> Option<usize> {
        let owes = |index: &&usize| {
            let intents = self.rows_of(**index).filter(|row| row.is_said_by(body));
            intents.count() > self.times_read(**index, body)
        };
        orders.iter().find(owes).or(orders.first()).copied()
    }

    fn times_read(&self, index: usize, body: &str) -> usize {
        let read = self.read.get(&index).into_iter().flatten();
        read.filter(|other| *other == body).count()
    }

    /// The channel took a message about a customer's order. `own` is the address and account of the store that they deal
    /// with.
    pub fn message(&mut self, index: usize, accepted: &Accepted, own: Option<&(String, String)>) {
        let subject = format!("order {}", index + 1);
        if own.is_some_and(|(address, account)| {
            *address != accepted.from || *account != accepted.account
        }) {
            self.found(
                "T1",
                &subject,
                "its customer was written to from another store's address",
            );
        }
        let body = accepted.sent.body.clone();
        let at = accepted.sent.at;
        if body.contains('{') || body.contains("None") || body.trim().is_empty() {
            self.found("N4", &subject, &format!("a message has a hole: {body}"));
        }
        let both = (accepted.message.to.clone(), accepted.from.clone());
        let open = self.last_inbound.get(&both);
        let open = open.is_some_and(|last| at.duration_since(*last) <= WINDOW);
        if matches!(
            accepted.message.content,
            Content::Text(_)
                | Content::QuickReplies { .. }
                | Content::List { .. }
                | Content::Media { .. }
        ) && !open
        {
            self.found("N4", &subject, "free text outside the 24-hour window");
        }
        let said = self.said_in_its_talk(index, &body);
        let rows: Vec<NotificationRow> = self
            .rows_of(index)
            .filter(|row| row.is_said_by(&body))
            .cloned()
            .collect();
        let fetched = self
            .order_of(index)
            .is_some_and(|order| order.delivery_type == DeliveryType::Pickup);
        let about_order = !rows.is_empty();
        if about_order && fetched && body.contains("entrega") {
            self.found(
                "N4",
                &subject,
                &format!("an order that is fetched is told: {body}"),
            );
        }
        if rows.is_empty() && said == 0 {
            self.found("N1", &subject, &format!("a message has no intent: {body}"));
        }
        self.read.entry(index).or_default().push(body.clone());
        let times = self.times_read(index, &body);
        if times > (rows.len() + said).max(1) {
            self.found(
                "N1",
                &subject,
                &format!("it was told {times} times: {body}"),
            );
        }
        let thanks = self.order_of(index).map(payment_confirmed);
        if thanks
            .is_some_and(|thanks| is_said_by(&thanks, &body) && self.times_read(index, &body) > 1)
        {
            self.found("N1", &subject, "who paid once is thanked twice");
        }
        for row in &rows {
            self.is_true((index, &subject), row, at);
        }
    }

    /// How many intents to say this there are in this customer's own talk.
    fn said_in_its_talk(&self, index: usize, body: &str) -> usize {
        let Some(talk) = self.talks.get(index) else {
            return 0;
        };
        let own = self.notifications.range((talk.clone(), String::new())..);
        own.take_while(|((subject, _), _)| subject.starts_with(talk.as_str()))
            .filter(|(_, row)| row.is_said_by(body))
            .count()
    }

    /// N1, when all is at rest: each message is the one that its intent was sent as, or failed as at first. Where an accident lost
    /// the answer and nobody asked again, an intent that was claimed stands for one message of its text.
    pub(super) fn messages_are_accounted_for(
        &mut self,
        taken: &[Accepted],
        hurt: &BTreeMap<String, Vec<Timestamp>>,
    ) {
        let mut receipts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.notifications.values() {
            for id in [&row.message_id, &row.failed_message_id]
                .into_iter()
                .flatten()
            {
                *receipts.entry(id).or_insert(0) += 1;
            }
        }
        let unsure = self.notifications.values();
        let mut unsure: Vec<&NotificationRow> = unsure
            .filter(|row| row.message_id.is_none() && row.claimed_until.is_some())
            .filter(|row| {
                // By its own handlers, or by a sweep of its tenant.
                let mut whose = self.customers_of(row);
                whose.any(|whose| hurt.contains_key(&whose))
                    || hurt.contains_key(row.client_id.as_str())
            })
            .collect();
        let mut wrong = Vec::new();
        for message in taken {
            let times = receipts.get(message.sent.id.as_str()).copied().unwrap_or(0);
            if times == 1 {
                continue;
            }
            let lost = unsure.iter().position(|row| {
                row.channel_address.as_str() == message.message.to
                    && row.is_said_by(&message.sent.body)
            });
            match lost.filter(|_| times == 0) {
                Some(position) => drop(unsure.swap_remove(position)),
                None => wrong.push(format!("{times} intents stand for: {}", message.sent.body)),
            }
        }
        for detail in wrong {
            self.found("N1", "a message", &detail);
        }
    }

    /// Whose message it is, as jobs name them.
    fn customers_of(&self, row: &NotificationRow) -> impl Iterator<Item = String> {
        let order = OrderId::new(row.subject_id.as_str()).ok();
        let own = order.and_then(|id| self.checkout_of(&id));
        let talks = self.talks.iter().enumerate();
        let talks = talks.filter(|(_, talk)| row.subject_id.starts_with(talk.as_str()));
        let all = own.into_iter().chain(talks.map(|(index, _)| index));
        all.map(|index| format!("order {}", index + 1))
    }

    fn rows_of(&self, index: usize) -> impl Iterator<Item = &NotificationRow> {
        let own = move |subject: &str| {
            OrderId::new(subject)
                .ok()
                .and_then(|id| self.checkout_of(&id))
                == Some(index)
        };
        self.notifications
            .iter()
            .filter(move |((subject, _), _)| own(subject))
            .map(|(_, row)| row)
    }

    /// N2 and N3: a status is told while it is so, and in the order in which things happened; how to pay, while it is to be paid.
    fn is_true(&mut self, (index, subject): (usize, &str), row: &NotificationRow, at: Timestamp) {
        let Some(order) = self.order_of(index) else {
            return;
        };
        let Some(status) = row.kind.strip_prefix("STATUS#") else {
            let failed = row.kind.starts_with("PAYMENT#FAILED#");
            if !is_to_be_paid(order, &row.kind, at) {
                let detail = format!(
                    "the customer reads {}, and there is nothing to pay",
                    row.kind
                );
                self.found("N2", subject, &detail);
            } else if failed && !self.declined.contains(&order.order_id) {
                let detail = "the customer reads that the payment failed, and it can be paid";
                self.found("N2", subject, detail);
            }
            return;
        };
        let history = order.status_history();
        let Some(entry) = history.iter().find(|entry| entry.status.as_str() == status) else {
            self.found(
                "N2",
                subject,
                &format!("the customer reads {status}, which it never was"),
            );
            return;
        };
        let version = entry.version;
        let unconfirmed = row.text.contains("não pôde confirmar");
        if status == "CANCELLED" && entry.by == Actor::Customer && unconfirmed {
            let detail = "whoever called it off reads that the restaurant could not confirm it";
            self.found("N2", subject, detail);
            return;
        }
        let left = history
            .iter()
            .find(|later| later.version > version && later.status != entry.status);
        let overtaken = left.is_some_and(|left| at.duration_since(left.timestamp) > ON_ITS_WAY);
        if overtaken {
            self.found(
                "N2",
                subject,
                &format!("the customer reads {status}, which it is no longer"),
            );
        }
        let told = self.told_version.entry(index).or_insert(0);
        if version < *told {
            self.found(
                "N3",
                subject,
                &format!("the customer reads {status} after what came later"),
            );
        } else {
            *told = version;
        }
    }
}

/// Whether a message that is about a payment to come was true when it was sent, or a moment before: of an order that was open, and
/// not paid.
fn is_to_be_paid(order: &Order, kind: &str, at: Timestamp) -> bool {
    if !kind.starts_with("PAYMENT#") || kind.starts_with("PAYMENT#CONFIRMED") {
        return true;
    }
    let mut history = order.status_history().iter();
    let over = history
        .find(|entry| entry.status != OrderStatus::Pending || entry.payment_status.holds_money());
    over.is_none_or(|over| at.duration_since(over.timestamp) <= ON_ITS_WAY)
}
