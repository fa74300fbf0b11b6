//! What an order's own history says: every change of its status and of its money, whoever made it.

use comanda_domain::order::{Actor, HistoryEntry, Order, OrderStatus, PaymentStatus, WaitingFor};
use jiff::tz::TimeZone;

use super::{
    Line, Place, Tone,
    task::amount,
    words::{about, clock},
};

pub(super) fn lines(order: &Order, zone: &TimeZone) -> Vec<(Place, Line)> {
    let mut lines = Vec::new();
    let mut before: Option<&HistoryEntry> = None;
    for entry in order.status_history() {
        let mut tell = |(says, detail, tone): Said, place| {
            let line = Line {
                at: entry.timestamp,
                says,
                detail,
                tone,
                state: None,
            };
            lines.push((place, line));
        };
        if before.is_none_or(|before| before.payment_status != entry.payment_status)
            && let Some(said) = money(order, entry)
        {
            tell(said, Place::Before);
        }
        if before.is_none_or(|before| before.status != entry.status) {
            let place = match entry.status {
                OrderStatus::Pending => Place::Before,
                _ => Place::After,
            };
            tell(status(order, entry, zone), place);
        }
        before = Some(entry);
    }
    lines
}

/// What is said, what belongs to it, what it means.
type Said = (String, String, Tone);

fn status(order: &Order, entry: &HistoryEntry, zone: &TimeZone) -> Said {
    let by = by_whom(entry.by);
    match entry.status {
        OrderStatus::Pending => ("order accepted".into(), summary(order), Tone::Done),
        OrderStatus::Confirmed => {
            let ready = order.delivery_time.map_or_else(String::new, |at| {
                format!("ready at about {}", about(at, zone))
            });
            match entry.by {
                Actor::System => ("confirmed automatically".into(), ready, Tone::Done),
                _ => (format!("confirmed {by}"), ready, Tone::Done),
            }
        }
        OrderStatus::Preparing => ("in preparation".into(), String::new(), Tone::Done),
        OrderStatus::Ready => ("ready".into(), String::new(), Tone::Done),
        OrderStatus::Delivering => ("on its way".into(), String::new(), Tone::Done),
        OrderStatus::Delivered => ("delivered".into(), String::new(), Tone::Done),
        OrderStatus::Completed => ("completed".into(), String::new(), Tone::End),
        OrderStatus::Cancelled => (format!("cancelled {by}"), entry.notes.clone(), Tone::End),
        OrderStatus::Refunded => ("refunded".into(), amount(order.refunded_amount), Tone::End),
    }
}

fn money(order: &Order, entry: &HistoryEntry) -> Option<Said> {
    let (says, detail, tone) = match entry.payment_status {
        PaymentStatus::NotApplicable | PaymentStatus::Pending | PaymentStatus::Cancelled => {
            return None;
        }
        PaymentStatus::Failed => (
            "the payment failed",
            order.payment_details.failure.clone().unwrap_or_default(),
            Tone::Trouble,
        ),
        PaymentStatus::Paid => ("paid", order.total.to_string(), Tone::Done),
        PaymentStatus::PartiallyRefunded => {
            ("partly refunded", amount(order.refunded_amount), Tone::Done)
        }
        PaymentStatus::Refunding => ("the money is on its way back", String::new(), Tone::Waiting),
        // Denied, or given up: nobody tries it again.
        PaymentStatus::RefundBlocked if order.waiting_for == Some(WaitingFor::Person) => (
            "the refund is stuck",
            "a person must look at it, as the alarm says".into(),
            Tone::Failed,
        ),
        PaymentStatus::RefundBlocked => (
            "the refund is blocked",
            "the provider account's balance does not cover it; it is tried again".into(),
            Tone::Trouble,
        ),
        // The status REFUNDED says it in the same change, except where an order stays what it was.
        PaymentStatus::Refunded if entry.status == OrderStatus::Refunded => return None,
        PaymentStatus::Refunded => (
            "the money went back",
            amount(order.refunded_amount),
            Tone::Done,
        ),
        PaymentStatus::Chargeback => (
            "the payer's bank took the money back",
            "a person must look at it".into(),
            Tone::Failed,
        ),
    };
    Some((says.into(), detail, tone))
}

/// `2 items, R$ 44,80, PIX`.
fn summary(order: &Order) -> String {
    let items: u32 = order.items.iter().map(|item| item.quantity).sum();
    let plural = if items == 1 { "" } else { "s" };
    format!(
        "{items} item{plural}, {}, {}",
        order.total,
        order.payment_method.as_str()
    )
}

pub(super) fn by_whom(by: Actor) -> &'static str {
    match by {
        Actor::Customer => "by the customer",
        Actor::Restaurant => "by the store",
        Actor::System => "by a deadline or a rule",
        Actor::Provider => "by the payment provider",
        Actor::Operator => "by an operator",
    }
}

/// What happens if the store never answers; the order's own clocks say which of them is first.
pub(super) fn unanswered(order: Option<&Order>) -> &'static str {
    let Some(order) = order else {
        return "its rules decide";
    };
    match (order.confirmation_timeout, order.refund_timeout) {
        (Some(confirm), Some(refund)) if confirm <= refund => "it is confirmed automatically",
        (Some(_), None) => "it is confirmed automatically",
        _ if order.payment_status().holds_money() => {
            "the money goes back or a person decides, by the store's rule"
        }
        _ => "it is cancelled",
    }
}

/// When the order was cancelled or refunded and why, for the sentence of an order that is over.
pub(super) fn last_words(order: &Order, zone: &TimeZone) -> String {
    // The first entry of the last status is who brought it about; what came after only changed other things.
    let history = order.status_history();
    let before = history
        .iter()
        .rposition(|entry| entry.status != order.status());
    let Some(entry) = history.get(before.map_or(0, |position| position + 1)) else {
        return String::new();
    };
    let at = clock(entry.timestamp, zone);
    if entry.notes.is_empty() {
        format!("at {at} {}", by_whom(entry.by))
    } else {
        format!("at {at} {}: {}", by_whom(entry.by), entry.notes)
    }
}
