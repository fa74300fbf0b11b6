//! What happens next: what parties plan, slow calls that arrive, and the engine's timers.

use jiff::Timestamp;

use super::{Storm, chance, doings::Doing, network};
use crate::world::lock;

impl Storm {
    pub(super) fn plan(&mut self, after_seconds: i64, doing: Doing) {
        self.plan_at(network::later(self.now(), after_seconds), doing);
    }

    pub(super) fn plan_at(&mut self, at: Timestamp, doing: Doing) {
        self.planned += 1;
        let at = at.max(self.now());
        self.agenda.insert((at, self.planned), doing);
    }

    /// Moves on to the next thing that happens; false if there is none. What a party does comes before a slow call that
    /// arrives, and that before a timer of the same moment.
    pub(super) fn advance(&mut self) -> bool {
        let doing = self.agenda.keys().next().copied();
        let alarm = lock(&self.network.alarms).first().copied();
        let timer = lock(&self.time).next_timer();
        let first = [doing.map(|(at, _)| at), alarm, timer]
            .into_iter()
            .flatten()
            .min();
        let Some(first) = first else { return false };
        if let Some(key) = doing.filter(|(at, _)| *at == first) {
            self.move_to(first);
            if let Some(doing) = self.agenda.remove(&key) {
                self.happen(doing);
            }
        } else if alarm == Some(first) {
            self.move_to(first);
            lock(&self.network.alarms).remove(&first);
        } else {
            self.outside.clock.set(first);
            lock(&self.time).fire_next_timer();
        }
        true
    }

    pub(super) fn move_to(&mut self, at: Timestamp) {
        lock(&self.time).wait_until(at);
        self.outside.clock.set(at);
    }

    pub(super) fn say(&self, order: usize, mark: &str, says: impl FnOnce() -> String) {
        let who = format!("order {}", order + 1);
        self.network
            .trace
            .say(self.now(), &who, chance::hash(mark.as_bytes()), says);
    }
}
