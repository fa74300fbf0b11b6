//! The tables of a world: the truth in memory, indexes that lag behind it, and a record of every change for the auditors.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use comanda_domain::{keys::Key, tables::Table};
use comanda_tasks::{
    ports::{Answer, Change, Clock as _, Condition, Item, Page, Query, Store, StoreError, Write},
    testing::{MemoryStore, StoredRow, TestClock, block_on},
};
use jiff::{SignedDuration, Timestamp};

use crate::world::lock;

/// One row before and after a write; `None` where there was none, or none any more.
pub(crate) struct RowChange {
    pub table: &'static Table,
    pub before: Option<Arc<StoredRow>>,
    pub after: Option<Arc<StoredRow>>,
}

/// Tables that are watched.
pub(crate) struct WatchedStore {
    truth: Arc<MemoryStore>,
    clock: Arc<TestClock>,
    lag: SignedDuration,
    /// What indexes show, and what they don't show yet.
    shown: MemoryStore,
    on_its_way: Mutex<VecDeque<(Timestamp, Write)>>,
    changes: Mutex<Vec<RowChange>>,
}

impl WatchedStore {
    /// Watches `truth`; indexes show a change so many milliseconds after it.
    pub fn new(truth: Arc<MemoryStore>, clock: Arc<TestClock>, lag_milliseconds: i64) -> Self {
        Self {
            truth,
            clock,
            lag: SignedDuration::from_millis(lag_milliseconds),
            shown: MemoryStore::default(),
            on_its_way: Mutex::default(),
            changes: Mutex::default(),
        }
    }

    /// What changed since this was last asked.
    pub fn changes(&self) -> Vec<RowChange> {
        std::mem::take(&mut *lock(&self.changes))
    }

    /// A write as an index shows it later.
    fn shown_later(&self, write: &Write) -> (Timestamp, Write) {
        let due = self.clock.now().checked_add(self.lag);
        let shown = Write {
            condition: Condition::None,
            ..write.clone()
        };
        (due.unwrap_or(Timestamp::MAX), shown)
    }

    /// Brings the indexes up to where they are by now.
    fn catch_up(&self) {
        let now = self.clock.now();
        let mut on_its_way = lock(&self.on_its_way);
        while on_its_way.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, write)) = on_its_way.pop_front() {
                let _as_it_was_written = block_on(self.shown.write(vec![write]));
            }
        }
    }
}

impl Store for WatchedStore {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Item>, StoreError> {
        self.truth.get(table, key)
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        Box::pin(async move {
            let changing = |write: &&Write| !matches!(write.change, Change::Check);
            let changed: Vec<_> = writes
                .iter()
                .filter(changing)
                .map(|write| (write.table, write.key.clone()))
                .collect();
            let row = |(table, key): &(&'static Table, Key)| self.truth.row(table, key);
            let before: Vec<_> = changed.iter().map(row).collect();
            let lags = self.lag > SignedDuration::ZERO;
            let later: Vec<_> = writes
                .iter()
                .filter(|write| lags && !matches!(write.change, Change::Check))
                .map(|write| self.shown_later(write))
                .collect();
            self.truth.write(writes).await?;
            lock(&self.on_its_way).extend(later);
            let after = changed.iter().map(row);
            let changes = changed.iter().zip(before).zip(after);
            let changes = changes.map(|(((table, _), before), after)| RowChange {
                table,
                before,
                after,
            });
            lock(&self.changes).extend(changes);
            Ok(())
        })
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        if query.index.is_some() && self.lag > SignedDuration::ZERO {
            self.catch_up();
            self.shown.query(query)
        } else {
            self.truth.query(query)
        }
    }
}
