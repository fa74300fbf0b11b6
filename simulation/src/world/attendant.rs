//! How each call of a task is carried out: once, twice, not at all. In fair weather nobody asks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use comanda_engine::virtual_time::TaskCall;
use comanda_tasks::{
    ports::{Clock, Ports},
    registry::{Invocation, InvocationError},
};
use jiff::Timestamp;
use serde_json::Value;

/// A call of a task, as whoever attends it sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called {
    /// The workflow whose execution calls.
    pub workflow: String,
    /// The state that calls.
    pub state: String,
    /// The task.
    pub task: String,
}

/// What a call of a task came to.
pub type Answered = Result<Value, InvocationError>;

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// It is carried out and answered.
    Once,
    /// It is carried out twice with the same input, and the second answer counts: the first was lost.
    Twice,
    /// It fails; `after` its effect, or without one.
    Fails {
        /// With this error.
        error: InvocationError,
        /// Whether it was carried out first.
        after: bool,
    },
    /// It is never answered, and whoever called waits for the time-out.
    Silent {
        /// Whether it was carried out.
        after: bool,
    },
}

/// Decides it.
pub trait Attendant: Send + Sync {
    /// Asked before each call.
    fn treat(&self, called: &Called) -> Treatment;

    /// Told what the two runs of a repeated call answered.
    fn repeated(&self, called: &Called, answers: (&Answered, &Answered));
}

/// Who calls what.
pub(super) fn called(call: &TaskCall, invocation: &Invocation) -> Called {
    Called {
        workflow: call.state_machine.to_string(),
        state: call.request.state_name.to_string(),
        task: invocation.task.clone(),
    }
}

/// The same ports with identifiers of their own, so that a repetition does not shift the identifiers of what follows.
pub(super) fn apart(ports: &Ports) -> Ports {
    let clock = Arc::new(Apart {
        inner: ports.clock.clone(),
        given: AtomicU64::new(0),
    });
    Ports {
        clock,
        ..ports.clone()
    }
}

struct Apart {
    inner: Arc<dyn Clock>,
    given: AtomicU64,
}

impl Clock for Apart {
    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    fn fresh_id(&self) -> String {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        format!("{:032x}", u128::MAX - u128::from(number))
    }
}
