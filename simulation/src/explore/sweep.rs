//! The second net of a world that has come to rest: what the first one left unsaid is said by the sweep.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{live::Live, step::How};
use crate::world::lock;

/// Longer than what a sweep leaves alone because it has just changed, and than any claim.
const LATER: SignedDuration = SignedDuration::from_hours(1);
/// More than a sweep of one order takes.
const STEPS_MAX: u32 = 5_000;

impl Live {
    /// This world an hour later, after one sweep in fair weather. The world itself stays as it is.
    pub(super) fn swept(&self) -> Self {
        let mut swept = self.fork();
        let later = self.now().checked_add(LATER).unwrap_or(Timestamp::MAX);
        swept.outside.clock.set(later);
        {
            let mut time = lock(&swept.time);
            time.wait_until(later);
            let input = json!({ "clientId": Self::tenant() });
            // Where it cannot be started, nothing is said, and that is found.
            let _started = time.start("reconciliation", "second-net", input.into());
        }
        for _ in 0..STEPS_MAX {
            let works = lock(&swept.time).calls().next().is_some();
            let moved = if works {
                swept.task(0, How::Well)
            } else {
                swept.time_passes()
            };
            if !moved {
                break;
            }
        }
        swept
    }
}
