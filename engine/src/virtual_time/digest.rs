//! Everything that runs in virtual time as a number: equal where the same will happen from here on.

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};

use super::VirtualTime;

impl VirtualTime {
    /// Feeds the time, the executions, the timers that are set and the tasks that nobody took yet.
    pub fn digest(&self, hasher: &mut impl Hasher) {
        self.now.hash(hasher);
        self.executions.len().hash(hasher);
        for running in &self.executions {
            running.execution.digest(hasher);
            running
                .parent
                .as_ref()
                .map(|parent| &parent.task)
                .hash(hasher);
        }
        let set = self
            .timers
            .iter()
            .map(|Reverse((at, order, index, timer))| (at, order, index, timer));
        let set =
            set.filter(|(_, _, index, timer)| !self.cancelled_timers.contains(&(**index, **timer)));
        // Which of two timers of the same moment was set first matters; how many were set before does not.
        let mut set: Vec<_> = set.collect();
        set.sort();
        for (at, _, index, timer) in set {
            (at, index, timer).hash(hasher);
        }
        for call in &self.calls {
            call.task.hash(hasher);
        }
    }

    /// The tasks that are to be done, in the order they were asked for.
    pub fn calls(&self) -> impl Iterator<Item = &super::TaskCall> {
        self.calls
            .iter()
            .filter(|call| self.waiting(&call.task).is_some())
    }

    /// Takes one of [`VirtualTime::calls`], out of turn.
    pub fn take_call(&mut self, position: usize) -> Option<super::TaskCall> {
        let task = self.calls().nth(position)?.task.clone();
        let place = self.calls.iter().position(|call| call.task == task)?;
        self.calls.remove(place)
    }
}
