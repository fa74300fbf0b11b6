//! The tables of a world: the truth in memory, indexes that lag behind it (providers §4.7), and a record of every change for
//! the auditors.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use comanda_domain::{keys::Key, tables::Table};
use comanda_tasks::{
    ports::{Answer, Change, Clock as _, Page, Query, Store, StoreError, StoredRow, Write},
    testing::{MemoryStore, TestClock},
};
use jiff::{SignedDuration, Timestamp};

use crate::world::lock;

/// One row before and after a write; `None` where there was none, or none any more.
pub(crate) struct RowChange {
    pub table: &'static Table,
    pub before: Option<Arc<StoredRow>>,
    pub after: Option<Arc<StoredRow>>,
}

/// A row as indexes show it from some moment on; `None` where there is none any more.
type Shown = (&'static Table, Key, Option<Arc<StoredRow>>);

/// Tables that are watched.
pub(crate) struct WatchedStore {
    truth: Arc<MemoryStore>,
    clock: Arc<TestClock>,
    lag: SignedDuration,
    /// What indexes show, and what they don't show yet.
    shown: MemoryStore,
    on_its_way: Mutex<VecDeque<(Timestamp, Shown)>>,
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

    /// Brings the indexes up to where they are by now.
    fn catch_up(&self) {
        let now = self.clock.now();
        let mut on_its_way = lock(&self.on_its_way);
        while on_its_way.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, (table, key, row))) = on_its_way.pop_front() {
                self.shown.set(table, &key, row);
            }
        }
    }
}

impl Store for WatchedStore {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
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
            self.truth.write(writes).await?;
            let due = self.clock.now().checked_add(self.lag);
            let due = due.unwrap_or(Timestamp::MAX);
            for ((table, key), before) in changed.into_iter().zip(before) {
                let after = self.truth.row(table, &key);
                if self.lag > SignedDuration::ZERO {
                    lock(&self.on_its_way).push_back((due, (table, key, after.clone())));
                }
                lock(&self.changes).push(RowChange {
                    table,
                    before,
                    after,
                });
            }
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

#[cfg(test)]
mod tests {
    use comanda_tasks::testing::{
        block_on,
        contract::{self, store::CASES},
    };

    use super::*;

    fn watched(lag_milliseconds: i64) -> (WatchedStore, Arc<TestClock>) {
        let now = "2026-11-22T15:00:00Z".parse().expect("an instant");
        let clock = Arc::new(TestClock::new(now, 1));
        let truth = Arc::new(MemoryStore::default());
        let store = WatchedStore::new(truth, clock.clone(), lag_milliseconds);
        (store, clock)
    }

    /// A store whose reader has a clock that goes on, a second with each look.
    struct Patient {
        store: WatchedStore,
        clock: Arc<TestClock>,
    }

    impl Store for Patient {
        fn get<'a>(
            &'a self,
            table: &'static Table,
            key: &'a Key,
        ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
            self.store.get(table, key)
        }

        fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
            self.store.write(writes)
        }

        fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
            self.clock.advance(SignedDuration::from_secs(1));
            self.store.query(query)
        }
    }

    #[test]
    fn watched_tables_keep_the_contract_however_far_their_indexes_lag() {
        for lag in [0, 500, 60_000] {
            let (store, clock) = watched(lag);
            let broken = block_on(contract::store::broken(&Patient { store, clock }));
            assert_eq!(broken, [], "{lag} ms");
        }
    }

    /// That the indexes lag at all: to a clock that stands still they never come round.
    #[test]
    fn an_index_that_lags_shows_nothing_at_once() {
        let (store, _) = watched(500);
        let broken = block_on(contract::store::broken(&store));
        let broken: Vec<_> = broken.iter().map(|broken| broken.case).collect();
        assert_eq!(broken, ["an_index_shows_rows_that_are_in_it"]);
        assert!(CASES.contains(&"an_index_shows_rows_that_are_in_it"));
    }
}
