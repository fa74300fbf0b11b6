//! The console over the running stack: orders from the tables, executions from the scheduler, pictures from the
//! definitions, and the world's parts played over the wire.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use comanda_codegen::graph::{Graph, Picture};
use comanda_domain::{
    exception::{Exception, ExceptionState},
    ids::{ChargeId, ClientId, OrderId, StoreId},
    order::Order,
    tables::{
        EXCEPTIONS, NOTIFICATIONS, ORDERS, exceptions::BY_STATE, from_item, orders::BY_STORE,
    },
};
use comanda_tasks::{
    ports::{Clock, Page, Query, Store},
    rows::{NotificationRow, NotificationState},
};
use comanda_workflows::{
    order_lifecycle::ORDER_LIFECYCLE,
    story::{Event, Message, Went},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value};
use tokio::sync::{broadcast, watch};

use super::{
    action::Action,
    data::{Change, ConsoleData, DataError, Execution, ExecutionLine, Read},
    parties::Parties,
};
use crate::{
    aws::names::{last_part, machine_arn},
    scheduler::{Changed, RunningExecution, Scheduler},
    simulators::twilio::Twilio,
    tenancy::Tenancy,
};

/// How long a page may be behind a row that no execution changed.
const LOOKED_AGAIN: Duration = Duration::from_secs(3);
/// The rows that one page of an index brings.
const PAGE: usize = 100;

/// What the console needs of the stack.
pub struct StackData {
    /// The tables.
    pub store: Arc<dyn Store>,
    /// The executions.
    pub scheduler: Scheduler,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// The tenants whose stores' orders are shown.
    pub tenancy: Arc<Tenancy>,
    /// Their time of day.
    pub zone: TimeZone,
    /// Who plays the customer, the provider and the store.
    pub parties: Parties,
    /// Customers' phones.
    pub twilio: Arc<Twilio>,
    /// Turns true when the stack shuts down: the streams end.
    pub closing: watch::Receiver<bool>,
}

impl StackData {
    async fn newest_of(
        &self,
        (tenant, store): &(ClientId, StoreId),
        limit: usize,
    ) -> Result<Vec<Order>, DataError> {
        let mut orders = Vec::new();
        let mut start = None;
        while orders.len() < limit {
            let query = Query {
                table: &ORDERS,
                index: Some(&BY_STORE),
                partition: Order::of_store(tenant, store),
                sort_prefix: None,
                descending: true,
                limit: PAGE.min(limit - orders.len()),
                start: start.take(),
            };
            let Page { items, next } = self.store.query(query).await.map_err(broken)?;
            for item in items {
                orders.push(from_item(&item).map_err(broken)?);
            }
            match next {
                Some(next) => start = Some(next),
                None => break,
            }
        }
        Ok(orders)
    }

    async fn read_order(&self, id: &str) -> Result<Option<Order>, DataError> {
        let Ok(id) = OrderId::new(id) else {
            return Ok(None);
        };
        for tenant in self.tenancy.clients() {
            let key = Order::key_of(&tenant, &id);
            if let Some(item) = self.store.get(&ORDERS, &key).await.map_err(broken)? {
                return from_item(&item).map(Some).map_err(broken);
            }
        }
        Ok(None)
    }

    async fn read_messages(&self, order: &Order) -> Result<Vec<Message>, DataError> {
        let query = Query {
            table: &NOTIFICATIONS,
            index: None,
            partition: NotificationRow::of_subject(&order.client_id, order.order_id.as_str()),
            sort_prefix: None,
            descending: false,
            limit: PAGE,
            start: None,
        };
        let page = self.store.query(query).await.map_err(broken)?;
        let mut rows = Vec::with_capacity(page.items.len());
        for item in page.items {
            rows.push(from_item::<NotificationRow>(&item).map_err(broken)?);
        }
        rows.sort_by(|one, other| {
            (one.created_at, &one.kind).cmp(&(other.created_at, &other.kind))
        });
        let message = |row: NotificationRow| Message {
            at: row.created_at,
            text: row.text,
            went: match row.state {
                NotificationState::Intended => Went::Pending,
                NotificationState::Sent => Went::Sent,
                NotificationState::Refused => Went::Refused,
                NotificationState::Overtaken => Went::Overtaken,
            },
        };
        Ok(rows.into_iter().map(message).collect())
    }

    /// Those about the order itself and those about its charge.
    async fn read_exceptions(&self, order: &Order) -> Result<Vec<Exception>, DataError> {
        let charge = order.payment_id.as_ref().map(ChargeId::as_str);
        let mut exceptions = Vec::new();
        for subject in std::iter::once(order.order_id.as_str()).chain(charge) {
            let query = Query {
                table: &EXCEPTIONS,
                index: None,
                partition: Exception::of_subject(&order.client_id, subject),
                sort_prefix: None,
                descending: false,
                limit: PAGE,
                start: None,
            };
            let page = self.store.query(query).await.map_err(broken)?;
            for item in page.items {
                exceptions.push(from_item(&item).map_err(broken)?);
            }
        }
        Ok(exceptions)
    }

    async fn open_exceptions(&self, limit: usize) -> Result<Vec<Exception>, DataError> {
        let mut open: Vec<Exception> = Vec::new();
        for tenant in self.tenancy.clients() {
            let query = Query {
                table: &EXCEPTIONS,
                index: Some(&BY_STATE),
                partition: Exception::in_state(&tenant, ExceptionState::Open),
                sort_prefix: None,
                descending: true,
                limit,
                start: None,
            };
            let page = self.store.query(query).await.map_err(broken)?;
            for item in page.items {
                open.push(from_item(&item).map_err(broken)?);
            }
        }
        open.sort_by_key(|exception| std::cmp::Reverse(exception.raised_at));
        open.truncate(limit);
        Ok(open)
    }

    pub(super) async fn whole(
        &self,
        execution: &Arc<RunningExecution>,
    ) -> Result<Execution, DataError> {
        let history = self.scheduler.history(execution).await.map_err(broken)?;
        let standing = self.scheduler.standing(execution).await;
        let events: Result<Vec<Event>, DataError> = history
            .iter()
            .map(|event| {
                let printed = serde_json::to_value(event).map_err(broken)?;
                Event::from_api(&printed).map_err(broken)
            })
            .collect();
        let variables: Map<String, Value> = standing
            .variables
            .into_iter()
            .map(|(name, value)| (name, value.into_value()))
            .collect();
        Ok(Execution {
            line: line(execution),
            input: execution.facts.start.input.clone().into_value(),
            output: execution.summary().output.map(|output| output.into_value()),
            variables: Value::Object(variables),
            events: events?,
        })
    }
}

impl ConsoleData for StackData {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone()
    }

    fn orders(&self, limit: usize) -> Read<'_, Vec<Order>> {
        Box::pin(async move {
            let mut orders = Vec::new();
            for store in &self.tenancy.shops() {
                orders.extend(self.newest_of(store, limit).await?);
            }
            orders.sort_by_key(|order: &Order| std::cmp::Reverse(order.created_at));
            orders.truncate(limit);
            Ok(orders)
        })
    }

    fn order<'a>(&'a self, id: &'a str) -> Read<'a, Option<Order>> {
        Box::pin(self.read_order(id))
    }

    fn executions(&self, limit: usize) -> Read<'_, Vec<ExecutionLine>> {
        let lines = self.scheduler.newest(limit).iter().map(line).collect();
        Box::pin(async move { Ok(lines) })
    }

    fn execution<'a>(&'a self, name: &'a str) -> Read<'a, Option<Execution>> {
        Box::pin(async move {
            let newest = self.scheduler.list(None);
            let found = newest
                .iter()
                .find(|execution| &*execution.facts.start.execution_name == name);
            match found {
                Some(execution) => self.whole(execution).await.map(Some),
                None => Ok(None),
            }
        })
    }

    fn executions_of<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Execution>> {
        Box::pin(async move {
            let own = machine_arn(ORDER_LIFECYCLE.name());
            let mut found = self.scheduler.of_order(order.order_id.as_str());
            // Oldest first, the order's own before all others.
            found.sort_by_key(|execution| {
                let is_own = *execution.facts.start.state_machine_arn == *own;
                (!is_own, execution.facts.number)
            });
            let mut executions = Vec::with_capacity(found.len());
            for execution in &found {
                executions.push(self.whole(execution).await?);
            }
            Ok(executions)
        })
    }

    fn messages<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Message>> {
        Box::pin(self.read_messages(order))
    }

    fn exceptions<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Exception>> {
        Box::pin(self.read_exceptions(order))
    }

    fn alarms(&self, limit: usize) -> Read<'_, Vec<Exception>> {
        Box::pin(self.open_exceptions(limit))
    }

    fn picture(&self, workflow: &str) -> Option<Arc<Picture>> {
        static PICTURES: LazyLock<BTreeMap<&str, Arc<Picture>>> = LazyLock::new(|| {
            let workflows = comanda_workflows::all().unwrap_or_default();
            let pictures = workflows.iter().map(|workflow| {
                let picture = Picture::from(Graph::from(workflow));
                (workflow.name, Arc::new(picture))
            });
            pictures.collect()
        });
        PICTURES.get(workflow).cloned()
    }

    fn act<'a>(&'a self, order: &'a Order, action: Action) -> Read<'a, String> {
        Box::pin(self.parties.play(order, action))
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        let (changes, receiver) = broadcast::channel(16);
        let sources = (self.scheduler.changes(), self.twilio.changes());
        tokio::spawn(pass_on(sources, self.closing.clone(), changes));
        receiver
    }
}

/// Passes changes of executions and chats on, until the stack closes or nobody listens any more. Rows may change without any
/// execution (a webhook's news that comes late), so that every so often there may be something new all the same.
async fn pass_on(
    (mut executions, mut chats): (broadcast::Receiver<Changed>, watch::Receiver<u64>),
    mut closing: watch::Receiver<bool>,
    changes: broadcast::Sender<Change>,
) {
    loop {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            received = executions.recv() => {
                if received == Err(broadcast::error::RecvError::Closed) {
                    break;
                }
            }
            changed = chats.changed() => {
                if changed.is_err() {
                    break;
                }
            }
            () = tokio::time::sleep(LOOKED_AGAIN) => {}
        }
        if changes.send(Change).is_err() {
            break;
        }
    }
}

fn line(execution: &Arc<RunningExecution>) -> ExecutionLine {
    let summary = execution.summary();
    ExecutionLine {
        name: execution.facts.start.execution_name.to_string(),
        workflow: last_part(&execution.facts.start.state_machine_arn, ':').to_owned(),
        status: summary.status.as_str().to_owned(),
        started: execution.facts.started_at,
        stopped: summary.stopped_at,
    }
}

/// What is broken is for the log of the stack; the page says that it is.
pub(super) fn broken(error: impl std::fmt::Display) -> DataError {
    DataError::Broken(error.to_string())
}
