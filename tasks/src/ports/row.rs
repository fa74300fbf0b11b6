//! A row as a store gives it: never changed, shared by everybody who has it, and read once.

use std::{
    any::Any,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    sync::{Arc, OnceLock},
};

use comanda_domain::tables::{Row, RowError, from_item};

use super::Item;

/// A row, and what was already found out about it.
pub struct StoredRow {
    item: Item,
    digest: OnceLock<u64>,
    read: OnceLock<Result<Arc<dyn Any + Send + Sync>, RowError>>,
}

impl StoredRow {
    /// A row that was just read or written.
    #[must_use]
    pub fn new(item: Item) -> Arc<Self> {
        Arc::new(Self {
            item,
            digest: OnceLock::new(),
            read: OnceLock::new(),
        })
    }

    /// The value that it holds, for those who only look at it.
    pub fn read<R: Row>(&self) -> Result<Arc<R>, RowError> {
        let fresh = || from_item::<R>(&self.item).map(Arc::new);
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

    /// The value that it holds, for those who change it: copied where somebody else has the row too.
    pub fn into_value<R: Row>(self: Arc<Self>) -> Result<R, RowError> {
        let value = self.read::<R>()?;
        drop(self);
        Ok(Arc::unwrap_or_clone(value))
    }

    /// Its contents as a number, within one build of the program: rows that are alike have the same.
    #[must_use]
    pub fn digest(&self) -> u64 {
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

impl PartialEq for StoredRow {
    fn eq(&self, other: &Self) -> bool {
        self.item == other.item
    }
}

/// Without what it holds, which may be personal.
impl fmt::Debug for StoredRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StoredRow({} attributes)", self.item.len())
    }
}
