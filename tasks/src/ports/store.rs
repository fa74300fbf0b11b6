//! Rows in DynamoDB tables: read by key, write under a condition, list by index.

use std::sync::Arc;

use comanda_domain::{
    keys::{Key, PartitionKey},
    tables::{Index, Table},
};
use serde_json::{Map, Value};

use super::{Answer, OutageError, StoredRow};

/// A row. Numbers are integers (money is centavos); no attribute is a float.
pub type Item = Map<String, Value>;

/// The tables. Reads by key are strongly consistent; reads by index lag and serve lists and sweeps only.
pub trait Store: Send + Sync {
    /// The row with this key, strongly consistent.
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError>;

    /// All writes or none (`PutItem`/`DeleteItem` for one, `TransactWriteItems` for up to 100).
    /// On a failed condition nothing is written and the error names the first write that failed.
    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError>;

    /// One page of the rows of a partition, of the table (strongly consistent) or of an index (eventually).
    fn query(&self, query: Query) -> Answer<'_, Page, StoreError>;
}

/// One conditional change to one row.
#[derive(Clone, PartialEq)]
pub struct Write {
    /// The table.
    pub table: &'static Table,
    /// The row.
    pub key: Key,
    /// What must hold of the row for the whole write to happen.
    pub condition: Condition,
    /// What happens to the row.
    pub change: Change,
}

/// What must hold of a row before it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Nothing.
    None,
    /// There is no such row.
    Absent,
    /// There is such a row.
    Present,
    /// The row's attribute `version` is this number.
    Version(u64),
}

/// What happens to a row.
#[derive(Clone, PartialEq)]
pub enum Change {
    /// The row becomes this item; the key attributes are in it.
    Put(Item),
    /// The row goes away.
    Delete,
    /// Nothing: the condition alone is checked.
    Check,
}

/// Which rows to list.
#[derive(Clone, PartialEq)]
pub struct Query {
    /// The table.
    pub table: &'static Table,
    /// The index, or the table itself.
    pub index: Option<&'static Index>,
    /// The partition.
    pub partition: PartitionKey,
    /// Only rows whose sort key starts with this.
    pub sort_prefix: Option<String>,
    /// Newest (highest sort key) first.
    pub descending: bool,
    /// At most this many rows in the page.
    pub limit: usize,
    /// The `next` of the page before.
    pub start: Option<Cursor>,
}

/// Where the next page starts; opaque to handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// Rows of one page.
#[derive(Clone, PartialEq)]
pub struct Page {
    /// The rows in sort key order.
    pub items: Vec<Arc<StoredRow>>,
    /// Where to go on, if there is more.
    pub next: Option<Cursor>,
}

/// Why a read or a write did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The condition of the write at this position did not hold; nothing was written.
    #[error("the condition of write {position} did not hold")]
    ConditionFailed {
        /// Position in the list given to [`Store::write`].
        position: usize,
    },
    /// The table was away, throttled, or its answer was lost.
    #[error(transparent)]
    Outage(#[from] OutageError),
}

/// Without the row, whose key and content may be personal.
impl std::fmt::Debug for Write {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let change = match self.change {
            Change::Put(_) => "Put",
            Change::Delete => "Delete",
            Change::Check => "Check",
        };
        f.debug_struct("Write")
            .field("table", &self.table.name)
            .field("condition", &self.condition)
            .field("change", &change)
            .finish_non_exhaustive()
    }
}
