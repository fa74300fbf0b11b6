//! The runs of distributed Maps: how each stands, in the words of the service's API, and the executions it started.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Status;
use crate::json::Json;

/// The run of a distributed Map, as `DescribeMapRun` tells of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRun {
    /// Its ARN.
    pub map_run_arn: Arc<str>,
    /// The execution that the Map is part of: the machine's own, or a child of another map run.
    pub execution_arn: Arc<str>,
    /// `Running`, `Succeeded`, `Failed` or `Aborted`.
    pub status: Status,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Timestamp>,
    /// How often it was redriven.
    #[serde(default)]
    pub redrive_count: u64,
    /// When it was redriven last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redriven_at: Option<Timestamp>,
    /// How many children may run at a time; 0 where the service decides.
    pub max_concurrency: u64,
    /// How many items may fail; none where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<u64>,
    /// How many in a hundred items may fail; none where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    /// How the items stand.
    pub item_counts: MapRunCounts,
    /// How the child executions stand; fewer than items where these are put together in batches.
    pub execution_counts: MapRunCounts,
}

/// How many items or child executions of a map run stand how; the fields are those of the service's API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunCounts {
    /// Still to be started.
    pub pending: u64,
    /// Running.
    pub running: u64,
    /// Ended well.
    pub succeeded: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Ran out of time.
    pub timed_out: u64,
    /// Called off.
    pub aborted: u64,
    /// All of them.
    pub total: u64,
    /// Those whose results a `ResultWriter` has written.
    pub results_written: u64,
    /// Failed ones that cannot be redriven.
    pub failures_not_redrivable: u64,
    /// Failed ones that wait to be redriven.
    pub pending_redrive: u64,
}

impl MapRunCounts {
    pub(crate) fn of(total: u64) -> MapRunCounts {
        MapRunCounts {
            pending: total,
            total,
            ..MapRunCounts::default()
        }
    }

    fn begin(&mut self, count: u64) {
        self.pending = self.pending.saturating_sub(count);
        self.running += count;
    }

    fn end(&mut self, count: u64, status: Status) {
        self.running = self.running.saturating_sub(count);
        match status {
            Status::Succeeded => self.succeeded += count,
            Status::TimedOut => self.timed_out += count,
            Status::Aborted => self.aborted += count,
            Status::Failed | Status::Running => self.failed += count,
        }
    }

    /// What did not succeed is still to be done.
    fn again(&mut self) {
        self.pending = self.total.saturating_sub(self.succeeded);
        (self.running, self.failed, self.timed_out, self.aborted) = (0, 0, 0, 0);
        self.results_written = 0;
    }

    fn written(&mut self) {
        self.results_written = self.succeeded + self.failed + self.timed_out + self.aborted;
    }
}

impl MapRun {
    /// It goes on with what did not succeed.
    pub(crate) fn redriven(&mut self, at: Timestamp) {
        self.status = Status::Running;
        self.stopped_at = None;
        self.redrive_count += 1;
        self.redriven_at = Some(at);
        self.item_counts.again();
        self.execution_counts.again();
    }

    /// A child with so many items began.
    pub(crate) fn child_began(&mut self, items: u64) {
        self.item_counts.begin(items);
        self.execution_counts.begin(1);
    }

    /// A child with so many items ended.
    pub(crate) fn child_ended(&mut self, items: u64, status: Status) {
        self.item_counts.end(items, status);
        self.execution_counts.end(1, status);
    }

    /// The results of all children that ended were written.
    pub(crate) fn results_written(&mut self) {
        self.item_counts.written();
        self.execution_counts.written();
    }

    /// Whether no more items failed than may.
    pub(crate) fn is_tolerable(&self) -> bool {
        let failed = self.item_counts.failed + self.item_counts.timed_out;
        let by_count = self.tolerated_failure_count.map(|most| failed <= most);
        let by_percentage = self
            .tolerated_failure_percentage
            .map(|most| failed as f64 * 100.0 <= most * self.item_counts.total as f64);
        match (by_count, by_percentage) {
            (None, None) => failed == 0,
            (by_count, by_percentage) => by_count.unwrap_or(true) && by_percentage.unwrap_or(true),
        }
    }
}

/// A child execution that a distributed Map started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildStarted {
    /// Its ARN.
    pub execution_arn: Arc<str>,
    /// Its name.
    pub execution_name: Arc<str>,
    /// The run it belongs to.
    pub map_run_arn: Arc<str>,
    /// The machine's ARN and the Map's label.
    pub state_machine_arn: Arc<str>,
    /// Whether standard or express; an express child has no history.
    #[serde(with = "crate::execution::workflow_kind")]
    pub kind: WorkflowKind,
    /// Its input: an item, or a batch of items.
    pub input: Json,
    /// How many items that are.
    pub item_count: u64,
    /// When it began.
    pub started_at: Timestamp,
}
