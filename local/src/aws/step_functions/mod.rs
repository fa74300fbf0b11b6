//! The Step Functions API over the scheduler: machines, executions, histories, tokens and activities, as the SDKs, the
//! AWS CLI and boto3 know them.

mod activities;
mod aliases;
mod constraints;
mod create;
mod definitions;
mod describe;
mod executions;
mod history;
mod machines;
mod map_runs;
mod names;
mod operations;
mod pages;
mod redrive;
mod routing;
mod store;
mod synchronous;
mod tags;
mod test_state;
mod tokens;
mod update;
mod versions;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::response::Response;
use comanda_engine::Definition;
use comanda_tasks::ports::Clock;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

pub use activities::ActivityTask;
pub use executions::StartExecutionRequest;
pub use machines::{Machine, MachineRecord};
pub use routing::Target;

use self::{activities::Activities, machines::Machines};
use super::{
    error::ApiError,
    json::{answer, call},
};
use crate::{
    journal::{Journal, JournalError},
    scheduler::Scheduler,
};

/// The service.
pub struct StepFunctions {
    machines: Mutex<Machines>,
    activities: Mutex<Activities>,
    scheduler: Scheduler,
    journal: Journal,
    clock: Arc<dyn Clock>,
    /// Turns true when the stack shuts down: whoever waits for a task or an end answers at once.
    closing: watch::Receiver<bool>,
}

impl StepFunctions {
    /// The machines and activities as the journal has them, over a scheduler that has recovered nothing yet; and all
    /// definitions that executions may still run.
    pub fn open(
        journal: Journal,
        scheduler: Scheduler,
        clock: Arc<dyn Clock>,
        closing: watch::Receiver<bool>,
    ) -> Result<(Self, HashMap<String, Arc<Definition>>), JournalError> {
        let (machines, definitions) = Machines::load(&journal)?;
        let activities = Activities::load(&journal)?;
        let service = Self {
            machines: Mutex::new(machines),
            activities: Mutex::new(activities),
            scheduler,
            journal,
            clock,
            closing,
        };
        Ok((service, definitions))
    }

    /// The executions.
    #[must_use]
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// Answers one request.
    pub async fn handle(&self, operation: &str, request: Value) -> Response {
        if let Err(refused) = constraints::check(operation, &request) {
            return answer::<()>(Err(refused));
        }
        match operation {
            "CreateStateMachine" => answer(call(request, |r| self.create_state_machine(r)).await),
            "UpdateStateMachine" => answer(call(request, |r| self.update_state_machine(r)).await),
            "DescribeStateMachine" => {
                answer(call(request, |r| self.describe_state_machine(r)).await)
            }
            "DescribeStateMachineForExecution" => {
                answer(call(request, |r| self.describe_machine_for_execution(r)).await)
            }
            "DeleteStateMachine" => answer(call(request, |r| self.delete_state_machine(r)).await),
            "ListStateMachines" => answer(call(request, |r| self.list_state_machines(r)).await),
            "StartExecution" => answer(call(request, |r| self.start_execution(r)).await),
            "StartSyncExecution" => answer(call(request, |r| self.start_sync_execution(r)).await),
            "StopExecution" => answer(call(request, |r| self.stop_execution(r)).await),
            "DescribeExecution" => answer(call(request, |r| self.describe_execution(r)).await),
            "ListExecutions" => answer(call(request, |r| self.list_executions(r)).await),
            "GetExecutionHistory" => answer(call(request, |r| self.get_execution_history(r)).await),
            "SendTaskSuccess" => answer(call(request, |r| self.send_task_success(r)).await),
            "SendTaskFailure" => answer(call(request, |r| self.send_task_failure(r)).await),
            "SendTaskHeartbeat" => answer(call(request, |r| self.send_task_heartbeat(r)).await),
            _ => self.handle_more(operation, request).await,
        }
    }

    async fn handle_more(&self, operation: &str, request: Value) -> Response {
        match operation {
            "DescribeMapRun" => answer(call(request, |r| self.describe_map_run(r)).await),
            "ListMapRuns" => answer(call(request, |r| self.list_map_runs(r)).await),
            "UpdateMapRun" => answer(call(request, |r| self.update_map_run(r)).await),
            "TestState" => answer(call(request, |r| self.test_state(r)).await),
            "RedriveExecution" => answer(call(request, |r| self.redrive_execution(r)).await),
            "PublishStateMachineVersion" => {
                answer(call(request, |r| self.publish_version(r)).await)
            }
            "DeleteStateMachineVersion" => answer(call(request, |r| self.delete_version(r)).await),
            "ListStateMachineVersions" => answer(call(request, |r| self.list_versions(r)).await),
            "CreateStateMachineAlias" => answer(call(request, |r| self.create_alias(r)).await),
            "UpdateStateMachineAlias" => answer(call(request, |r| self.update_alias(r)).await),
            "DescribeStateMachineAlias" => answer(call(request, |r| self.describe_alias(r)).await),
            "DeleteStateMachineAlias" => answer(call(request, |r| self.delete_alias(r)).await),
            "ListStateMachineAliases" => answer(call(request, |r| self.list_aliases(r)).await),
            _ => self.handle_rest(operation, request).await,
        }
    }

    async fn handle_rest(&self, operation: &str, request: Value) -> Response {
        match operation {
            "ValidateStateMachineDefinition" => {
                answer(call(request, |r| self.validate_definition(r)).await)
            }
            "CreateActivity" => answer(call(request, |r| self.create_activity(r)).await),
            "DeleteActivity" => answer(call(request, |r| self.delete_activity(r)).await),
            "DescribeActivity" => answer(call(request, |r| self.describe_activity(r)).await),
            "ListActivities" => answer(call(request, |r| self.list_activities(r)).await),
            "GetActivityTask" => answer(call(request, |r| self.get_activity_task(r)).await),
            "TagResource" => answer(call(request, |r| self.tag_resource(r)).await),
            "UntagResource" => answer(call(request, |r| self.untag_resource(r)).await),
            "ListTagsForResource" => answer(call(request, |r| self.list_tags(r)).await),
            _ => answer::<()>(Err(ApiError::common(
                "UnknownOperationException",
                format!("{operation} of Step Functions is not served here"),
            ))),
        }
    }

    fn machines(&self) -> MutexGuard<'_, Machines> {
        self.machines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn activities(&self) -> MutexGuard<'_, Activities> {
        self.activities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instant as AWS' JSON has it: seconds since 1970 with three decimals.
fn epoch_seconds(at: Timestamp) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit 53 bits for 285,000 years"
    )]
    let milliseconds = at.as_millisecond() as f64;
    milliseconds / 1_000.0
}

/// An answer without content.
#[derive(Debug, serde::Serialize)]
pub struct Empty {}
