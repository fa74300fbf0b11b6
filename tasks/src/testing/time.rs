//! A clock that stands still until it is moved, and identifiers that a seed decides.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::lock;
use crate::ports::Clock;

/// Time and identifiers of one world.
#[derive(Debug)]
pub struct TestClock {
    state: Mutex<State>,
}

#[derive(Debug, Clone)]
struct State {
    now: Timestamp,
    seed: u64,
    given: u64,
}

impl TestClock {
    /// A clock at `now` whose identifiers follow from `seed`.
    #[must_use]
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                now,
                seed,
                given: 0,
            }),
        }
    }

    pub(super) fn fork(&self) -> Self {
        Self {
            state: Mutex::new(lock(&self.state).clone()),
        }
    }

    /// Moves to this instant; a clock that goes back is a fault one may want.
    pub fn set(&self, now: Timestamp) {
        lock(&self.state).now = now;
    }

    /// Moves on by this much. Past the end of time it stays there.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = lock(&self.state);
        state.now = state.now.checked_add(by).unwrap_or(Timestamp::MAX);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        lock(&self.state).now
    }

    fn fresh_id(&self) -> String {
        let mut state = lock(&self.state);
        state.given += 1;
        let digest = Sha256::new()
            .chain_update(state.seed.to_be_bytes())
            .chain_update(state.given.to_be_bytes())
            .finalize();
        hex::encode(digest).chars().take(32).collect()
    }
}
