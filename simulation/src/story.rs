//! A world's story: what the executions did, what the parties did, and what was sent to whom, in one list by time.

use comanda_domain::{order::Order, store::BRASILIA};
use comanda_workflows::story::{self, Event, Told, Tone};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;

use crate::world::World;

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// Whose line it is.
    pub of: Of,
    /// What: `order accepted`; a message's text.
    pub says: String,
    /// What belongs to it. May be empty.
    pub detail: String,
    /// The state of the workflow it happened in, where there is one.
    pub state: Option<String>,
}

/// Whose line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Of {
    /// A party outside did something.
    Party,
    /// The order and its workflow.
    Order,
    /// The workflow waits.
    Waiting,
    /// A message to the customer.
    ToCustomer,
    /// A message to the store's POS.
    ToStore,
}

impl World {
    /// The story so far, oldest first.
    #[must_use]
    pub fn story(&self) -> Vec<Happening> {
        let order = self.order();
        let mut lines: Vec<Happening> = self
            .doings()
            .iter()
            .map(|doing| Happening {
                at: doing.at,
                of: Of::Party,
                says: doing.says.clone(),
                detail: String::new(),
                state: None,
            })
            .collect();
        lines.extend(self.workflow_lines(order.as_ref()));
        lines.extend(
            order
                .as_ref()
                .map(|order| self.messages(order))
                .unwrap_or_default(),
        );
        lines.extend(self.store_messages());
        // Stable: of one instant, what a party did comes before what followed from it.
        lines.sort_by_key(|line| (line.at, line.of == Of::Waiting, line.of != Of::Party));
        lines
    }

    fn workflow_lines(&self, order: Option<&Order>) -> Vec<Happening> {
        let time = self.time();
        let histories: Vec<Vec<Event>> = time
            .executions()
            .map(|execution| {
                let history = time.history(&execution.start().execution_arn);
                let events = history
                    .iter()
                    .filter_map(|event| serde_json::to_value(event).ok());
                events
                    .filter_map(|event| Event::from_api(&event).ok())
                    .collect()
            })
            .collect();
        let histories: Vec<&[Event]> = histories.iter().map(Vec::as_slice).collect();
        let told = Told {
            histories: &histories,
            order,
            zone: &zone(),
        };
        let lines = story::story(told).into_iter();
        lines
            .map(|line| Happening {
                at: line.at,
                of: if line.tone == Tone::Waiting {
                    Of::Waiting
                } else {
                    Of::Order
                },
                says: line.says,
                detail: line.detail,
                state: line.state,
            })
            .collect()
    }

    fn messages(&self, order: &Order) -> Vec<Happening> {
        let to = order.channel_address.as_str();
        let sent = self.outside.channel.accepted_from(0).into_iter();
        let sent = sent.filter(|accepted| accepted.message.to == to);
        let sent = sent.map(|accepted| accepted.sent);
        let lines = sent.map(|message| Happening {
            at: message.at,
            of: Of::ToCustomer,
            says: message.body,
            detail: String::new(),
            state: None,
        });
        lines.collect()
    }

    fn store_messages(&self) -> Vec<Happening> {
        let messages = self.outside.queue.messages();
        let read = messages
            .iter()
            .filter_map(|message| serde_json::from_str::<Value>(&message.body).ok());
        read.filter_map(|body| {
            Some(Happening {
                at: body.get("timestamp")?.as_str()?.parse().ok()?,
                of: Of::ToStore,
                says: body.get("type")?.as_str()?.to_owned(),
                detail: String::new(),
                state: None,
            })
        })
        .collect()
    }
}

/// The sample restaurant's zone.
#[must_use]
pub fn zone() -> TimeZone {
    BRASILIA
}
