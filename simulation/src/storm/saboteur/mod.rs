//! Handlers that use their ports wrongly: the planted faults that are a wrong call, put between a handler and the network.

mod outside;

use std::sync::{Arc, atomic::Ordering};

use comanda_domain::{
    keys::{Key, PartitionKey},
    planted::{Fault, planted},
    tables::{self, Table},
};
use comanda_tasks::ports::{
    Answer, Change, Clock, Completion, Condition, Item, OutageError, Page, Ports, Query, Queue,
    QueueMessage, Started, Store, StoreError, StoredRow, SyncEnd, Workflows, Write,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    network::Network,
    tenants::{BRANCH, FIRST},
};

/// The same ports, used as the chosen fault uses them, by a job that places an order or by another.
pub(crate) fn sabotaged(ports: &Ports, network: &Arc<Network>, places: bool) -> Ports {
    let saboteur = Arc::new(Saboteur {
        inner: ports.clone(),
        network: network.clone(),
        places,
    });
    Ports {
        store: saboteur.clone(),
        queue: saboteur.clone(),
        workflows: saboteur.clone(),
        provider: saboteur.clone(),
        channel: saboteur.clone(),
        secrets: ports.secrets.clone(),
        clock: saboteur,
        is_tried_again: ports.is_tried_again,
    }
}

struct Saboteur {
    inner: Ports,
    network: Arc<Network>,
    places: bool,
}

/// The tenant whose rows and queues are mistaken for one's own.
const FIRST_TENANT: &str = "tenant-0";

impl Saboteur {
    fn write_item(&self, table: &'static Table, item: &mut Item) {
        if table.name == tables::ORDERS.name {
            if planted(Fault::FloatPrice) {
                item.insert("total".to_owned(), json!(32.9));
            }
            if planted(Fault::NullIndexKey) {
                item.insert("customerId".to_owned(), Value::Null);
            }
            if planted(Fault::HistoryCut)
                && let Some(history) = item.get_mut("statusHistory").and_then(Value::as_array_mut)
            {
                let last = history.pop();
                *history = last.into_iter().collect();
            }
            if planted(Fault::SameNumberTwice) {
                item.insert("orderNumber".to_owned(), json!(1));
            }
        }
    }

    fn sabotage_write(&self, mut write: Write) -> Write {
        let table = write.table.name;
        let forgotten = planted(Fault::CheckoutForgotten) && table == tables::CHECKOUTS.name;
        if planted(Fault::NoConditions) || forgotten {
            write.condition = Condition::None;
        }
        if planted(Fault::ForeignOrder) && table == tables::ORDERS.name {
            let own = write
                .key
                .partition
                .as_str()
                .split_once('#')
                .map(|(_, rest)| rest.to_owned());
            if let (Some(rest), Some(partition)) = (own, foreign(&write.key.partition)) {
                write.key.partition = partition;
                if let Change::Put(item) = &mut write.change {
                    item.insert(
                        write.table.partition_key.to_owned(),
                        json!(format!("{FIRST_TENANT}#{rest}")),
                    );
                }
            }
        }
        if let Change::Put(item) = &mut write.change {
            self.write_item(write.table, item);
        }
        write
    }

    /// True once in so many times in a world.
    fn every(&self, nth: u64) -> bool {
        self.network.sabotages.fetch_add(1, Ordering::Relaxed) % nth == nth - 1
    }
}

/// The same key in the first tenant's rows.
fn foreign(partition: &PartitionKey) -> Option<PartitionKey> {
    let (tenant, rest) = partition.as_str().split_once('#')?;
    let first = comanda_domain::ids::ClientId::new(FIRST_TENANT).ok()?;
    (!tenant.is_empty()).then(|| PartitionKey::new(&first, rest))
}

fn cheaper(row: &Item, per_cent: i64) -> Arc<StoredRow> {
    let mut item = row.clone();
    for sold in item
        .get_mut("items")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let price = sold.get("price").and_then(Value::as_i64).unwrap_or(0);
        if let Some(fields) = sold.as_object_mut() {
            fields.insert("price".to_owned(), json!(price * per_cent / 100));
        }
    }
    StoredRow::new(item)
}

/// Rules that forbid nothing, for the store of this key.
fn open_rules(key: &Key) -> Item {
    let tenant = key.partition.as_str().split('#').next();
    let rules = json!({
        "clientId": tenant, "storeId": key.sort, "requiresConfirmation": false, "refundUnconfirmedOrders": true,
        "acceptedPaymentMethods": ["PIX", "CREDIT", "DEBIT", "CASH"], "minimumOrderValue": 0,
        "updatedAt": "2026-01-01T00:00:00Z",
    });
    rules.as_object().cloned().unwrap_or_default()
}

impl Store for Saboteur {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        Box::pin(async move {
            if planted(Fault::CheckoutForgotten)
                && table.name == tables::CHECKOUTS.name
                && self.places
            {
                return Ok(None);
            }
            if planted(Fault::TenantBySender) && table.name == tables::CHANNEL_ROUTES.name {
                return Ok(self.first_route(table, key).await);
            }
            let rules = table.name == tables::ORDER_CONFIG.name;
            let menu = table.name == tables::MENUS.name;
            let mut asked = key.clone();
            if planted(Fault::ForeignConfig) && rules {
                asked.partition = foreign(&key.partition).unwrap_or(asked.partition);
            }
            if planted(Fault::FirstStoresRules) && rules || planted(Fault::FirstStoresMenu) && menu
            {
                return self.of_first_store(table, asked).await;
            }
            let found = match self.inner.store.get(table, &asked).await {
                Err(_) if rules && planted(Fault::ConfigFailsOpen) => {
                    Some(StoredRow::new(open_rules(&asked)))
                }
                found => found?,
            };
            Ok(match found {
                Some(item) if menu && planted(Fault::GoodsCostNothing) => Some(cheaper(&item, 0)),
                Some(item) if menu && planted(Fault::OldPrices) => Some(cheaper(&item, 90)),
                found => found,
            })
        })
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        let writes: Vec<Write> = writes
            .into_iter()
            .map(|write| self.sabotage_write(write))
            .collect();
        Box::pin(async move {
            if planted(Fault::AcknowledgedNotStored) && self.every(20) {
                return Ok(());
            }
            if planted(Fault::SplitTransaction) && writes.len() > 1 {
                for (position, write) in writes.into_iter().enumerate() {
                    // The process that writes one row after the other dies in between now and then.
                    if position > 0 && self.every(3) {
                        return Ok(());
                    }
                    self.inner.store.write(vec![write]).await?;
                }
                return Ok(());
            }
            self.inner.store.write(writes).await
        })
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        self.inner.store.query(query)
    }
}

impl Saboteur {
    /// The row of its tenant's first store, as if it were this store's own.
    async fn of_first_store(
        &self,
        table: &'static Table,
        key: Key,
    ) -> Result<Option<Arc<StoredRow>>, StoreError> {
        let own = key.sort.unwrap_or_default();
        let first = Key::sorted(key.partition, own.replace(BRANCH.name, FIRST.name));
        let found = self.inner.store.get(table, &first).await?;
        Ok(found.map(|row| {
            let mut item = Item::clone(&row);
            item.insert("storeId".to_owned(), json!(own));
            StoredRow::new(item)
        }))
    }

    /// The first tenant's route, whoever was written to.
    async fn first_route(&self, table: &'static Table, key: &Key) -> Option<Arc<StoredRow>> {
        let first = PartitionKey::platform("CHANNEL", "whatsapp:+551140020000");
        let first = Key {
            partition: first,
            sort: key.sort.clone(),
        };
        self.inner.store.get(table, &first).await.ok().flatten()
    }
}

impl Queue for Saboteur {
    fn send(&self, mut message: QueueMessage) -> Answer<'_, (), OutageError> {
        let is_order = message.body.contains("REMOTE_ORDER_RECEIVED");
        if planted(Fault::NeverReachesTheStore) && is_order
            || planted(Fault::CancelNotTold) && !is_order
        {
            return Box::pin(async { Ok(()) });
        }
        if planted(Fault::DeduplicationByTime) {
            message.deduplication_id = format!(
                "{}-{}",
                message.deduplication_id,
                self.inner.clock.fresh_id()
            );
        }
        if planted(Fault::GroupIsTenant) {
            message.group_id = "tenant".to_owned();
        }
        if planted(Fault::WrongQueue) {
            message.queue_url = format!("http://sqs.invalid/{FIRST_TENANT}.fifo");
        }
        if planted(Fault::FirstStoresQueue) {
            message.queue_url = message.queue_url.replace(BRANCH.queue, FIRST.queue);
        }
        if planted(Fault::NoDeadline) {
            message.body = message.body.replace("\"answerBy\"", "\"answerSoon\"");
        }
        self.inner.queue.send(message)
    }
}

impl Workflows for Saboteur {
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError> {
        let lost = planted(Fault::RefundNeverStarted) && workflow == "refund"
            || planted(Fault::OrderNeverStarted) && workflow == "order-lifecycle";
        if lost {
            return Box::pin(async { Ok(Started::Running) });
        }
        self.inner.workflows.start(workflow, name, input)
    }

    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError> {
        self.inner.workflows.start_sync(workflow, name, input)
    }

    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError> {
        self.inner.workflows.succeed(token, output)
    }

    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        cause: &'a str,
    ) -> Answer<'a, Completion, OutageError> {
        self.inner.workflows.fail(token, error, cause)
    }
}

impl Clock for Saboteur {
    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn fresh_id(&self) -> String {
        let id = self.inner.clock.fresh_id();
        if planted(Fault::ShortIds) {
            let short = id.chars().rfind(char::is_ascii_digit).unwrap_or('0');
            return format!("{:032}", short.to_digit(4).unwrap_or(0));
        }
        id
    }
}
