//! A row as the tables in memory keep it: never changed, shared between worlds that were copied, read and hashed once.

use std::{
    any::Any,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    sync::{Arc, OnceLock},
};

use comanda_domain::tables::{Row, RowError, from_item};

use crate::ports::Item;

/// A row, and what was already found out about it.
#[derive(Debug)]
pub struct StoredRow {
    item: Item,
    digest: OnceLock<u64>,
    read: OnceLock<Result<Arc<dyn Any + Send + Sync>, RowError>>,
}

impl StoredRow {
    /// A row that was just written.
    #[must_use]
    pub fn new(item: Item) -> Self {
        Self {
            item,
            digest: OnceLock::new(),
            read: OnceLock::new(),
        }
    }

    /// The value that it holds. Auditors ask for the same rows at every moment of a world.
    pub fn read<R: Row + Send + Sync + 'static>(&self) -> Result<Arc<R>, RowError> {
        let fresh = || from_item::<R>(self.item.clone()).map(Arc::new);
        let known = self.read.get_or_init(|| {
            let row = fresh()?;
            Ok(row)
        });
        match known.clone()?.downcast::<R>() {
            Ok(row) => Ok(row),
            // Somebody else read it as another type before.
            Err(_) => fresh(),
        }
    }

    /// Its contents as a number.
    pub(super) fn digest(&self) -> u64 {
        *self.digest.get_or_init(|| {
            let mut hasher = DefaultHasher::new();
            for (field, value) in &self.item {
                (field, value).hash(&mut hasher);
            }
            hasher.finish()
        })
    }
}

impl Deref for StoredRow {
    type Target = Item;

    fn deref(&self) -> &Item {
        &self.item
    }
}
