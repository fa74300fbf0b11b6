//! An execution as a number: equal where it will do the same from here on, whatever way it came here.

use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};

use crate::branch::{Branch, Phase};
use crate::execution::Execution;

impl Execution {
    /// Feeds all that decides what it does next. The history is not part of it, nor are the numbers of its events.
    pub fn digest(&self, hasher: &mut impl Hasher) {
        self.start.execution_arn.hash(hasher);
        self.started.hash(hasher);
        if let Some(outcome) = &self.outcome {
            outcome.status.hash(hasher);
            outcome.error.hash(hasher);
            outcome
                .output
                .as_ref()
                .map(crate::json::Json::value)
                .hash(hasher);
            return;
        }
        self.last_number.hash(hasher);
        self.ready.hash(hasher);
        self.redrives.hash(hasher);
        debug(
            hasher,
            &(
                self.chance.get(),
                &self.timers,
                &self.tasks,
                &self.missing_activities,
            ),
        );
        debug(hasher, &(&self.children, &self.map_runs, &self.remains));
        for branch in &self.branches {
            branch.is_some().hash(hasher);
            if let Some(branch) = branch {
                branch.digest(hasher);
            }
        }
    }
}

impl Branch {
    fn digest(&self, hasher: &mut impl Hasher) {
        (self.id, self.machine, self.state).hash(hasher);
        self.input.value().hash(hasher);
        for (name, value) in self.variables.iter() {
            name.hash(hasher);
            value.value().hash(hasher);
        }
        self.retries.hash(hasher);
        self.entered_at.hash(hasher);
        let item = self.item.as_deref();
        debug(hasher, &(self.parent, item, &self.broken, &self.child));
        match &self.phase {
            Phase::Task(wait) => {
                wait.token.hash(hasher);
                debug(
                    hasher,
                    &(wait.task, wait.timeout, wait.heartbeat, &wait.purpose),
                );
            }
            phase => debug(hasher, phase),
        }
    }
}

/// Feeds what `Debug` says, without making a text of it: all of it is ordered, so equal values say equal things.
fn debug(hasher: &mut impl Hasher, value: &impl fmt::Debug) {
    struct Fed<'a, H>(&'a mut H);
    impl<H: Hasher> Write for Fed<'_, H> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    // Feeding a hasher cannot fail.
    let _fed = write!(Fed(hasher), "{value:?}");
}
