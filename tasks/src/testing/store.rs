//! Tables in memory with DynamoDB's rules (providers §4.7): conditions, all-or-nothing writes, key order, pages.
//!
//! Indexes are always up to date here; a world that wants them to lag wraps this store.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use comanda_domain::{
    keys::Key,
    tables::{Table, by_name},
};
use jiff::Timestamp;
use serde_json::Value;

use super::lock;
use crate::ports::{
    Answer, Change, Condition, Cursor, Item, OutageError, Page, Query, Store, StoreError,
    StoredRow, Write,
};

/// `TransactWriteItems` takes this many (providers §4.7).
const WRITES_MAX: usize = 100;
/// DynamoDB refuses larger rows (providers §4.7).
const ROW_BYTES_MAX: usize = 400 * 1024;

type RowKey = (String, String);

/// Shared until they are written, so that a world can be copied often.
pub(super) type Tables = BTreeMap<&'static str, Arc<BTreeMap<RowKey, Arc<StoredRow>>>>;

/// All tables of one account.
#[derive(Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

impl MemoryStore {
    /// Every row of a table in key order: for auditors, never for handlers.
    #[must_use]
    pub fn rows(&self, table: &Table) -> Vec<Item> {
        let rows = self.shared_rows(table).into_iter();
        rows.map(|row| Item::clone(&row)).collect()
    }

    /// The same, shared with the store.
    #[must_use]
    pub fn shared_rows(&self, table: &Table) -> Vec<Arc<StoredRow>> {
        let tables = lock(&self.tables);
        let rows = tables.get(table.name);
        rows.map(|rows| rows.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Puts a row as it is, whatever was there: for seeding. The key is read from the row.
    pub fn seed(&self, table: &'static Table, item: Item) {
        let text = |name: &str| attribute(&item, name).unwrap_or_default();
        let key = (
            text(table.partition_key),
            table.sort_key.map(text).unwrap_or_default(),
        );
        Arc::make_mut(lock(&self.tables).entry(table.name).or_default())
            .insert(key, StoredRow::new(item));
    }

    /// One row as it stands, shared with the store: for observers of every change.
    #[must_use]
    pub fn row(&self, table: &Table, key: &Key) -> Option<Arc<StoredRow>> {
        let tables = lock(&self.tables);
        let rows = tables.get(table.name)?;
        rows.get(&row_key(key)).cloned()
    }

    /// Puts a row as it stands elsewhere, or takes it out: for a store that shows another's rows later.
    pub fn set(&self, table: &'static Table, key: &Key, row: Option<Arc<StoredRow>>) {
        let mut tables = lock(&self.tables);
        let rows = Arc::make_mut(tables.entry(table.name).or_default());
        match row {
            Some(row) => rows.insert(row_key(key), row),
            None => rows.remove(&row_key(key)),
        };
    }

    /// Takes out every row whose time has come, as DynamoDB does within some days.
    pub fn expire(&self, now: Timestamp) {
        let is_over = |table: &Table, item: &Item| {
            let attribute = table.time_to_live.and_then(|name| item.get(name));
            let at = attribute.and_then(Value::as_i64);
            at.is_some_and(|at| at <= now.as_second())
        };
        for (name, rows) in lock(&self.tables).iter_mut() {
            if let Some(table) = by_name(name) {
                Arc::make_mut(rows).retain(|_, item| !is_over(table, item));
            }
        }
    }

    pub(super) fn tables(&self) -> Tables {
        lock(&self.tables).clone()
    }

    pub(super) fn holding(tables: Tables) -> Self {
        Self {
            tables: Mutex::new(tables),
        }
    }
}

impl Store for MemoryStore {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        Box::pin(async move {
            check_key(table, key)?;
            let tables = lock(&self.tables);
            let rows = tables.get(table.name);
            let row = rows.and_then(|rows| rows.get(&row_key(key)));
            Ok(row.cloned())
        })
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        Box::pin(async move {
            check_writes(&writes)?;
            let mut tables = lock(&self.tables);
            for (position, write) in writes.iter().enumerate() {
                let row = tables
                    .get(write.table.name)
                    .and_then(|rows| rows.get(&row_key(&write.key)));
                if !holds(&write.condition, row.map(|row| &***row)) {
                    return Err(StoreError::ConditionFailed { position });
                }
            }
            for write in writes {
                let rows = Arc::make_mut(tables.entry(write.table.name).or_default());
                match write.change {
                    Change::Put(item) => {
                        rows.insert(row_key(&write.key), StoredRow::new(item));
                    }
                    Change::Delete => {
                        rows.remove(&row_key(&write.key));
                    }
                    Change::Check => {}
                }
            }
            Ok(())
        })
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        Box::pin(async move {
            let tables = lock(&self.tables);
            let Some(rows) = tables.get(query.table.name) else {
                return Ok(page(&query, std::iter::empty()));
            };
            if query.index.is_some() {
                return Ok(page(&query, rows.values()));
            }
            let start = (query.partition.as_str().to_owned(), String::new());
            let partition = rows.range(start..);
            let partition = partition.take_while(|((key, _), _)| key == query.partition.as_str());
            Ok(page(&query, partition.map(|(_, row)| row)))
        })
    }
}

fn row_key(key: &Key) -> RowKey {
    (
        key.partition.as_str().to_owned(),
        key.sort.clone().unwrap_or_default(),
    )
}

fn attribute(item: &Item, name: &str) -> Option<String> {
    item.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn holds(condition: &Condition, row: Option<&Item>) -> bool {
    match condition {
        Condition::None => true,
        Condition::Absent => row.is_none(),
        Condition::Present => row.is_some(),
        Condition::Version(version) => {
            row.and_then(|row| row.get("version"))
                .and_then(Value::as_u64)
                == Some(*version)
        }
    }
}

/// What the service itself refuses is a mistake of ours, and is said as loudly as a port can.
fn mistake(detail: impl Into<String>) -> StoreError {
    StoreError::Outage(OutageError::Refused {
        party: "dynamodb",
        detail: format!("ValidationException: {}", detail.into()),
    })
}

fn check_key(table: &Table, key: &Key) -> Result<(), StoreError> {
    if table.sort_key.is_some() == key.sort.is_some() {
        Ok(())
    } else {
        Err(mistake(format!("wrong kind of key for {}", table.name)))
    }
}

fn check_writes(writes: &[Write]) -> Result<(), StoreError> {
    if writes.is_empty() || writes.len() > WRITES_MAX {
        return Err(mistake("1 to 100 writes"));
    }
    let mut seen = BTreeSet::new();
    for write in writes {
        check_key(write.table, &write.key)?;
        if !seen.insert((write.table.name, row_key(&write.key))) {
            return Err(mistake(format!(
                "two writes of one row of {}",
                write.table.name
            )));
        }
        if let Change::Put(item) = &write.change {
            check_item(write.table, &write.key, item)?;
        }
    }
    Ok(())
}

fn check_item(table: &Table, key: &Key, item: &Item) -> Result<(), StoreError> {
    let partition = attribute(item, table.partition_key);
    let sort = table.sort_key.and_then(|name| attribute(item, name));
    if partition.as_deref() != Some(key.partition.as_str()) || sort != key.sort {
        return Err(mistake(format!(
            "the row of {} is not its key's",
            table.name
        )));
    }
    for index in table.indexes {
        for name in [Some(index.partition_key), index.sort_key]
            .into_iter()
            .flatten()
        {
            // An index key may be left out, but not be null or empty (F003, F084).
            if item.contains_key(name) && attribute(item, name).unwrap_or_default().is_empty() {
                return Err(mistake(format!("{name} of {} is not a text", table.name)));
            }
        }
    }
    if item.values().any(holds_float) {
        return Err(mistake(format!("a float in a row of {}", table.name)));
    }
    if item.values().map(bytes).sum::<usize>() > ROW_BYTES_MAX {
        return Err(mistake(format!("a row of {} is too large", table.name)));
    }
    Ok(())
}

fn holds_float(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(holds_float),
        Value::Object(fields) => fields.values().any(holds_float),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// About what a value weighs in a row.
fn bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Number(_) => 8,
        Value::String(text) => text.len(),
        Value::Array(values) => 3 + values.iter().map(bytes).sum::<usize>(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| name.len() + bytes(value));
            3 + fields.sum::<usize>()
        }
    }
}

fn page<'a>(query: &Query, rows: impl Iterator<Item = &'a Arc<StoredRow>>) -> Page {
    let (partition_name, sort_name) = match query.index {
        Some(index) => (index.partition_key, index.sort_key),
        None => (query.table.partition_key, query.table.sort_key),
    };
    // The table's own key after the index's, so that equal index keys have an order and a cursor names one row.
    let position = |item: &Item| {
        let text = |name: Option<&str>| name.and_then(|n| attribute(item, n)).unwrap_or_default();
        format!(
            "{}\u{0}{}\u{0}{}",
            text(sort_name),
            text(Some(query.table.partition_key)),
            text(query.table.sort_key)
        )
    };
    let mut found: Vec<(String, &Arc<StoredRow>)> = rows
        .filter(|item| {
            attribute(item, partition_name).as_deref() == Some(query.partition.as_str())
                && sort_name.is_none_or(|name| {
                    attribute(item, name).is_some_and(|sort| {
                        sort.starts_with(query.sort_prefix.as_deref().unwrap_or_default())
                    })
                })
        })
        .map(|item| (position(item), item))
        .collect();
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    if query.descending {
        found.reverse();
    }
    if let Some(Cursor(start)) = &query.start {
        found.retain(|(at, _)| {
            if query.descending {
                at < start
            } else {
                at > start
            }
        });
    }
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    Page {
        next: found
            .last()
            .filter(|_| more)
            .map(|(at, _)| Cursor(at.clone())),
        items: found.into_iter().map(|(_, row)| row.clone()).collect(),
    }
}
