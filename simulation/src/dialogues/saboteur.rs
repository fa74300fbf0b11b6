//! Handlers that use their ports wrongly where customers are concerned: the planted faults that are a wrong call, put
//! between a handler and the network.

use std::sync::Arc;

use comanda_domain::{
    ids::ClientId,
    keys::{Key, PartitionKey},
    people::ChannelAddress,
    planted::{CustomerFault as Fault, planted},
    tables::{self, Table},
};
use comanda_tasks::ports::{
    Answer, Change, Channel, ChannelError, ChoiceLimits, Condition, OutageError, OutboundMessage,
    Page, Ports, Query, Queue, QueueMessage, Sender, SentMessage, Store, StoreError, StoredRow,
    Write,
};
use jiff::Timestamp;
use serde_json::Value;

/// The tenant whose rows and queues are mistaken for one's own.
const FIRST_TENANT: &str = "tenant-0";

/// The same ports, used as the chosen fault uses them.
pub(super) fn sabotaged(ports: &Ports) -> Ports {
    let saboteur = Arc::new(Saboteur {
        inner: ports.clone(),
    });
    Ports {
        store: saboteur.clone(),
        queue: saboteur.clone(),
        channel: saboteur,
        ..ports.clone()
    }
}

struct Saboteur {
    inner: Ports,
}

/// The key that is read in place of this one.
fn asked(table: &'static Table, key: &Key) -> Key {
    let is_customer = table.name == tables::CUSTOMERS.name;
    let is_key = table.name == tables::CUSTOMER_KEYS.name;
    let moved = key
        .partition
        .as_str()
        .split_once('#')
        .and_then(|(_, rest)| {
            if planted(Fault::ForeignCustomer) && (is_customer || is_key) {
                let first = ClientId::new(FIRST_TENANT).ok()?;
                return Some(PartitionKey::new(&first, rest));
            }
            let bare = ClientId::new(rest).ok()?;
            (planted(Fault::BareId) && is_customer).then(|| PartitionKey::new(&bare, ""))
        });
    Key {
        partition: moved.unwrap_or_else(|| key.partition.clone()),
        sort: key.sort.clone(),
    }
}

/// A write as the fault makes it; `None` where it is left out.
fn written(mut write: Write) -> Option<Write> {
    let table = write.table.name;
    let left_out = planted(Fault::ConsentPromised) && table == tables::CONSENTS.name
        || planted(Fault::PointsWithoutLine) && table == tables::LOYALTY_LEDGER.name
        || planted(Fault::ErasureLeavesKeys)
            && table == tables::CUSTOMER_KEYS.name
            && write.change == Change::Delete;
    if left_out {
        return None;
    }
    if table == tables::CUSTOMERS.name {
        if planted(Fault::CustomerUnconditional) {
            write.condition = Condition::None;
        }
        if let (true, Change::Put(item)) = (planted(Fault::AddressWithoutId), &mut write.change) {
            let addresses = item.get_mut("addresses").and_then(Value::as_array_mut);
            for address in addresses.into_iter().flatten() {
                address
                    .as_object_mut()
                    .map(|fields| fields.remove("addressId"));
            }
        }
    }
    Some(write)
}

/// Whether the table refuses this row for the key that it lacks.
fn is_refused(write: &Write) -> bool {
    let lacks = matches!(&write.change, Change::Put(item) if !item.contains_key("email"));
    planted(Fault::NoEmailNoRecord) && write.table.name == tables::CUSTOMERS.name && lacks
}

impl Store for Saboteur {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        Box::pin(async move {
            let key = asked(table, key);
            self.inner.store.get(table, &key).await
        })
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        if writes.iter().any(is_refused) {
            let refused = OutageError::NotDone {
                party: "dynamodb",
                detail: "ValidationException: an index key is empty".to_owned(),
            };
            return Box::pin(async { Err(refused.into()) });
        }
        let writes: Vec<Write> = writes.into_iter().filter_map(written).collect();
        if writes.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        self.inner.store.write(writes)
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        self.inner.store.query(query)
    }
}

impl Queue for Saboteur {
    fn send(&self, mut message: QueueMessage) -> Answer<'_, (), OutageError> {
        if planted(Fault::EventsSwallowed) {
            return Box::pin(async { Ok(()) });
        }
        if planted(Fault::FirstStoreHears) {
            message.queue_url = format!("http://sqs.invalid/{FIRST_TENANT}.fifo");
        }
        if planted(Fault::CustomerEventByTime) {
            let fresh = self.inner.clock.fresh_id();
            message.deduplication_id = format!("{}-{fresh}", message.deduplication_id);
        }
        self.inner.queue.send(message)
    }
}

impl Channel for Saboteur {
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError> {
        Box::pin(async move {
            let mut message = message.clone();
            let address = ChannelAddress::new(message.to.as_str()).ok();
            let phone = address.and_then(|address| address.phone());
            if let (true, Some(phone)) = (planted(Fault::ReplyRewritten), phone) {
                message.to = format!("whatsapp:{}", phone.e164());
            }
            self.inner.channel.send(sender, &message).await
        })
    }

    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError> {
        self.inner.channel.sent_since(sender, to, since)
    }

    fn limits(&self, to: &str) -> ChoiceLimits {
        self.inner.channel.limits(to)
    }
}
