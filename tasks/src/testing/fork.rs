//! A world copied, so that both go on from here and know nothing of each other; and a world as a number.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::{MemoryStore, MemoryWorkflows, World};
use crate::ports::Clock;

/// The number of a list, from that of the list without its last.
pub(super) fn chained(digest: u64, last: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (digest, last).hash(&mut hasher);
    hasher.finish()
}

impl World {
    /// The same world once more. Secrets are shared: nobody changes them. Executions are not copied; whoever runs them
    /// brings its own.
    #[must_use]
    pub fn fork(&self) -> Self {
        let clock = Arc::new(self.clock.fork());
        Self {
            store: Arc::new(MemoryStore::holding(self.store.tables())),
            queue: Arc::new(self.queue.fork(clock.clone())),
            workflows: Arc::new(MemoryWorkflows::default()),
            provider: Arc::new(self.provider.fork(clock.clone())),
            channel: Arc::new(self.channel.fork(clock.clone())),
            secrets: self.secrets.clone(),
            clock,
        }
    }

    /// Feeds everything that can be seen of it.
    pub fn digest(&self, hasher: &mut impl Hasher) {
        self.clock.now().hash(hasher);
        for (name, rows) in self.store.tables() {
            name.hash(hasher);
            for row in rows.values() {
                row.digest().hash(hasher);
            }
        }
        self.queue.digest().hash(hasher);
        self.channel.digest().hash(hasher);
        self.provider.digest(hasher);
    }
}
