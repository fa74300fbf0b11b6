//! The one sentence about an order: what it waits for, until when, and what then.

use comanda_domain::order::{Order, OrderStatus, WaitKind, WaitingFor};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    order::{last_words, unanswered},
    words::{about, clock, plain_duration, time_left},
};

/// The sentence in its parts, so that a page can let the time run without saying all of it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// `Order 0001 is waiting for the payment.`
    pub says: String,
    /// When the wait ends, where it waits.
    pub until: Option<Timestamp>,
    /// What follows then: `then it is cancelled`. May be empty.
    pub then: String,
}

impl Sentence {
    /// `Order 0001 is waiting for the payment. 12:07 left; then it is cancelled.`
    #[must_use]
    pub fn text(&self, now: Timestamp) -> String {
        match self.until {
            None => self.says.clone(),
            Some(until) if until <= now => format!(
                "{} The time was over {} ago; it is being settled.",
                self.says,
                plain_duration(now.duration_since(until))
            ),
            Some(until) => format!(
                "{} {} left; {}.",
                self.says,
                time_left(now, until),
                self.then
            ),
        }
    }

    /// The same with the time of day, which does not change every second: for live regions and lists.
    #[must_use]
    pub fn still(&self, zone: &TimeZone) -> String {
        match self.until {
            None => self.says.clone(),
            Some(until) => format!("{} Until {}; {}.", self.says, clock(until, zone), self.then),
        }
    }
}

/// What an order waits for, until when, and what then; or how it ended.
#[must_use]
pub fn sentence(order: &Order, zone: &TimeZone) -> Sentence {
    let number = order.display_number();
    let subject = |is: &str| format!("Order {number} {is}.");
    if let Some(waiting_for) = order.waiting_for {
        let (says, then) = match (waiting_for, order.wait.as_ref().map(|wait| &wait.kind)) {
            (WaitingFor::Payment, Some(WaitKind::Method { .. })) => (
                "is waiting for the customer to choose another way to pay",
                "then it is cancelled".to_owned(),
            ),
            (WaitingFor::Payment, _) => (
                "is waiting for the payment",
                "then it is cancelled".to_owned(),
            ),
            (WaitingFor::Store, _) => (
                "is waiting for the store's answer",
                format!("then {}", unanswered(Some(order))),
            ),
            (WaitingFor::Refund, _) => (
                "is waiting for the refund to go through",
                "then the provider is asked how it stands".to_owned(),
            ),
            (WaitingFor::Person, _) => ("is waiting for a person to decide", String::new()),
        };
        return Sentence {
            says: subject(says),
            until: order
                .wait
                .as_ref()
                .filter(|_| waiting_for != WaitingFor::Person)
                .map(|wait| wait.deadline),
            then,
        };
    }
    let says = match order.status() {
        OrderStatus::Pending => subject("was accepted and is being worked on"),
        OrderStatus::Confirmed => match order.delivery_time {
            Some(at) => subject(&format!("is confirmed; ready at about {}", about(at, zone))),
            None => subject("is confirmed; the store prepares it next"),
        },
        OrderStatus::Preparing => subject("is in preparation"),
        OrderStatus::Ready => subject("is ready"),
        OrderStatus::Delivering => subject("is on its way"),
        OrderStatus::Delivered => subject("was delivered"),
        OrderStatus::Completed => subject("is completed"),
        OrderStatus::Cancelled => subject(&format!("was cancelled {}", last_words(order, zone))),
        OrderStatus::Refunded => {
            subject(&format!("is over and {} went back", order.refunded_amount))
        }
    };
    Sentence {
        says,
        until: None,
        then: String::new(),
    }
}
