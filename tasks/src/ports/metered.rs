//! A store that also says, in CloudWatch's embedded metric format, what its writes raised: an exception that a person must
//! see, an event that was parked.
//!
//! It sits at the port, so that a row and its metric cannot be told apart by a handler that forgets one of them. Where the
//! line goes is its maker's business: a Lambda function prints it, and CloudWatch reads it from the log.

use std::{collections::BTreeMap, sync::Arc};

use comanda_domain::{
    exception::ExceptionState,
    keys::Key,
    tables::{EXCEPTIONS, PARKED_EVENTS, Table},
};
use serde_json::{Value, json};

use super::{Answer, Change, Clock, OutageError, Page, Query, Store, StoreError, StoredRow, Write};

/// The namespace of our own metrics.
pub const NAMESPACE: &str = "Comanda";
/// Counts exceptions that were raised, or seen again after an hour. Its dimension is [`KIND`].
pub const EXCEPTION_RAISED: &str = "ExceptionRaised";
/// The dimension that says which exception: `REFUND_BLOCKED`.
pub const KIND: &str = "Kind";
/// Counts webhooks and POS events that belong to nothing we know. Its dimension is [`SOURCE`].
pub const EVENT_PARKED: &str = "EventParked";
/// The dimension that says whose event it was: `asaas`.
pub const SOURCE: &str = "Source";
/// Whose events are parked: the values of [`SOURCE`].
pub const SOURCES: &[&str] = &crate::parking::SOURCES;

/// Takes one line of log.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// The same store, which tells what was written once it is written.
#[must_use]
pub fn metered(store: Arc<dyn Store>, clock: Arc<dyn Clock>, tell: Tell) -> Arc<dyn Store> {
    Arc::new(Metered { store, clock, tell })
}

struct Metered {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tell: Tell,
}

impl Store for Metered {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        self.store.get(table, key)
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        let counts = counted(&writes);
        Box::pin(async move {
            let answer = self.store.write(writes).await;
            // An answer that was lost may have been a write. One alarm too many is better than none.
            let may_be_written = matches!(
                answer,
                Ok(()) | Err(StoreError::Outage(OutageError::Unknown { .. }))
            );
            if may_be_written {
                let now = self.clock.now().as_millisecond();
                for ((metric, dimension, value), count) in counts {
                    (self.tell)(&line(now, metric, (dimension, &value), count).to_string());
                }
            }
            answer
        })
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        self.store.query(query)
    }
}

/// What these writes raise, by metric, dimension and its value.
fn counted(writes: &[Write]) -> BTreeMap<(&'static str, &'static str, String), u32> {
    let mut counts = BTreeMap::new();
    for write in writes {
        let Change::Put(item) = &write.change else {
            continue;
        };
        let text = |field: &str| item.get(field).and_then(Value::as_str).map(str::to_owned);
        let is = |table: &Table| write.table.name == table.name;
        let is_open = text("state").as_deref() == Some(ExceptionState::Open.as_str());
        let counted = match () {
            () if is(&EXCEPTIONS) && is_open => text("kind").map(|k| (EXCEPTION_RAISED, KIND, k)),
            () if is(&PARKED_EVENTS) => text("source").map(|s| (EVENT_PARKED, SOURCE, own(&s))),
            () => None,
        };
        if let Some(counted) = counted {
            *counts.entry(counted).or_default() += 1;
        }
    }
    counts
}

/// A key's own part: what stands behind the tenant.
fn own(key: &str) -> String {
    key.split_once('#').map_or(key, |(_, own)| own).to_owned()
}

/// One document of the embedded metric format. No tenant and no subject: the table's row has them.
fn line(now: i64, metric: &str, (dimension, value): (&str, &str), count: u32) -> Value {
    json!({
        "_aws": {
            "Timestamp": now,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[dimension]],
                "Metrics": [{"Name": metric, "Unit": "Count"}],
            }],
        },
        dimension: value,
        metric: count,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use comanda_domain::{
        exception::{Exception, ExceptionKind},
        ids::ClientId,
    };

    use super::*;
    use crate::{
        ports::Condition,
        rows::{ParkedEventRow, put},
        testing::{MemoryStore, TestClock, block_on},
    };

    /// What is told when these are written under this condition.
    fn told(writes: Vec<Write>) -> Vec<Value> {
        let now = "2026-11-26T03:00:00Z".parse().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let tell: Tell = Arc::new(move |line: &str| {
            let line = serde_json::from_str(line).unwrap();
            sink.lock().unwrap().push(line);
        });
        let clock = Arc::new(TestClock::new(now, 1));
        let store = metered(Arc::new(MemoryStore::default()), clock, tell);
        let _ = block_on(store.write(writes));
        std::mem::take(&mut *lines.lock().unwrap())
    }

    fn blocked() -> Exception {
        let tenant = ClientId::new("sabor").unwrap();
        let at = "2026-11-26T03:00:00Z".parse().unwrap();
        let subject = ("order_1", ExceptionKind::RefundBlocked);
        Exception::raised(&tenant, subject, "the balance does not cover it", at)
    }

    #[test]
    fn an_exception_and_a_parked_event_are_counted_once_they_are_written() {
        let parked = ParkedEventRow::new(
            &ClientId::new("sabor").unwrap(),
            ("asaas", "evt_1"),
            ("PAYMENT_RECEIVED", "pay_1"),
            "no such charge",
            "2026-11-26T03:00:00Z".parse().unwrap(),
        );
        let lines = told(vec![
            put(&blocked(), Condition::None).unwrap(),
            put(&parked, Condition::Absent).unwrap(),
        ]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["Source"], "asaas");
        assert_eq!(lines[0]["EventParked"], 1);
        assert_eq!(lines[1]["Kind"], "REFUND_BLOCKED");
        assert_eq!(lines[1]["ExceptionRaised"], 1);
        let format = &lines[1]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(format["Namespace"], "Comanda");
        assert_eq!(format["Dimensions"], json!([["Kind"]]));
        // Whose it is stays in the row.
        assert!(!lines[1].to_string().contains("sabor"));
        assert!(!lines[1].to_string().contains("order_1"));
    }

    #[test]
    fn what_was_put_right_or_not_written_is_no_alarm() {
        let healed = blocked().healed();
        assert_eq!(
            told(vec![put(&healed, Condition::None).unwrap()]),
            [Value::Null; 0]
        );
        let refused = put(&blocked(), Condition::Version(7)).unwrap();
        assert_eq!(told(vec![refused]), [Value::Null; 0]);
    }
}
