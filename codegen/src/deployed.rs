//! Numbers of what is deployed that a stack on one machine has in common with it. What else there is of a deployment is the
//! manifest's.

use crate::{manifest::timeout_seconds, project::Project};

/// POS → us.
pub const EVENTS_QUEUE: &str = "comanda-events.fifo";
/// How many messages of POS one call of a function takes. A call that is killed tells nobody which of its messages it has
/// dealt with, and all of them come again, those of other stores too; groups are worked on beside each other anyway.
pub const EVENTS_BATCH: u32 = 1;
/// SQS' maximum: a POS may be offline for days, and its messages carry deadlines of their own.
pub const RETENTION_SECONDS: u32 = 14 * 24 * 60 * 60;
/// A message that was received so often without being deleted is set aside.
pub const RECEIVES_MAX: u32 = 5;
/// How long a POS may take with one message before it gets it again.
pub const POS_VISIBILITY_SECONDS: u32 = 30;
/// Minutes between two sweeps of a tenant's books.
pub const SWEEP_MINUTES: u32 = 15;

/// The function that answers [`EVENTS_QUEUE`].
pub(crate) const EVENTS_CONSUMER: &str = "pos";
/// A queue hides a message for so many timeouts of its function, as AWS advises: a batch is tried again when throttled.
const VISIBILITY_TIMEOUTS: u32 = 6;

/// How long [`EVENTS_QUEUE`] hides a message that was received.
#[must_use]
pub fn events_visibility_seconds(project: &Project) -> u32 {
    let described = project.tasks();
    let consumer = project.functions.iter();
    let consumer = consumer.filter(|function| function.service == EVENTS_CONSUMER);
    let timeout = consumer.map(|function| timeout_seconds(&described, function));
    VISIBILITY_TIMEOUTS * timeout.fold(0, u32::max)
}
