//! Messages of the events queue: each to its handler, and which are to come again.

use comanda_tasks::{
    fault::Fault,
    ports::Ports,
    pos::events::{Batch, Taken},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A message as Lambda hands it over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    message_id: String,
    body: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Attributes {
    message_group_id: String,
}

/// What came of a batch.
pub(crate) struct Outcome {
    /// How many messages there were.
    pub(crate) messages: usize,
    /// Those that are to come again; Lambda deletes the others.
    pub(crate) again: Vec<String>,
    /// Why, for those that do not only wait for another.
    pub(crate) faults: Vec<Fault>,
}

/// Takes all messages, in their order.
pub(crate) async fn take(ports: &Ports, records: Vec<Record>) -> Outcome {
    let mut batch = Batch::default();
    let mut outcome = Outcome {
        messages: records.len(),
        again: Vec::new(),
        faults: Vec::new(),
    };
    for record in records {
        let group = &record.attributes.message_group_id;
        match batch.take(ports, group, &record.body).await {
            Taken::Done => continue,
            Taken::Retry(fault) => outcome.faults.push(fault),
            Taken::HeldUp => {}
        }
        outcome.again.push(record.message_id);
    }
    outcome
}

/// The answer that Lambda's poller reads; the mapping must be set to `ReportBatchItemFailures`.
pub(crate) fn response(outcome: &Outcome) -> Value {
    let again = outcome.again.iter();
    let failures: Vec<Value> = again.map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failures })
}
