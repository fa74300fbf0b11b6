//! The consumer of the events queue: what stores' points of sale post to us.
//!
//! A decision is news for its order, as if it had come with the token. A status report runs `order-status`. What cannot
//! be placed is parked, for a repetition would not change it; what failed comes again, and in the end becomes a dead
//! letter.

use std::collections::BTreeSet;

use comanda_domain::{
    ids::{ClientId, OrderKey},
    inbox::{News, NewsId, NewsKind},
    order::{Actor, OrderStatus},
};
use comanda_workflows::contracts::{StatusReport, StoreDecision, StoreEvent};
use serde_json::Value;
use sha2::Digest;

use crate::{
    customers::CUSTOMERS,
    fault::Fault,
    hear::{hear, report_status},
    parking::{PARKING, Stray, id_of, park},
    parts,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    rows::load_order,
};

pub(crate) const USES: &[Uses] = &[parts::HEAR, parts::STORE, PARKING, CUSTOMERS, parts::RAISE];

pub(super) const SOURCE: &str = "pos";
/// Whose an event is that names no tenant.
const NOBODY: &str = "unknown";

/// What is to become of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is dealt with, and may be deleted.
    Done,
    /// It is to come again, for this; a fault of ours too: the queue counts, and gives up into its dead letters, where a
    /// person finds it.
    Retry(Fault),
    /// It is to come again, behind one of its group.
    HeldUp,
}

/// Messages that were received together, in their order.
#[derive(Debug, Default)]
pub struct Batch {
    held_up: BTreeSet<String>,
}

impl Batch {
    /// Takes the next message. What follows in a group is about the same order and must not overtake what comes again, so
    /// it comes again too.
    pub async fn take(&mut self, ports: &Ports, group: &str, body: &str) -> Taken {
        if self.held_up.contains(group) {
            return Taken::HeldUp;
        }
        let taken = receive(ports, body).await;
        if matches!(taken, Taken::Retry(_)) {
            self.held_up.insert(group.to_owned());
        }
        taken
    }
}

/// Takes one message of the events queue.
pub async fn receive(ports: &Ports, body: &str) -> Taken {
    let ports = guarded(ports, USES);
    match take(&ports, body).await {
        Ok(()) => Taken::Done,
        Err(fault) => Taken::Retry(fault),
    }
}

async fn take(ports: &Ports, body: &str) -> Result<(), Fault> {
    let event = match serde_json::from_str::<StoreEvent>(body) {
        Ok(event) => event,
        Err(_) => return malformed(ports, body).await,
    };
    let event = match Posted::of(event) {
        Ok(event) => event,
        Err(of_customer) => return super::customers::take(ports, *of_customer).await,
    };
    if load_order(ports.store.as_ref(), &event.order)
        .await?
        .is_none()
    {
        return event.park(ports, "the store has no such order").await;
    }
    match event.what.clone() {
        What::Nothing => event.park(ports, "no order becomes that").await,
        What::News(kind) => {
            let (tenant, order) = (&event.order.client_id, &event.order.order_id);
            let news = News::heard(tenant, order, event.news_id()?, kind, ports.clock.now());
            hear(ports, &event.order, news).await?;
            Ok(())
        }
        // A transition that is refused is on record in the audit log, by the workflow.
        // In the namespace of POS too: the news of that id is taken note of with it.
        What::Status(report) => {
            let event_id = event.news_id()?.as_str().to_owned();
            report_status(ports, &StatusReport { event_id, ..report }).await?;
            Ok(())
        }
    }
}

struct Posted {
    order: OrderKey,
    event_id: String,
    word: &'static str,
    what: What,
}

#[derive(Clone)]
enum What {
    News(NewsKind),
    Status(StatusReport),
    /// An order is PENDING only at its beginning.
    Nothing,
}

impl Posted {
    /// What is said about an order; an event about a customer comes back.
    fn of(event: StoreEvent) -> Result<Self, Box<StoreEvent>> {
        Ok(match event {
            StoreEvent::CustomerAcknowledged { .. } | StoreEvent::CustomerChanged { .. } => {
                return Err(Box::new(event));
            }
            StoreEvent::OrderDecision {
                client_id,
                store_id,
                order_id,
                event_id,
                decision,
            } => Self {
                order: OrderKey {
                    client_id,
                    store_id,
                    order_id,
                },
                event_id,
                word: "ORDER_DECISION",
                what: What::News(match decision {
                    StoreDecision::Confirmed { ready_in_minutes } => {
                        NewsKind::StoreConfirmed { ready_in_minutes }
                    }
                    StoreDecision::Rejected { reason } => NewsKind::StoreRejected { reason },
                }),
            },
            StoreEvent::OrderStatus {
                client_id,
                store_id,
                order_id,
                event_id,
                status,
                reason,
                ready_in_minutes,
            } => {
                let order = OrderKey {
                    client_id,
                    store_id,
                    order_id,
                };
                let report = StatusReport {
                    order: order.clone(),
                    status,
                    by: Actor::Restaurant,
                    event_id: event_id.clone(),
                    ready_in_minutes,
                };
                Self {
                    order,
                    event_id,
                    word: "ORDER_STATUS",
                    what: what_of(report, reason),
                }
            }
        })
    }
}

/// A yes and a cancel mean the same however a POS says them: while the order's workflow runs they are that workflow's.
/// Why, in the store's words, is kept of a cancel only: in the inbox, which an erasure empties.
fn what_of(report: StatusReport, reason: Option<String>) -> What {
    match report.status {
        OrderStatus::Confirmed => What::News(NewsKind::StoreConfirmed {
            ready_in_minutes: report.ready_in_minutes,
        }),
        OrderStatus::Cancelled => What::News(NewsKind::CancelRequested {
            by: Actor::Restaurant,
            reason,
        }),
        OrderStatus::Pending => What::Nothing,
        _ => What::Status(report),
    }
}

impl Posted {
    /// In its own namespace, so that a POS cannot speak for the payment provider, and short whatever it sent.
    fn news_id(&self) -> Result<NewsId, Fault> {
        news_id(&self.event_id)
    }

    async fn park(&self, ports: &Ports, reason: &str) -> Result<(), Fault> {
        let event_id = self.news_id()?;
        let stray = Stray {
            source: SOURCE,
            event_id: event_id.as_str(),
            event: self.word,
            subject: self.order.order_id.as_str(),
            reason,
        };
        park(ports, &self.order.client_id, &stray).await
    }
}

/// A POS's id for an event, in the namespace of POS.
pub(super) fn news_id(event_id: &str) -> Result<NewsId, Fault> {
    let id = NewsId::new(format!("pos-{event_id}")).or_else(|_| {
        let digest = hex::encode(sha2::Sha256::digest(event_id.as_bytes()));
        NewsId::new(format!("pos-{digest}"))
    });
    id.map_err(|error| Fault::unexpected(error.to_string()))
}

async fn malformed(ports: &Ports, body: &str) -> Result<(), Fault> {
    let named = serde_json::from_str::<Value>(body).ok();
    let named = named
        .as_ref()
        .and_then(|body| body.get("clientId")?.as_str());
    let tenant = named.and_then(|tenant| ClientId::new(tenant).ok());
    let tenant = match tenant {
        Some(tenant) => tenant,
        None => ClientId::new(NOBODY).map_err(|error| Fault::unexpected(error.to_string()))?,
    };
    let stray = Stray {
        source: SOURCE,
        event_id: &id_of(body.as_bytes()),
        event: "MALFORMED",
        subject: "",
        reason: "the message is not one that we know",
    };
    park(ports, &tenant, &stray).await
}
