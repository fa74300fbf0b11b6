//! All timers of all executions: one ordered list, one task that sleeps until the first of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use comanda_engine::{Event, TimerId};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::{Inner, RunningExecution, Scheduler};

/// The system's clock may jump (a laptop that slept); so it is looked at this often at least while a timer is set.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

type Due = (Weak<RunningExecution>, TimerId);

/// The timers that are set.
#[derive(Default)]
pub(super) struct Timers {
    set: Mutex<Set>,
    changed: Notify,
}

#[derive(Default)]
struct Set {
    /// The number tells timers of the same instant apart, in the order in which they were set.
    by_time: BTreeMap<(Timestamp, u64), Due>,
    last_number: u64,
}

impl Timers {
    pub fn set(&self, at: Timestamp, execution: &Arc<RunningExecution>, timer: TimerId) {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.last_number += 1;
        let number = set.last_number;
        set.by_time
            .insert((at, number), (Arc::downgrade(execution), timer));
        let is_first = set.by_time.keys().next() == Some(&(at, number));
        drop(set);
        if is_first {
            self.changed.notify_one();
        }
    }

    /// Takes out what is due, and says how long the rest can wait.
    fn due(&self, now: Timestamp) -> (Vec<Due>, Option<Duration>) {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        while let Some(first) = set.by_time.first_entry() {
            let at = first.key().0;
            if at > now {
                let left = Duration::try_from(at.duration_since(now)).unwrap_or(LONGEST_SLEEP);
                return (due, Some(left.min(LONGEST_SLEEP)));
            }
            due.push(first.remove());
        }
        (due, None)
    }
}

impl Scheduler {
    /// Lets time pass for as long as the scheduler is there.
    pub(super) fn spawn_timers(&self) {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            let mut closing = inner.closing.clone();
            loop {
                let wait = fire(Arc::clone(&inner));
                tokio::select! {
                    () = inner.timers.changed.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                    _ = closing.wait_for(|closing| *closing) => return,
                }
            }
        });
    }
}

/// Fires what is due; says how long to sleep.
fn fire(inner: Arc<Inner>) -> Duration {
    let (due, wait) = inner.timers.due(inner.clock.now());
    let scheduler = Scheduler(inner);
    for (execution, timer) in due {
        let Some(execution) = execution.upgrade() else {
            continue;
        };
        let scheduler = scheduler.clone();
        tokio::spawn(async move {
            let live = Arc::clone(&execution.live).lock_owned().await;
            if !live.timers.contains_key(&timer) {
                return;
            }
            let arn = Arc::clone(&execution.facts.start.execution_arn);
            let told = scheduler
                .step(&execution, live, Event::TimerFired { timer })
                .await;
            if let Err(error) = told {
                // After the restart it is due again.
                tracing::error!(%error, execution = %arn, "a timer is lost");
            }
        });
    }
    wait.unwrap_or(LONGEST_SLEEP)
}
